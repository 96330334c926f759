package dev.lockstep.inference;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Small models for tests. */
final class Samples {
    private Samples() {}

    /**
     * Convolution, depthwise convolution, a residual sum, pooling, a table, two heads; every
     * section is in use.
     */
    static Model network(long seed) throws InvalidModelException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef x =
                g.input(DType.I8, Shape.of(1, 2, 6, 6), new Quantization(3, 9, -1));
        GraphBuilder.TensorRef c =
                g.add(
                        new Conv2d(
                                Window.of(1, 1, 1),
                                1,
                                -1,
                                Ints.of(10, -20, 30),
                                DType.I8,
                                to(DType.I8, 3, 40)),
                        x,
                        weights(g, random, Shape.of(3, 2, 3, 3)));
        GraphBuilder.TensorRef d =
                g.add(
                        new DepthwiseConv2d(
                                Window.of(1, 1, 1),
                                0,
                                Ints.of(1, 2, 3),
                                DType.I8,
                                to(DType.I8, 3, 39)),
                        c,
                        weights(g, random, Shape.of(3, 1, 3, 3)));
        GraphBuilder.TensorRef sum =
                g.add(
                        new Add(
                                0,
                                0,
                                1 << 29,
                                -(1 << 28),
                                29,
                                DType.I8,
                                new Clipping(0, -100, 100)),
                        c,
                        d);
        GraphBuilder.TensorRef pooled = g.add(new MaxPool(2, 2, Window.of(2, 2, 0)), sum);
        int[] table = new int[256];
        for (int i = 0; i < 256; i++) {
            table[i] = 255 - i - 128;
        }
        GraphBuilder.TensorRef looked = g.add(new Lut8(DType.I8, Ints.of(table)), pooled);
        GraphBuilder.TensorRef flat = g.add(new Reshape(Shape.of(1, 27)), looked);
        GraphBuilder.TensorRef logits =
                g.add(
                        new FullyConnected(Ints.of(5, 6, 7, 8), DType.I32, to(DType.I32, 4, 31)),
                        flat,
                        weights(g, random, Shape.of(4, 27)));
        GraphBuilder.TensorRef shares = g.add(new Softmax(1 << 28, 18), logits);
        GraphBuilder.TensorRef best = g.add(new ArgMax(), logits);
        return g.build(
                List.of(
                        new GraphBuilder.Output(best, Quantization.IDENTITY),
                        new GraphBuilder.Output(shares, Quantization.Q15)));
    }

    /** Two trees, a logistic regression and a ranking of the same four float features. */
    static Model classical() throws InvalidModelException {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef x = g.input(DType.F32, Shape.of(2, 4), Quantization.IDENTITY);
        GraphBuilder.TensorRef votes =
                g.add(
                        new TreeEnsemble(
                                2,
                                TreeEnsemble.Aggregate.SUM,
                                Ints.of(0, -4),
                                Ints.of(0, 0x3fc00000, -1, 1, 2 * 1 + 1, 0, -2, -3),
                                Ints.of(
                                        last(0), 0, 10, last(1), 0, 20, last(0), -1, -30, 0, 0, 4,
                                        last(1), 1, 5),
                                Ints.of(0, 1, 0, 2),
                                DType.I32,
                                Rescale.of(Multiplier.ONE, 0, DType.I32)),
                        x);
        GraphBuilder.TensorRef fixed =
                g.add(
                        new FloatToFixed(
                                Ints.of(16, 16, 8, 0),
                                Ints.of(0, 1 << 16, 0, -5),
                                Ints.of(0, 1, -2, 3),
                                DType.I16,
                                to(DType.I16, 4, 33)),
                        x);
        GraphBuilder.TensorRef scores =
                g.add(
                        new Linear(
                                Ints.of(3, -5, 7, -11, 13, 17, -19, 23, 1, 1, 1, 1),
                                Ints.of(0, 100, -1, -100, 0, 0),
                                DType.I32,
                                to(DType.I32, 3, 34)),
                        fixed);
        GraphBuilder.TensorRef shares =
                g.add(new Probabilities(Probabilities.Curve.SOFTMAX, 1 << 20, 18), scores);
        GraphBuilder.TensorRef order = g.add(new TopK(2, true, true), shares);
        return g.build(
                List.of(
                        new GraphBuilder.Output(votes, Quantization.IDENTITY),
                        new GraphBuilder.Output(shares, Quantization.IDENTITY),
                        new GraphBuilder.Output(order, Quantization.IDENTITY)));
    }

    private static int last(int target) {
        return TreeEnsemble.LAST | target;
    }

    /** One matrix: y = clip((3·x0 - 2·x1 + 7) / 2) on I8. */
    static Model line() throws InvalidModelException {
        GraphBuilder g = new GraphBuilder();
        GraphBuilder.TensorRef x = g.input(DType.I8, Shape.of(2), Quantization.IDENTITY);
        GraphBuilder.TensorRef w = g.weights(Shape.of(1, 2), new byte[] {3, -2});
        GraphBuilder.TensorRef y =
                g.add(new FullyConnected(Ints.of(7), DType.I8, to(DType.I8, 1, 31)), x, w);
        return g.build(List.of(new GraphBuilder.Output(y, Quantization.IDENTITY)));
    }

    static GraphBuilder.TensorRef weights(GraphBuilder g, RandomGenerator random, Shape shape) {
        byte[] values = new byte[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) Seeded.between(random, -127, 127);
        }
        return g.weights(shape, values);
    }

    /** A factor of 2^(30 - shift) for each channel. */
    static Rescale to(DType output, int channels, int shift) {
        return new Rescale(
                Ints.repeat(1 << 30, channels),
                Ints.repeat(shift, channels),
                Clipping.of(0, output));
    }
}

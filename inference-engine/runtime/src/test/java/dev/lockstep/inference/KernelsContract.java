package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.OpTrial.Values;
import dev.lockstep.inference.kernels.Probe;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Kernels} must yield, element for element. */
abstract class KernelsContract {
    abstract Kernels kernels();

    @Test
    void convolutionIsTheSumOverItsWindow() {
        Seeded.forSeeds(
                300,
                random -> {
                    int groups = Seeded.between(random, 1, 3);
                    int perGroup = Seeded.between(random, groups > 1 ? 2 : 1, 3);
                    Shape weights =
                            Shape.of(
                                    groups * Seeded.between(random, 1, 3),
                                    perGroup,
                                    Seeded.between(random, 1, 4),
                                    Seeded.between(random, 1, 4));
                    Window window = window(random, weights);
                    Values x = input(random, groups * perGroup, window, weights);
                    Values w = weights(random, weights);
                    DType output = output(random);
                    Conv2d op =
                            new Conv2d(
                                    window,
                                    groups,
                                    zeroPoint(random, x.type().dtype()),
                                    bias(random, weights.dim(0)),
                                    output,
                                    rescale(random, weights.dim(0), output));
                    Values y = OpTrial.run(kernels(), op, x, w);
                    int outputsPerGroup = weights.dim(0) / groups;
                    int[] firstChannel = new int[weights.dim(0)];
                    for (int c = 0; c < firstChannel.length; c++) {
                        firstChannel[c] = c / outputsPerGroup * perGroup;
                    }
                    check(y, x, w, window, op.padValue(), op.bias(), op.rescale(), firstChannel);
                });
    }

    @Test
    void depthwiseConvolutionSeesItsOwnChannel() {
        Seeded.forSeeds(
                300,
                random -> {
                    int channels = Seeded.between(random, 1, 4);
                    int each = Seeded.between(random, 1, 2);
                    Shape weights =
                            Shape.of(
                                    channels * each,
                                    1,
                                    Seeded.between(random, 1, 4),
                                    Seeded.between(random, 1, 4));
                    Window window = window(random, weights);
                    Values x = input(random, channels, window, weights);
                    Values w = weights(random, weights);
                    DType output = output(random);
                    DepthwiseConv2d op =
                            new DepthwiseConv2d(
                                    window,
                                    zeroPoint(random, x.type().dtype()),
                                    bias(random, weights.dim(0)),
                                    output,
                                    rescale(random, weights.dim(0), output));
                    Values y = OpTrial.run(kernels(), op, x, w);
                    int[] firstChannel = new int[weights.dim(0)];
                    for (int c = 0; c < firstChannel.length; c++) {
                        firstChannel[c] = c / each;
                    }
                    check(y, x, w, window, op.padValue(), op.bias(), op.rescale(), firstChannel);
                });
    }

    @Test
    void fullyConnectedIsTheDotProductOfRows() {
        Seeded.forSeeds(
                200,
                random -> {
                    int k =
                            random.nextInt(4) == 0
                                    ? Seeded.between(random, 500, 1600)
                                    : Seeded.between(random, 1, 40);
                    int m = Seeded.between(random, 1, 5);
                    int rows = Seeded.between(random, 1, 3);
                    DType dtype = random.nextBoolean() ? DType.I8 : DType.I16;
                    TensorType type = new TensorType(dtype, Shape.of(rows, k));
                    Values x = new Values(type, Seeded.values(random, type));
                    Values w = weights(random, Shape.of(m, k));
                    if (random.nextInt(5) == 0) {
                        Arrays.fill(x.values(), dtype.min());
                        Arrays.fill(w.values(), DType.W8.max());
                    }
                    DType output = output(random);
                    FullyConnected op =
                            new FullyConnected(bias(random, m), output, rescale(random, m, output));
                    Values y = OpTrial.run(kernels(), op, x, w);
                    assertThat(y.type().shape()).isEqualTo(Shape.of(rows, m));
                    for (int row = 0; row < rows; row++) {
                        for (int c = 0; c < m; c++) {
                            BigInteger sum = Exact.big(op.bias().get(c));
                            for (int i = 0; i < k; i++) {
                                sum =
                                        sum.add(
                                                Exact.big(x.values()[row * k + i])
                                                        .multiply(
                                                                Exact.big(w.values()[c * k + i])));
                            }
                            assertThat(y.values()[row * m + c])
                                    .isEqualTo(Exact.requantize(sum, op.rescale(), c));
                        }
                    }
                });
    }

    @Test
    void requantizeRescalesEveryElement() {
        Seeded.forSeeds(
                500,
                random -> {
                    DType from = List.of(DType.I8, DType.I16, DType.I32).get(random.nextInt(3));
                    TensorType type = new TensorType(from, Shape.of(Seeded.between(random, 1, 20)));
                    Values x = new Values(type, Seeded.values(random, type));
                    DType output = output(random);
                    Requantize op =
                            new Requantize(
                                    zeroPoint(random, from), output, rescale(random, 1, output));
                    Values y = OpTrial.run(kernels(), op, x);
                    for (int i = 0; i < x.values().length; i++) {
                        BigInteger value =
                                Exact.big(x.values()[i]).subtract(Exact.big(op.inputZeroPoint()));
                        assertThat(y.values()[i])
                                .isEqualTo(Exact.requantize(value, op.rescale(), 0));
                    }
                });
    }

    @Test
    void treesYieldWhatAWalkThroughEachOfThemGives() {
        Seeded.forSeeds(
                600,
                random -> {
                    DType dtype =
                            List.of(DType.F32, DType.I8, DType.I16, DType.I32)
                                    .get(random.nextInt(4));
                    boolean floats = dtype == DType.F32;
                    int features = Seeded.between(random, 1, 5);
                    Forest forest =
                            Forest.random(
                                    random,
                                    features,
                                    55,
                                    floats,
                                    20,
                                    random.nextInt(10) == 0 ? 14 : 6);
                    TreeEnsemble.Aggregate aggregate =
                            TreeEnsemble.Aggregate.values()[random.nextInt(3)];
                    DType output = output(random);
                    Rescale rescale =
                            new Rescale(
                                    Ints.of(random.nextInt(4)),
                                    Ints.of(Seeded.between(random, 1, 60)),
                                    rescale(random, 1, output).clipping());
                    int rows = Seeded.between(random, 1, random.nextInt(4) == 0 ? 140 : 18);
                    int[] x = new int[rows * features];
                    for (int i = 0; i < x.length; i++) {
                        x[i] =
                                Math.clamp(
                                        Forest.threshold(random, floats), dtype.min(), dtype.max());
                    }
                    Values y =
                            OpTrial.run(
                                    kernels(),
                                    forest.op(aggregate, output, rescale),
                                    Values.of(dtype, Shape.of(rows, features), x));
                    for (int row = 0; row < rows; row++) {
                        int[] own = Arrays.copyOfRange(x, row * features, (row + 1) * features);
                        for (int target = 0; target < forest.targets; target++) {
                            assertThat(y.values()[row * forest.targets + target])
                                    .isEqualTo(
                                            Exact.requantize(
                                                    forest.result(own, floats, aggregate, target),
                                                    rescale,
                                                    0));
                        }
                    }
                });
    }

    /**
     * Larger shapes than those of which every output is worked out above: all ends of all tiles.
     */
    @Test
    void probesYieldTheBitsOfTheScalarKernels() {
        Kernels kernels = kernels();
        for (long seed = 0; seed < 600; seed++) {
            Probe probe = new Probe(seed);
            int[] expected = probe.run(new ScalarKernels());
            assertThat(probe.run(kernels)).as("seed %s, %s", seed, probe).isEqualTo(expected);
        }
    }

    /**
     * Every output of a convolution by its definition: one tap after the other, with padding where
     * there is none.
     */
    private static void check(
            Values y,
            Values x,
            Values w,
            Window window,
            int padValue,
            Ints bias,
            Rescale rescale,
            int[] firstChannel) {
        Shape in = x.type().shape();
        Shape out = y.type().shape();
        Shape kernel = w.type().shape();
        assertThat(out.dim(2))
                .isEqualTo(
                        (in.dim(2)
                                                + window.padTop()
                                                + window.padBottom()
                                                - window.dilationY() * (kernel.dim(2) - 1)
                                                - 1)
                                        / window.strideY()
                                + 1);
        for (int i = 0; i < y.values().length; i++) {
            int ox = i % out.dim(3);
            int oy = i / out.dim(3) % out.dim(2);
            int c = i / out.dim(3) / out.dim(2) % out.dim(1);
            int n = i / out.dim(3) / out.dim(2) / out.dim(1);
            BigInteger sum = Exact.big(bias.get(c));
            for (int k = 0; k < kernel.elements() / kernel.dim(0); k++) {
                int ix =
                        ox * window.strideX()
                                - window.padLeft()
                                + k % kernel.dim(3) * window.dilationX();
                int iy =
                        oy * window.strideY()
                                - window.padTop()
                                + k / kernel.dim(3) % kernel.dim(2) * window.dilationY();
                int ic = firstChannel[c] + k / kernel.dim(3) / kernel.dim(2);
                boolean inside = ix >= 0 && ix < in.dim(3) && iy >= 0 && iy < in.dim(2);
                int value =
                        inside
                                ? x.values()[
                                        ((n * in.dim(1) + ic) * in.dim(2) + iy) * in.dim(3) + ix]
                                : padValue;
                sum =
                        sum.add(
                                Exact.big(value)
                                        .multiply(
                                                Exact.big(
                                                        w.values()[
                                                                c
                                                                                * (kernel.elements()
                                                                                        / kernel
                                                                                                .dim(
                                                                                                        0))
                                                                        + k])));
            }
            assertThat(y.values()[i]).isEqualTo(Exact.requantize(sum, rescale, c));
        }
    }

    private static Window window(RandomGenerator random, Shape weights) {
        int dilationY = Seeded.between(random, 1, 2);
        int dilationX = Seeded.between(random, 1, 2);
        int padY = dilationY * (weights.dim(2) - 1);
        int padX = dilationX * (weights.dim(3) - 1);
        return new Window(
                Seeded.between(random, 1, 3),
                Seeded.between(random, 1, 3),
                dilationY,
                dilationX,
                Seeded.between(random, 0, padY),
                Seeded.between(random, 0, padX),
                Seeded.between(random, 0, padY),
                Seeded.between(random, 0, padX));
    }

    private static Values input(
            RandomGenerator random, int channels, Window window, Shape weights) {
        int height = window.dilationY() * (weights.dim(2) - 1) + Seeded.between(random, 1, 6);
        int width = window.dilationX() * (weights.dim(3) - 1) + Seeded.between(random, 1, 6);
        TensorType type =
                new TensorType(
                        random.nextBoolean() ? DType.I8 : DType.I16,
                        Shape.of(Seeded.between(random, 1, 2), channels, height, width));
        return new Values(type, Seeded.values(random, type));
    }

    private static Values weights(RandomGenerator random, Shape shape) {
        TensorType type = new TensorType(DType.W8, shape);
        return new Values(type, Seeded.values(random, type));
    }

    private static Ints bias(RandomGenerator random, int count) {
        int[] bias = new int[count];
        for (int i = 0; i < count; i++) {
            bias[i] = (int) Seeded.anySize(random, 30);
        }
        return Ints.of(bias);
    }

    static int zeroPoint(RandomGenerator random, DType dtype) {
        return dtype == DType.I8 ? Seeded.between(random, -128, 127) : 0;
    }

    static DType output(RandomGenerator random) {
        return List.of(DType.I8, DType.I16, DType.I32).get(random.nextInt(3));
    }

    /** Factors that leave most of the range of sums in use; some are 0, some saturate. */
    static Rescale rescale(RandomGenerator random, int channels, DType output) {
        List<Multiplier> factors = new ArrayList<>();
        for (int i = 0; i < channels; i++) {
            factors.add(
                    random.nextInt(10) == 0
                            ? new Multiplier(0, Seeded.between(random, 1, 62))
                            : new Multiplier(
                                    Seeded.between(random, 1 << 20, 1 << 26),
                                    Seeded.between(random, 20, 45)));
        }
        int lo = Seeded.between(random, output.min(), output.max());
        int hi = Seeded.between(random, lo, output.max());
        Clipping clipping =
                random.nextBoolean()
                        ? Clipping.of(zeroPoint(random, output), output)
                        : new Clipping(zeroPoint(random, output), lo, hi);
        return Rescale.of(factors, clipping);
    }
}

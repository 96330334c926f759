package dev.lockstep.precompiles.inference;

import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.GraphBuilder;
import dev.lockstep.inference.Interval;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Quantization;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.util.List;

/** Models so small that their answers are plain to see. */
final class TestModels {
    static final PrecompileContext CONTEXT =
            new PrecompileContext(Fork.OSAKA, Address.ofNumber(0xca11e4), true);

    /** Bytes in quarters: 1 stands for 0.25. */
    static final Quantization QUARTERS = new Quantization(1, 2, 0);

    private TestModels() {}

    /** Four bytes to the same four in reverse order; any byte is allowed. */
    static final Model MIRROR =
            mirror(DType.I8, Quantization.IDENTITY, DType.I8, Quantization.IDENTITY);

    /** The same with numbers in quarters on both sides. */
    static final Model QUARTER_MIRROR = mirror(DType.I8, QUARTERS, DType.I8, QUARTERS);

    /**
     * Inputs a (2 bytes, -100 to 100) and b (3 shorts), outputs b mirrored as ints and a mirrored
     * as bytes.
     */
    static final Model PAIR = pair();

    static Model mirror(
            DType input, Quantization inputScale, DType output, Quantization outputScale) {
        GraphBuilder graph = new GraphBuilder();
        var in = graph.input(input, Shape.of(1, 4), inputScale);
        try {
            var out = mirrored(graph, in, 4, output);
            return graph.build(List.of(new GraphBuilder.Output(out, outputScale)));
        } catch (InvalidModelException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static Model pair() {
        GraphBuilder graph = new GraphBuilder();
        var a =
                graph.input(
                        DType.I8,
                        Shape.of(1, 2),
                        new Quantization(3, 7, -5),
                        new Interval(-100, 100));
        var b = graph.input(DType.I16, Shape.of(1, 3), Quantization.Q15);
        try {
            var outB = mirrored(graph, b, 3, DType.I32);
            var outA = mirrored(graph, a, 2, DType.I8);
            return graph.build(
                    List.of(
                            new GraphBuilder.Output(outB, new Quantization(1L << 62, 77, 0)),
                            new GraphBuilder.Output(outA, new Quantization(3, 7, -5))));
        } catch (InvalidModelException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static GraphBuilder.TensorRef mirrored(
            GraphBuilder graph, GraphBuilder.TensorRef input, int size, DType output)
            throws InvalidModelException {
        byte[] weights = new byte[size * size];
        for (int i = 0; i < size; i++) weights[i * size + size - 1 - i] = 1;
        Rescale rescale =
                Rescale.of(
                        java.util.Collections.nCopies(size, Multiplier.ONE),
                        dev.lockstep.inference.Clipping.of(0, output));
        return graph.add(
                new FullyConnected(Ints.repeat(0, size), output, rescale),
                input,
                graph.weights(Shape.of(size, size), weights));
    }
}

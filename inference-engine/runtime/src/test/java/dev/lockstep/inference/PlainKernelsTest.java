package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.OpTrial.Values;
import dev.lockstep.inference.kernels.PlainKernels;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlainKernelsTest extends KernelsContract {
    private static final Multiplier FACTOR = new Multiplier(1 << 10, 30);

    @Override
    Kernels kernels() {
        return new PlainKernels();
    }

    /** Long enough that columns are not laid out, of which a kilobyte for each term would be. */
    @Test
    void longSumsYieldTheBitsOfTheScalarKernels() throws InvalidModelException {
        int terms = 9_001;
        SplittableRandom random = new SplittableRandom(4);
        for (DType dtype : List.of(DType.I8, DType.I16)) {
            Rescale one = Rescale.of(FACTOR, 0, dtype);
            Rescale two = Rescale.of(List.of(FACTOR, FACTOR), Clipping.of(0, dtype));
            Ints bias = Ints.of(5, -7);
            agree(
                    new Conv2d(Window.of(1, 1, 0), 1, 0, bias, dtype, two),
                    values(random, dtype, 1, terms, 5, 4),
                    values(random, DType.W8, 2, terms, 1, 1));
            agree(
                    new DepthwiseConv2d(Window.of(1, 1, 0), 0, bias, dtype, two),
                    values(random, dtype, 1, 2, 1, terms + 18),
                    values(random, DType.W8, 2, 1, 1, terms));
            agree(
                    new TransposedConv2d(Window.of(1, 1, 0), 0, 0, 1, 0, bias, dtype, two),
                    values(random, dtype, 1, terms, 2, 3),
                    values(random, DType.W8, 2, terms, 1, 2));
            agree(
                    new FullyConnected(bias, dtype, two),
                    values(random, dtype, 18, terms),
                    values(random, DType.W8, 2, terms));
            agree(
                    new MatMul(false, 0, 0, dtype, one),
                    values(random, dtype, 5, terms),
                    values(random, dtype, terms, 17));
        }
    }

    private static void agree(Op op, Values... inputs) throws InvalidModelException {
        assertThat(OpTrial.run(new PlainKernels(), op, inputs).values())
                .as(op.getClass().getSimpleName())
                .isEqualTo(OpTrial.run(new ScalarKernels(), op, inputs).values());
    }

    private static Values values(SplittableRandom random, DType dtype, int... dims) {
        TensorType type = new TensorType(dtype, Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }
}

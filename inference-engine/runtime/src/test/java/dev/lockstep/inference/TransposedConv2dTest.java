package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransposedConv2dTest {
    private final Kernels kernels = new ScalarKernels();

    /** Every input scattered over the outputs that it reaches, as the definition says. */
    @Test
    void everyInputReachesItsOutputs() {
        Seeded.forSeeds(
                600,
                random -> {
                    int groups = Seeded.between(random, 1, 3);
                    int perGroup = Seeded.between(random, 1, 2);
                    int outPerGroup = Seeded.between(random, 1, 2);
                    int kernelY = Seeded.between(random, 1, 4);
                    int kernelX = Seeded.between(random, 1, 4);
                    int height = Seeded.between(random, 1, 4);
                    int width = Seeded.between(random, 1, 4);
                    int strideY = Seeded.between(random, 1, 4);
                    int strideX = Seeded.between(random, 1, 4);
                    int dilationY = Seeded.between(random, 1, 3);
                    int dilationX = Seeded.between(random, 1, 3);
                    int rows = (height - 1) * strideY + (kernelY - 1) * dilationY + 1;
                    int columns = (width - 1) * strideX + (kernelX - 1) * dilationX + 1;
                    int padTop = random.nextInt(rows);
                    int padBottom = random.nextInt(rows - padTop);
                    int padLeft = random.nextInt(columns);
                    int padRight = random.nextInt(columns - padLeft);
                    int more = random.nextInt(3);
                    TensorType type =
                            new TensorType(
                                    random.nextBoolean() ? DType.I8 : DType.I16,
                                    Shape.of(
                                            Seeded.between(random, 1, 2),
                                            groups * perGroup,
                                            height,
                                            width));
                    Values x = new Values(type, Seeded.values(random, type));
                    TensorType weightType =
                            new TensorType(
                                    DType.W8,
                                    Shape.of(groups * outPerGroup, perGroup, kernelY, kernelX));
                    Values w = new Values(weightType, Seeded.values(random, weightType));
                    DType output = KernelsContract.output(random);
                    int channels = groups * outPerGroup;
                    int[] bias = random.ints(channels, -5_000, 5_000).toArray();
                    TransposedConv2d op =
                            new TransposedConv2d(
                                    new Window(
                                            strideY, strideX, dilationY, dilationX, padTop, padLeft,
                                            padBottom, padRight),
                                    more,
                                    2 - more,
                                    groups,
                                    KernelsContract.zeroPoint(random, type.dtype()),
                                    Ints.of(bias),
                                    output,
                                    KernelsContract.rescale(random, channels, output));
                    Values y = OpTrial.run(kernels, op, x, w);
                    assertThat(y.type().shape())
                            .isEqualTo(
                                    Shape.of(
                                            type.shape().dim(0),
                                            channels,
                                            rows - padTop - padBottom + more,
                                            columns - padLeft - padRight + 2 - more));
                    BigInteger[] sums = new BigInteger[y.values().length];
                    for (int i = 0; i < sums.length; i++) {
                        sums[i] = Exact.big(bias[OpsTest.coordinates(y.type().shape(), i)[1]]);
                    }
                    scatter(op, x, w, y.type().shape(), sums);
                    for (int i = 0; i < sums.length; i++) {
                        int channel = OpsTest.coordinates(y.type().shape(), i)[1];
                        assertThat(y.values()[i])
                                .isEqualTo(Exact.requantize(sums[i], op.rescale(), channel));
                    }
                });
    }

    private static void scatter(
            TransposedConv2d op, Values x, Values w, Shape out, BigInteger[] sums) {
        Window window = op.window();
        int perGroup = w.type().shape().dim(1);
        int outPerGroup = out.dim(1) / op.groups();
        for (int i = 0; i < x.values().length; i++) {
            int[] from = OpsTest.coordinates(x.type().shape(), i);
            for (int k = 0; k < w.values().length; k++) {
                int[] tap = OpsTest.coordinates(w.type().shape(), k);
                boolean sameGroup = tap[0] / outPerGroup == from[1] / perGroup;
                int row =
                        from[2] * window.strideY() - window.padTop() + tap[2] * window.dilationY();
                int column =
                        from[3] * window.strideX() - window.padLeft() + tap[3] * window.dilationX();
                if (sameGroup
                        && tap[1] == from[1] % perGroup
                        && row >= 0
                        && row < out.dim(2)
                        && column >= 0
                        && column < out.dim(3)) {
                    int to = OpsTest.index(out, new int[] {from[0], tap[0], row, column});
                    sums[to] =
                            sums[to].add(
                                    Exact.big(x.values()[i])
                                            .subtract(Exact.big(op.inputZeroPoint()))
                                            .multiply(Exact.big(w.values()[k])));
                }
            }
        }
    }

    @Test
    void paddingThatLeavesNothingIsRefused() {
        TransposedConv2d op =
                new TransposedConv2d(
                        Window.of(1, 1, 1),
                        0,
                        0,
                        1,
                        0,
                        Ints.of(0),
                        DType.I8,
                        Samples.to(DType.I8, 1, 31));
        List<TensorType> inputs =
                Arrays.asList(
                        new TensorType(DType.I8, Shape.of(1, 1, 2, 2)),
                        new TensorType(DType.W8, Shape.of(1, 1, 1, 1)));
        assertThatThrownBy(() -> op.type(inputs))
                .hasMessage("dimension 2 is 0; allowed 1..1048576");
    }
}

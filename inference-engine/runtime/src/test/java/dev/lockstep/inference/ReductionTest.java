package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReductionTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void aSumIsRescaledOnce() {
        Seeded.forSeeds(
                400,
                random -> {
                    Values x = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    int zeroPoint = KernelsContract.zeroPoint(random, x.type().dtype());
                    DType output = KernelsContract.output(random);
                    ReduceSum op =
                            new ReduceSum(
                                    axes(random, x.type().shape().rank()),
                                    zeroPoint,
                                    output,
                                    KernelsContract.rescale(random, 1, output));
                    Values y = OpTrial.run(kernels, op, x);
                    for (int i = 0; i < y.values().length; i++) {
                        BigInteger sum = BigInteger.ZERO;
                        for (int value : merged(x, y, op.axes(), i)) {
                            sum = sum.add(Exact.big(value)).subtract(Exact.big(zeroPoint));
                        }
                        assertThat(y.values()[i]).isEqualTo(Exact.requantize(sum, op.rescale(), 0));
                    }
                });
    }

    @Test
    void anExtremeIsTheGreatestOrTheLeast() {
        Seeded.forSeeds(
                300,
                random -> {
                    Values x = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    Ints axes = axes(random, x.type().shape().rank());
                    boolean least = random.nextBoolean();
                    Values y = OpTrial.run(kernels, new ReduceExtreme(axes, least), x);
                    assertThat(y.type().dtype()).isEqualTo(x.type().dtype());
                    for (int i = 0; i < y.values().length; i++) {
                        List<Integer> merged = merged(x, y, axes, i);
                        assertThat(y.values()[i])
                                .isEqualTo(
                                        least ? Collections.min(merged) : Collections.max(merged));
                    }
                });
    }

    /** All elements of x that element i of y is made of, by plain search. */
    private static List<Integer> merged(Values x, Values y, Ints axes, int i) {
        int[] to = OpsTest.coordinates(y.type().shape(), i);
        List<Integer> merged = new ArrayList<>();
        for (int k = 0; k < x.values().length; k++) {
            int[] from = OpsTest.coordinates(x.type().shape(), k);
            for (int axis : axes.toArray()) {
                from[axis] = 0;
            }
            if (java.util.Arrays.equals(from, to)) {
                merged.add(x.values()[k]);
            }
        }
        return merged;
    }

    private static Ints axes(RandomGenerator random, int rank) {
        int bits = Seeded.between(random, 1, (1 << rank) - 1);
        return Ints.of(IntStream.range(0, rank).filter(i -> (bits >> i & 1) == 1).toArray());
    }

    @Test
    void axesThatAreNotThereOrDoNotAscendAreRefused() {
        List<TensorType> input = List.of(new TensorType(DType.I8, Shape.of(2, 2)));
        assertThatThrownBy(() -> new ReduceExtreme(Ints.of(2), true).type(input))
                .hasMessage("axis 0 is 2; allowed 0..1");
        assertThatThrownBy(() -> new ReduceExtreme(Ints.of(1, 0), true).type(input))
                .hasMessage("axis 1 is 0; allowed 2..1");
    }

    @Test
    void aSumThatCouldLeaveSixtyThreeBitsIsRefused() {
        ReduceSum op = new ReduceSum(Ints.of(0), 0, DType.I32, Samples.to(DType.I32, 1, 30));
        Operand input =
                new Operand(
                        new TensorType(DType.I32, Shape.of(8)),
                        DType.I32.range(),
                        java.lang.foreign.MemorySegment.NULL);
        TensorType output = new TensorType(DType.I32, Shape.of(1));
        assertThatThrownBy(() -> op.bounds(List.of(input), output))
                .hasMessageContaining("channel 0: a sum of 17179869184 times 1073741824");
    }
}

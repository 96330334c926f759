package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class MatMulTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void everyElementIsTheProductOfARowAndAColumn() {
        Seeded.forSeeds(
                400,
                random -> {
                    boolean transposed = random.nextBoolean();
                    int m = Seeded.between(random, 1, 4);
                    int k = Seeded.between(random, 1, 9);
                    int n = Seeded.between(random, 1, 4);
                    int batch = Seeded.between(random, 0, 2);
                    int[] dimsA = new int[batch + 2];
                    int[] dimsB = new int[batch + 2];
                    for (int i = 0; i < batch; i++) {
                        int extent = Seeded.between(random, 1, 3);
                        dimsA[i] = random.nextInt(3) == 0 ? 1 : extent;
                        dimsB[i] = random.nextInt(3) == 0 ? 1 : extent;
                    }
                    dimsA[batch] = m;
                    dimsA[batch + 1] = k;
                    dimsB[batch] = transposed ? n : k;
                    dimsB[batch + 1] = transposed ? k : n;
                    Values a = narrow(random, dimsA);
                    Values b = narrow(random, dimsB);
                    DType output = KernelsContract.output(random);
                    MatMul op =
                            new MatMul(
                                    transposed,
                                    KernelsContract.zeroPoint(random, a.type().dtype()),
                                    KernelsContract.zeroPoint(random, b.type().dtype()),
                                    output,
                                    KernelsContract.rescale(random, 1, output));
                    Values y = OpTrial.run(kernels, op, a, b);
                    for (int i = 0; i < y.values().length; i++) {
                        int[] at = OpsTest.coordinates(y.type().shape(), i);
                        BigInteger sum = BigInteger.ZERO;
                        for (int j = 0; j < k; j++) {
                            BigInteger left = at(a, at, at[batch], j, op.zeroPointA());
                            BigInteger right =
                                    transposed
                                            ? at(b, at, at[batch + 1], j, op.zeroPointB())
                                            : at(b, at, j, at[batch + 1], op.zeroPointB());
                            sum = sum.add(left.multiply(right));
                        }
                        assertThat(y.values()[i]).isEqualTo(Exact.requantize(sum, op.rescale(), 0));
                    }
                });
    }

    private static Values narrow(RandomGenerator random, int[] dims) {
        TensorType type =
                new TensorType(random.nextBoolean() ? DType.I8 : DType.I16, Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }

    private static BigInteger at(Values x, int[] batch, int row, int column, int zeroPoint) {
        Shape shape = x.type().shape();
        int[] at = batch.clone();
        for (int i = 0; i < at.length - 2; i++) {
            at[i] = Math.min(at[i], shape.dim(i) - 1);
        }
        at[at.length - 2] = row;
        at[at.length - 1] = column;
        return Exact.big(x.values()[OpsTest.index(shape, at)]).subtract(Exact.big(zeroPoint));
    }

    @Test
    void sumsOfEightBitProductsFitThirtyOneBits() throws InvalidModelException {
        Rescale none = new Rescale(Ints.of(0), Ints.of(1), Clipping.of(0, DType.I8));
        MatMul op = new MatMul(true, 0, 0, DType.I8, none);
        int most = Integer.MAX_VALUE / (128 * 128);
        assertThat(op.bounds(pair(DType.I8, most), result(op, DType.I8, most))).isNotNull();
        assertThatThrownBy(
                        () -> op.bounds(pair(DType.I8, most + 1), result(op, DType.I8, most + 1)))
                .hasMessage("greatest sum is 2147483648; allowed 0..2147483647");
        assertThat(op.bounds(pair(DType.I16, most + 1), result(op, DType.I16, most + 1)))
                .isEqualTo(new Interval(0, 0));
    }

    private static List<Operand> pair(DType dtype, int length) {
        TensorType type = new TensorType(dtype, Shape.of(1, length));
        Operand operand = new Operand(type, dtype.range(), MemorySegment.NULL);
        return List.of(operand, operand);
    }

    private static TensorType result(MatMul op, DType dtype, int length)
            throws InvalidModelException {
        TensorType type = new TensorType(dtype, Shape.of(1, length));
        return op.type(List.of(type, type));
    }

    @Test
    void matricesThatDoNotFitAreRefused() {
        MatMul op = new MatMul(false, 0, 0, DType.I8, Samples.to(DType.I8, 1, 31));
        assertThatThrownBy(() -> op.type(types(Shape.of(2, 3), Shape.of(4, 2))))
                .hasMessage("rows of the second input is 4; expected 3");
        assertThatThrownBy(() -> op.type(types(Shape.of(2, 2, 3), Shape.of(3, 3, 2))))
                .hasMessage("dimension 0 of the second input is 3; expected 2");
        assertThatThrownBy(() -> op.type(types(Shape.of(3), Shape.of(3))))
                .hasMessage("rank of the first input is 1; allowed 2..6");
    }

    private static List<TensorType> types(Shape a, Shape b) {
        return List.of(new TensorType(DType.I8, a), new TensorType(DType.I8, b));
    }
}

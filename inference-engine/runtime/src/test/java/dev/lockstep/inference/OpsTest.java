package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class OpsTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void numbersAreAscendingAndNeverShared() {
        List<Integer> numbers = Ops.rows().stream().map(Ops.Row::number).toList();
        assertThat(numbers).isSorted().doesNotHaveDuplicates();
        assertThat(Ops.rows().stream().map(Ops.Row::name)).doesNotHaveDuplicates();
    }

    @Test
    void anUnknownNumberIsRefused() {
        assertThatThrownBy(() -> Ops.of(99))
                .hasMessage(
                        "operation number 99 is unknown; allowed 1.."
                                + Ops.rows().getLast().number());
    }

    @Test
    void addScalesBothAndRoundsOnce() {
        Seeded.forSeeds(
                500,
                random -> {
                    Values a = activations(random, DType.I8, DType.I16, DType.I32);
                    Values b =
                            broadcastable(random, a.type().shape(), DType.I8, DType.I16, DType.I32);
                    DType output = KernelsContract.output(random);
                    Add op =
                            new Add(
                                    KernelsContract.zeroPoint(random, a.type().dtype()),
                                    KernelsContract.zeroPoint(random, b.type().dtype()),
                                    (int) Seeded.anySize(random, 30),
                                    (int) Seeded.anySize(random, 30),
                                    Seeded.between(random, 1, 50),
                                    output,
                                    KernelsContract.rescale(random, 1, output).clipping());
                    Values y = OpTrial.run(kernels, op, a, b);
                    for (int i = 0; i < y.values().length; i++) {
                        BigInteger left =
                                at(a, y, i)
                                        .subtract(Exact.big(op.zeroPointA()))
                                        .multiply(Exact.big(op.factorA()));
                        BigInteger right =
                                at(b, y, i)
                                        .subtract(Exact.big(op.zeroPointB()))
                                        .multiply(Exact.big(op.factorB()));
                        int expected =
                                Exact.clip(
                                        Exact.roundShift(left.add(right), op.shift()),
                                        op.clipping());
                        assertThat(y.values()[i]).isEqualTo(expected);
                    }
                });
    }

    @Test
    void mulRescalesTheProduct() {
        Seeded.forSeeds(
                500,
                random -> {
                    Values a = activations(random, DType.I8, DType.I16);
                    Values b = broadcastable(random, a.type().shape(), DType.I8, DType.I16);
                    DType output = KernelsContract.output(random);
                    Mul op =
                            new Mul(
                                    KernelsContract.zeroPoint(random, a.type().dtype()),
                                    KernelsContract.zeroPoint(random, b.type().dtype()),
                                    output,
                                    KernelsContract.rescale(random, 1, output));
                    Values y = OpTrial.run(kernels, op, a, b);
                    for (int i = 0; i < y.values().length; i++) {
                        BigInteger product =
                                at(a, y, i)
                                        .subtract(Exact.big(op.zeroPointA()))
                                        .multiply(at(b, y, i).subtract(Exact.big(op.zeroPointB())));
                        assertThat(y.values()[i])
                                .isEqualTo(Exact.requantize(product, op.rescale(), 0));
                    }
                });
    }

    @Test
    void maxPoolTakesTheGreatestElementInSight() {
        Seeded.forSeeds(
                400,
                random -> {
                    Pool pool = Pool.random(random, KernelsContract.output(random));
                    MaxPool op = new MaxPool(pool.kernelY, pool.kernelX, pool.window);
                    Values y = pool.runUnlessBlind(kernels, op);
                    if (y != null) {
                        for (int i = 0; i < y.values().length; i++) {
                            int greatest =
                                    pool.seen(y, i).stream().mapToInt(v -> v).max().getAsInt();
                            assertThat(y.values()[i]).isEqualTo(greatest);
                        }
                    }
                });
    }

    @Test
    void averagePoolRoundsTheScaledSumOnce() {
        Seeded.forSeeds(
                400,
                random -> {
                    Pool pool = Pool.random(random, KernelsContract.output(random));
                    boolean byCount = random.nextBoolean();
                    int area = pool.kernelY * pool.kernelX;
                    DType output = KernelsContract.output(random);
                    AveragePool op =
                            new AveragePool(
                                    pool.kernelY,
                                    pool.kernelX,
                                    pool.window,
                                    KernelsContract.zeroPoint(random, pool.input.type().dtype()),
                                    output,
                                    KernelsContract.rescale(random, byCount ? area : 1, output));
                    Values y = pool.runUnlessBlind(kernels, op);
                    if (y != null) {
                        for (int i = 0; i < y.values().length; i++) {
                            List<Integer> seen = pool.seen(y, i);
                            BigInteger sum = Exact.big(-(long) seen.size() * op.inputZeroPoint());
                            for (int value : seen) {
                                sum = sum.add(Exact.big(value));
                            }
                            int factor = byCount ? seen.size() - 1 : 0;
                            assertThat(y.values()[i])
                                    .isEqualTo(Exact.requantize(sum, op.rescale(), factor));
                        }
                    }
                });
    }

    @Test
    void aWindowThatSeesPaddingOnlyIsRefused() {
        MaxPool op = new MaxPool(2, 1, new Window(1, 1, 2, 1, 1, 0, 2, 0));
        TensorType input = new TensorType(DType.I8, Shape.of(1, 1, 1, 1));
        assertThatThrownBy(() -> op.type(List.of(input)))
                .hasMessage("window 0 over rows sees padding only");
    }

    @Test
    void clipMovesToTheNearestBound() throws InvalidModelException {
        Values x = Values.of(DType.I16, Shape.of(5), -32767, -4, 0, 3, 32767);
        assertThat(OpTrial.run(kernels, new Clip(-3, 3), x).values())
                .containsExactly(-3, -3, 0, 3, 3);
    }

    @Test
    void anEightBitTableIsIndexedFromTheLeastValue() {
        Seeded.forSeeds(
                50,
                random -> {
                    DType output = KernelsContract.output(random);
                    int[] table = Seeded.values(random, new TensorType(output, Shape.of(256)));
                    TensorType type = new TensorType(DType.I8, Shape.of(40));
                    Values x = new Values(type, Seeded.values(random, type));
                    Values y = OpTrial.run(kernels, new Lut8(output, Ints.of(table)), x);
                    for (int i = 0; i < 40; i++) {
                        assertThat(y.values()[i]).isEqualTo(table[x.values()[i] + 128]);
                    }
                });
    }

    @Test
    void aSixteenBitTableIsReadAlongStraightLines() {
        Seeded.forSeeds(
                50,
                random -> {
                    DType output = KernelsContract.output(random);
                    int[] table = Seeded.values(random, new TensorType(output, Shape.of(513)));
                    TensorType type = new TensorType(DType.I16, Shape.of(400));
                    Values x = new Values(type, Seeded.values(random, type));
                    Values y = OpTrial.run(kernels, new Lut16(output, Ints.of(table)), x);
                    for (int k = 0; k < 400; k++) {
                        int i = Math.floorDiv(x.values()[k] + 32768, 128);
                        BigInteger rise =
                                Exact.big(table[i + 1])
                                        .subtract(Exact.big(table[i]))
                                        .multiply(
                                                Exact.big(
                                                        Math.floorMod(x.values()[k] + 32768, 128)));
                        BigInteger expected = Exact.big(table[i]).add(Exact.roundShift(rise, 7));
                        assertThat(y.values()[k]).isEqualTo(expected.intValueExact());
                    }
                });
    }

    @Test
    void theBoundsOfATableCountThePointBehindTheInput() throws InvalidModelException {
        int[] table = new int[513];
        table[257] = 30_000;
        Lut16 op = new Lut16(DType.I16, Ints.of(table));
        assertThat(OpTrial.run(kernels, op, Values.of(DType.I16, Shape.of(1), 64)).values())
                .containsExactly(15_000);
        assertThat(OpTrial.run(kernels, op, Values.of(DType.I16, Shape.of(1), 255)).values())
                .containsExactly(234);
    }

    @Test
    void reshapeKeepsTheOrder() throws InvalidModelException {
        Values x = Values.of(DType.I8, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Values y = OpTrial.run(kernels, new Reshape(Shape.of(3, 1, 2)), x);
        assertThat(y.type().shape()).isEqualTo(Shape.of(3, 1, 2));
        assertThat(y.values()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThatThrownBy(() -> OpTrial.run(kernels, new Reshape(Shape.of(5)), x))
                .hasMessage("number of elements is 5; expected 6");
    }

    @Test
    void transposeMovesEveryCoordinate() {
        Seeded.forSeeds(
                200,
                random -> {
                    Values x = activations(random, DType.I8, DType.I32);
                    int rank = x.type().shape().rank();
                    int[] order = shuffled(random, rank);
                    Values y = OpTrial.run(kernels, new Transpose(Ints.of(order)), x);
                    for (int i = 0; i < y.values().length; i++) {
                        int[] to = coordinates(y.type().shape(), i);
                        int[] from = new int[rank];
                        for (int axis = 0; axis < rank; axis++) {
                            from[order[axis]] = to[axis];
                        }
                        assertThat(y.values()[i])
                                .isEqualTo(x.values()[index(x.type().shape(), from)]);
                    }
                });
    }

    @Test
    void anOrderThatRepeatsAnAxisIsRefused() {
        TensorType input = new TensorType(DType.I8, Shape.of(2, 2));
        assertThatThrownBy(() -> new Transpose(Ints.of(1, 1)).type(List.of(input)))
                .hasMessage("axis 1 stands twice in the order [1, 1]");
    }

    @Test
    void concatBringsEachPartToTheCommonScale() {
        Seeded.forSeeds(
                200,
                random -> {
                    Values first = activations(random, DType.I8, DType.I16);
                    Shape shape = first.type().shape();
                    int axis = random.nextInt(shape.rank());
                    List<Values> parts = new ArrayList<>(List.of(first));
                    for (int i = random.nextInt(3); i > 0; i--) {
                        int[] dims = shape.dims().toArray();
                        dims[axis] = Seeded.between(random, 1, 3);
                        TensorType type =
                                new TensorType(KernelsContract.output(random), Shape.of(dims));
                        parts.add(new Values(type, Seeded.values(random, type)));
                    }
                    int[] zeroPoints = new int[parts.size()];
                    for (int i = 0; i < zeroPoints.length; i++) {
                        zeroPoints[i] =
                                KernelsContract.zeroPoint(random, parts.get(i).type().dtype());
                    }
                    DType output = KernelsContract.output(random);
                    Rescale rescale = KernelsContract.rescale(random, parts.size(), output);
                    Concat op = new Concat(axis, Ints.of(zeroPoints), output, rescale);
                    Values y = OpTrial.run(kernels, op, parts.toArray(Values[]::new));
                    for (int i = 0; i < y.values().length; i++) {
                        int[] from = coordinates(y.type().shape(), i);
                        int part = 0;
                        while (from[axis] >= parts.get(part).type().shape().dim(axis)) {
                            from[axis] -= parts.get(part).type().shape().dim(axis);
                            part++;
                        }
                        Values source = parts.get(part);
                        BigInteger value =
                                Exact.big(source.values()[index(source.type().shape(), from)])
                                        .subtract(Exact.big(zeroPoints[part]));
                        assertThat(y.values()[i]).isEqualTo(Exact.requantize(value, rescale, part));
                    }
                });
    }

    @Test
    void padSurroundsWithItsValue() {
        Seeded.forSeeds(
                200,
                random -> {
                    Values x = activations(random, DType.I8, DType.I16);
                    Shape shape = x.type().shape();
                    int[] before = new int[shape.rank()];
                    int[] after = new int[shape.rank()];
                    for (int i = 0; i < before.length; i++) {
                        before[i] = random.nextInt(3);
                        after[i] = random.nextInt(3);
                    }
                    Values y =
                            OpTrial.run(kernels, new Pad(Ints.of(before), Ints.of(after), -7), x);
                    for (int i = 0; i < y.values().length; i++) {
                        int[] from = coordinates(y.type().shape(), i);
                        boolean inside = true;
                        for (int axis = 0; axis < from.length; axis++) {
                            from[axis] -= before[axis];
                            inside &= from[axis] >= 0 && from[axis] < shape.dim(axis);
                        }
                        assertThat(y.values()[i])
                                .isEqualTo(inside ? x.values()[index(shape, from)] : -7);
                    }
                });
    }

    @Test
    void argMaxPrefersTheLowestIndex() throws InvalidModelException {
        Values x =
                Values.of(DType.I32, Shape.of(3, 3), 5, 5, 1, Integer.MIN_VALUE, -2, -2, 0, 1, 2);
        Values y = OpTrial.run(kernels, new ArgMax(), x);
        assertThat(y.type()).isEqualTo(new TensorType(DType.I32, Shape.of(3, 1)));
        assertThat(y.values()).containsExactly(0, 1, 2);
    }

    static Values activations(RandomGenerator random, DType... types) {
        int[] dims = new int[Seeded.between(random, 1, 4)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Seeded.between(random, 1, 4);
        }
        TensorType type = new TensorType(types[random.nextInt(types.length)], Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }

    /** A tensor that some axes of a shape may repeat, and that may repeat others. */
    private static Values broadcastable(RandomGenerator random, Shape shape, DType... types) {
        int[] dims = shape.dims().toArray();
        for (int i = 0; i < dims.length; i++) {
            if (random.nextInt(3) == 0) {
                dims[i] = dims[i] == 1 ? Seeded.between(random, 1, 4) : 1;
            }
        }
        TensorType type = new TensorType(types[random.nextInt(types.length)], Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }

    /** The element of x that element i of y is made of, where extents of 1 are repeated. */
    static BigInteger at(Values x, Values y, int i) {
        int[] at = coordinates(y.type().shape(), i);
        for (int axis = 0; axis < at.length; axis++) {
            at[axis] = Math.min(at[axis], x.type().shape().dim(axis) - 1);
        }
        return Exact.big(x.values()[index(x.type().shape(), at)]);
    }

    static int[] coordinates(Shape shape, int index) {
        int[] at = new int[shape.rank()];
        int rest = index;
        for (int axis = at.length - 1; axis >= 0; axis--) {
            at[axis] = rest % shape.dim(axis);
            rest /= shape.dim(axis);
        }
        return at;
    }

    static int index(Shape shape, int[] at) {
        int index = 0;
        for (int axis = 0; axis < at.length; axis++) {
            index = index * shape.dim(axis) + at[axis];
        }
        return index;
    }

    private static int[] shuffled(RandomGenerator random, int count) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        for (int i = count - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }
}

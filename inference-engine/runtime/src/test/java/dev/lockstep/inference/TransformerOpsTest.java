package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The operations of transformers against their formulas. */
class TransformerOpsTest {
    private final Kernels kernels = new ScalarKernels();

    private void check(Op op, Values... inputs) throws InvalidModelException {
        Values y = OpTrial.run(kernels, op, inputs);
        assertThat(y.values()).isEqualTo(Reference.run(op, y.type(), inputs));
    }

    private static Values random(RandomGenerator random, DType dtype, int... dims) {
        TensorType type = new TensorType(dtype, Shape.of(dims));
        return new Values(type, Seeded.values(random, type));
    }

    private static DType narrow(RandomGenerator random) {
        return random.nextBoolean() ? DType.I8 : DType.I16;
    }

    @Test
    void theTablesAreThePublishedOnes() {
        assertThat(big(FixedPoint.powersOfTwo())).isEqualTo(Exact.table("powers.txt"));
        assertThat(big(FixedPoint.logarithmsOfTwo())).isEqualTo(Exact.table("logarithms.txt"));
    }

    private static List<BigInteger> big(Ints values) {
        return java.util.Arrays.stream(values.toArray()).mapToObj(Exact::big).toList();
    }

    /** log2((1 + y) / (1 - y)) = 2 / ln 2 · (y + y³/3 + y⁵/5 + ...). */
    @Test
    void theTableOfLogarithmsHoldsTheNearestIntegers() {
        MathContext precise = new MathContext(50);
        BigDecimal ln2 = logarithm(BigDecimal.TWO, precise);
        for (int i = 0; i <= 256; i++) {
            BigDecimal x = BigDecimal.valueOf(256 + i).divide(BigDecimal.valueOf(256));
            BigDecimal exact =
                    logarithm(x, precise)
                            .divide(ln2, precise)
                            .multiply(BigDecimal.valueOf(1 << 30))
                            .setScale(0, RoundingMode.HALF_EVEN);
            assertThat(FixedPoint.logarithmsOfTwo().get(i)).isEqualTo(exact.intValueExact());
        }
    }

    private static BigDecimal logarithm(BigDecimal x, MathContext precise) {
        BigDecimal y = x.subtract(BigDecimal.ONE).divide(x.add(BigDecimal.ONE), precise);
        BigDecimal power = y;
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 1; k < 120; k += 2) {
            sum = sum.add(power.divide(BigDecimal.valueOf(k), precise));
            power = power.multiply(y).multiply(y).round(precise);
        }
        return sum.multiply(BigDecimal.TWO);
    }

    @Test
    void logarithmsBetweenTheEntriesFollowTheFormula() {
        Seeded.forSeeds(
                5_000,
                random -> {
                    long v = 1 + Math.abs(Seeded.anySize(random, 62));
                    assertThat(Exact.big(FixedPoint.log2(v)))
                            .isEqualTo(Exact.logarithm(Exact.big(v)));
                });
        assertThat(FixedPoint.log2(1)).isZero();
        assertThat(FixedPoint.log2(1L << 62)).isEqualTo(62L << 30);
        assertThat(FixedPoint.log2(Long.MAX_VALUE)).isBetween((63L << 30) - 100, 63L << 30);
    }

    @Test
    void logSoftmaxFollowsTheFormula() {
        Seeded.forSeeds(
                300,
                random -> {
                    DType output = KernelsContract.output(random);
                    Values x =
                            random(
                                    random,
                                    KernelsContract.output(random),
                                    Seeded.between(random, 1, 3),
                                    Seeded.between(random, 1, 40));
                    LogSoftmax op =
                            new LogSoftmax(
                                    Seeded.between(random, 0, 1 << 20),
                                    Seeded.between(random, 1, 40),
                                    output,
                                    new Rescale(
                                            Ints.of(Seeded.between(random, 0, 1 << 10)),
                                            Ints.of(Seeded.between(random, 1, 40)),
                                            Clipping.of(0, output)));
                    check(op, x);
                });
    }

    @Test
    void equalScoresHaveTheLogarithmOfTheirNumber() throws InvalidModelException {
        Values x = Values.of(DType.I8, Shape.of(4), 9, 9, 9, 9);
        Rescale exactly = new Rescale(Ints.of(1 << 14), Ints.of(14), Clipping.of(0, DType.I32));
        Values y = OpTrial.run(kernels, new LogSoftmax(1 << 20, 10, DType.I32, exactly), x);
        assertThat(y.values()).containsOnly(-2 << 16);
    }

    @Test
    void normalisationFollowsTheFormula() {
        Seeded.forSeeds(
                500,
                random -> {
                    DType dtype = KernelsContract.output(random);
                    int n = Seeded.between(random, 1, 40);
                    Values x = random(random, dtype, Seeded.between(random, 1, 3), n);
                    if (random.nextInt(3) == 0) {
                        x = quiet(random, x);
                    }
                    int upShift =
                            switch (dtype) {
                                case I8, W8 -> Seeded.between(random, 0, 15);
                                case I16 -> Seeded.between(random, 0, 8);
                                case I32, F32 -> 0;
                            };
                    if (dtype == DType.I32) {
                        x = lower(x);
                    }
                    DType output = KernelsContract.output(random);
                    LayerNorm op =
                            new LayerNorm(
                                    random.nextBoolean(),
                                    KernelsContract.zeroPoint(random, dtype),
                                    upShift,
                                    Seeded.between(random, 1, 1000),
                                    random(random, DType.I32, n).ints(),
                                    random(random, DType.I32, n).ints(),
                                    Seeded.between(random, 1, 62),
                                    output,
                                    Clipping.of(KernelsContract.zeroPoint(random, output), output));
                    check(op, x);
                });
    }

    /** Values close to each other, whose variance is small. */
    private static Values quiet(RandomGenerator random, Values x) {
        return new Values(x.type(), random.ints(x.values().length, -1, 2).toArray());
    }

    private static Values lower(Values x) {
        return new Values(x.type(), java.util.Arrays.stream(x.values()).map(v -> v >> 8).toArray());
    }

    @Test
    void aRowHasUnitVarianceAfterIt() throws InvalidModelException {
        Values x = Values.of(DType.I8, Shape.of(4), 10, 30, 10, 30);
        LayerNorm op =
                new LayerNorm(
                        true,
                        0,
                        8,
                        1,
                        Ints.repeat(1 << 20, 4),
                        Ints.of(0, 0, 0, 1 << 20),
                        30,
                        DType.I32,
                        Clipping.of(0, DType.I32));
        assertThat(OpTrial.run(kernels, op, x).values()).containsExactly(-1024, 1024, -1024, 2048);
    }

    @Test
    void deviationsWhoseSquaresCouldLeaveTheirSumAreRefused() {
        LayerNorm op =
                new LayerNorm(
                        true,
                        0,
                        15,
                        1,
                        Ints.repeat(1, 2),
                        Ints.repeat(0, 2),
                        30,
                        DType.I8,
                        Clipping.of(0, DType.I8));
        TensorType type = new TensorType(DType.I16, Shape.of(1, 2));
        assertThatThrownBy(
                        () ->
                                op.bounds(
                                        List.of(
                                                new Operand(
                                                        type,
                                                        DType.I16.range(),
                                                        MemorySegment.NULL)),
                                        new TensorType(DType.I8, Shape.of(1, 2))))
                .hasMessage("greatest deviation is 2147418112; allowed 0..1073741824");
    }

    @Test
    void rotationFollowsTheFormula() {
        Seeded.forSeeds(
                300,
                random -> {
                    int heads = Seeded.between(random, 1, 3);
                    int positions = Seeded.between(random, 1, 3);
                    int pairs = Seeded.between(random, 1, 4);
                    int repeated = random.nextBoolean() ? heads : 1;
                    DType output = KernelsContract.output(random);
                    check(
                            new Rope(
                                    random.nextBoolean(),
                                    output,
                                    KernelsContract.rescale(random, 1, output)),
                            random(random, DType.I16, heads, positions, 2 * pairs),
                            random(random, DType.I16, repeated, positions, pairs),
                            random(
                                    random,
                                    DType.I16,
                                    1,
                                    random.nextBoolean() ? positions : 1,
                                    pairs));
                });
    }

    @Test
    void attentionFollowsTheFormula() {
        Seeded.forSeeds(
                400,
                random -> {
                    int keyHeads = Seeded.between(random, 1, 2);
                    int heads = keyHeads * Seeded.between(random, 1, 3);
                    int queries = Seeded.between(random, 1, 4);
                    int keys = Seeded.between(random, 1, 6);
                    int length = Seeded.between(random, 1, 5);
                    boolean given = random.nextBoolean();
                    int first = random.nextInt(keys);
                    DType output = KernelsContract.output(random);
                    Attention op =
                            new Attention(
                                    random.nextBoolean(),
                                    given ? 0 : first,
                                    Seeded.between(random, 0, 1 << 24),
                                    Seeded.between(random, 8, 40),
                                    output,
                                    KernelsContract.rescale(random, 1, output));
                    Values q = random(random, narrow(random), 2, heads, queries, length);
                    Values k = random(random, narrow(random), 2, keyHeads, keys, length);
                    Values v =
                            random(
                                    random,
                                    narrow(random),
                                    2,
                                    keyHeads,
                                    keys,
                                    Seeded.between(random, 1, 3));
                    if (given) {
                        check(op, q, k, v, Values.of(DType.I32, Shape.of(1), first));
                    } else {
                        check(op, q, k, v);
                    }
                });
    }

    @Test
    void aKeyThatIsNotSeenHasNoShare() throws InvalidModelException {
        Attention op = new Attention(true, 0, 1 << 20, 10, DType.I16, Samples.to(DType.I16, 1, 45));
        Values q = Values.of(DType.I16, Shape.of(1, 2, 1), 1, 1);
        Values k = Values.of(DType.I16, Shape.of(1, 2, 1), 5, 5);
        Values v = Values.of(DType.I16, Shape.of(1, 2, 1), 1000, 3000);
        assertThat(OpTrial.run(kernels, op, q, k, v).values()).containsExactly(1000, 2000);
    }

    @Test
    void aCacheTakesUpAnUpdate() {
        Seeded.forSeeds(
                200,
                random -> {
                    Values data = OpsTest.activations(random, DType.I8, DType.I16, DType.I32);
                    Shape shape = data.type().shape();
                    int axis = random.nextInt(shape.rank());
                    int[] dims = shape.dims().toArray();
                    dims[axis] = Seeded.between(random, 1, shape.dim(axis));
                    int start = random.nextInt(shape.dim(axis) - dims[axis] + 1);
                    check(
                            new Scatter(axis),
                            data,
                            random(random, data.type().dtype(), dims),
                            Values.of(DType.I32, Shape.of(1), start));
                });
    }

    @Test
    void anUpdatePastTheEndIsRefused() {
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        new Scatter(0),
                                        Values.of(DType.I8, Shape.of(3), 1, 2, 3),
                                        Values.of(DType.I8, Shape.of(2), 4, 5),
                                        Values.of(DType.I32, Shape.of(1), 2)))
                .hasMessage("least index is 2; allowed 0..1");
    }

    @Test
    void fourBitWeightsFollowTheFormula() {
        Seeded.forSeeds(
                150,
                random -> {
                    int group = List.of(32, 64, 128).get(random.nextInt(3));
                    int groups = Seeded.between(random, 1, 2);
                    int channels = Seeded.between(random, 1, 4);
                    int rows = Seeded.between(random, 1, 2);
                    DType output = KernelsContract.output(random);
                    int[] packed = new int[channels * groups * group / 2];
                    for (int i = 0; i < packed.length; i++) {
                        int low = Seeded.between(random, -7, 7);
                        int high = Seeded.between(random, -7, 7);
                        packed[i] = high * 16 + (low & 15);
                    }
                    check(
                            new FullyConnected4(
                                    group,
                                    random(random, DType.I16, channels).ints(),
                                    output,
                                    KernelsContract.rescale(random, channels, output)),
                            random(random, narrow(random), rows, groups * group),
                            new Values(
                                    new TensorType(
                                            DType.W8, Shape.of(channels, groups * group / 2)),
                                    packed),
                            random(random, DType.W8, channels, groups));
                });
    }

    @Test
    void aFourBitWeightOfMinusEightIsRefused() {
        int[] packed = new int[32];
        packed[17] = 8;
        FullyConnected4 op =
                new FullyConnected4(32, Ints.of(0, 0), DType.I8, Samples.to(DType.I8, 2, 31));
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        op,
                                        Values.of(DType.I8, Shape.of(1, 32), new int[32]),
                                        Values.of(DType.W8, Shape.of(2, 16), packed),
                                        Values.of(DType.W8, Shape.of(2, 1), -127, 127)))
                .hasMessage("weight 2 of channel 1 is -8; allowed -7..7");
    }

    @Test
    void argMaxMayLookForTheLeastAndTakeTheLastOfATie() throws InvalidModelException {
        Values x = Values.of(DType.I32, Shape.of(2, 3), 5, 5, 1, -2, 3, -2);
        for (boolean least : new boolean[] {false, true}) {
            for (boolean highest : new boolean[] {false, true}) {
                check(new ArgMax(least, highest), x);
            }
        }
        assertThat(OpTrial.run(kernels, new ArgMax(true, true), x).values()).containsExactly(2, 2);
        assertThat(OpTrial.run(kernels, new ArgMax(false, true), x).values()).containsExactly(1, 1);
    }
}

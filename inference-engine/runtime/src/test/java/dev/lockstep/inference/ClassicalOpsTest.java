package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * The operations of linear models, support vectors and rankings, against integers without bounds.
 */
class ClassicalOpsTest {
    private static final BigInteger ONE = BigInteger.TWO.pow(30);
    private final Kernels kernels = new ScalarKernels();

    @Test
    void floatsBecomeTheNearestFixedPointNumbers() {
        Seeded.forSeeds(
                2000,
                random -> {
                    int shift = Seeded.between(random, -128, 192);
                    float x = anyFloat(random, shift);
                    BigInteger expected =
                            new BigDecimal(x)
                                    .multiply(power(shift))
                                    .add(new BigDecimal("0.5"))
                                    .setScale(0, RoundingMode.FLOOR)
                                    .toBigInteger();
                    BigInteger most = Exact.big(Integer.MAX_VALUE);
                    int key = FloatKey.ofBits(Float.floatToRawIntBits(x));
                    assertThat(FixedPoint.ofFloat(key, shift))
                            .as("%s * 2^%s", x, shift)
                            .isEqualTo(expected.min(most).max(most.negate()).intValueExact());
                });
    }

    private static float anyFloat(RandomGenerator random, int shift) {
        if (random.nextInt(4) == 0) {
            float any = Float.intBitsToFloat(random.nextInt());
            return Float.isFinite(any) ? any : Float.MIN_VALUE;
        }
        int quarters = Seeded.between(random, -(1 << 22), 1 << 22);
        return Math.scalb((float) quarters, Math.clamp(-2 - shift, -140, 100));
    }

    private static BigDecimal power(int exponent) {
        BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(exponent)));
        return exponent >= 0 ? power : BigDecimal.ONE.divide(power);
    }

    @Test
    void featuresHaveTheirOwnScalesAndSubstitutes() throws InvalidModelException {
        FloatToFixed op =
                new FloatToFixed(
                        Ints.of(4, 0, 0),
                        Ints.of(8, 0, 5),
                        Ints.of(0, -7, 0),
                        DType.I32,
                        new Rescale(
                                Ints.of(1, 1 << 30, 1 << 30),
                                Ints.of(1, 30, 30),
                                Clipping.of(0, DType.I32)));
        Values x =
                Values.of(
                        DType.F32,
                        Shape.of(2, 3),
                        key(1.5f),
                        FloatKey.MISSING,
                        key(1e30f),
                        key(-0.03125f),
                        key(-2.5f),
                        -FloatKey.INFINITY);
        assertThat(OpTrial.run(kernels, op, x).values())
                .containsExactly(8, -7, Integer.MAX_VALUE - 5, -4, -2, Integer.MIN_VALUE);
    }

    private static int key(float x) {
        return FloatKey.ofBits(Float.floatToRawIntBits(x));
    }

    @Test
    void linearRoundsTheExactSumOnce() {
        Seeded.forSeeds(
                400,
                random -> {
                    int k = Seeded.between(random, 1, 9);
                    int m = Seeded.between(random, 1, 4);
                    int rows = Seeded.between(random, 1, 3);
                    TensorType type =
                            new TensorType(KernelsContract.output(random), Shape.of(rows, k));
                    Values x = new Values(type, Seeded.values(random, type));
                    int[] weights = new int[m * k];
                    for (int i = 0; i < weights.length; i++) {
                        weights[i] = (int) Seeded.anySize(random, 26);
                    }
                    int[] bias = new int[2 * m];
                    for (int i = 0; i < m; i++) {
                        long start = Seeded.anySize(random, 60);
                        bias[2 * i] = (int) (start >> 32);
                        bias[2 * i + 1] = (int) start;
                    }
                    DType output = KernelsContract.output(random);
                    int[] shifts = new int[m];
                    for (int i = 0; i < m; i++) {
                        shifts[i] = Seeded.between(random, 1, 60);
                    }
                    Rescale rescale =
                            new Rescale(Ints.repeat(1, m), Ints.of(shifts), Clipping.of(0, output));
                    Linear op = new Linear(Ints.of(weights), Ints.of(bias), output, rescale);
                    Values y = OpTrial.run(kernels, op, x);
                    for (int i = 0; i < rows * m; i++) {
                        BigInteger sum = Exact.big(Ints.number(op.bias(), 2 * (i % m)));
                        for (int j = 0; j < k; j++) {
                            sum =
                                    sum.add(
                                            Exact.big(x.values()[i / m * k + j])
                                                    .multiply(Exact.big(weights[i % m * k + j])));
                        }
                        assertThat(y.values()[i]).isEqualTo(Exact.requantize(sum, rescale, i % m));
                    }
                });
    }

    @Test
    void linearRefusesSumsThatCouldLeave62Bits() {
        Linear op =
                new Linear(
                        Ints.of(Integer.MIN_VALUE, 1),
                        Ints.of(0, 0),
                        DType.I32,
                        Rescale.of(new Multiplier(1, 30), 0, DType.I32));
        Values x = Values.of(DType.I32, Shape.of(1, 2), Integer.MIN_VALUE, 0);
        assertThatThrownBy(() -> OpTrial.run(kernels, op, x))
                .hasMessage(
                        "result 0: inputs up to 2147483648 with weights of 2147483649 in total and bias 0 could leave 62 bits");
    }

    @Test
    void probabilitiesFollowTheFormula() {
        Seeded.forSeeds(
                300,
                random -> {
                    Probabilities.Curve curve = Probabilities.Curve.values()[random.nextInt(3)];
                    int n = Seeded.between(random, 1, 12);
                    TensorType type =
                            new TensorType(
                                    KernelsContract.output(random),
                                    Shape.of(Seeded.between(random, 1, 3), n));
                    Values x = new Values(type, Seeded.values(random, type));
                    int shift = Seeded.between(random, 1, 40);
                    Probabilities op =
                            new Probabilities(curve, Seeded.between(random, 0, 1 << 30), shift);
                    Values y = OpTrial.run(kernels, op, x);
                    for (int row = 0; row < type.shape().dim(0); row++) {
                        List<Integer> scores = new ArrayList<>();
                        for (int i = 0; i < n; i++) {
                            scores.add(x.values()[row * n + i]);
                        }
                        for (int i = 0; i < n; i++) {
                            assertThat(y.values()[row * n + i])
                                    .isEqualTo(probability(op, scores, i).intValueExact());
                        }
                    }
                });
    }

    private static BigInteger probability(Probabilities op, List<Integer> scores, int i) {
        BigInteger z = scaled(op, scores.get(i));
        if (op.curve() == Probabilities.Curve.LOGISTIC) {
            BigInteger e = power(z.abs());
            BigInteger n = (z.signum() < 0 ? e : ONE).multiply(ONE);
            BigInteger d = ONE.add(e);
            return Exact.floorDivide(n.shiftLeft(1).add(d), d.shiftLeft(1));
        }
        boolean keepsZeros = op.curve() == Probabilities.Curve.SOFTMAX_ZERO;
        if (keepsZeros && scores.get(i) == 0) {
            return BigInteger.ZERO;
        }
        List<BigInteger> all =
                scores.stream()
                        .filter(score -> !keepsZeros || score != 0)
                        .map(score -> scaled(op, score))
                        .toList();
        BigInteger top = all.stream().reduce(BigInteger::max).orElseThrow();
        BigInteger sum =
                all.stream()
                        .map(other -> power(top.subtract(other)))
                        .reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger reciprocal = BigInteger.TWO.pow(61).divide(sum);
        return Exact.roundShift(power(top.subtract(z)).multiply(reciprocal), 31);
    }

    private static BigInteger scaled(Probabilities op, int score) {
        return Exact.roundShift(Exact.big(score).multiply(Exact.big(op.multiplier())), op.shift());
    }

    private static BigInteger power(BigInteger t) {
        return Exact.big(FixedPoint.exp2neg(t.longValueExact()));
    }

    @Test
    void rowsAreDividedByTheirSize() {
        Seeded.forSeeds(
                300,
                random -> {
                    Normalize.Norm norm = Normalize.Norm.values()[random.nextInt(3)];
                    int n = Seeded.between(random, 1, 9);
                    int bits = Seeded.between(random, 1, 28);
                    int[] x = new int[n];
                    for (int i = 0; i < n; i++) {
                        x[i] = (int) Seeded.anySize(random, bits);
                        x[i] = norm == Normalize.Norm.MAX ? Math.abs(x[i]) : x[i];
                    }
                    Values y =
                            OpTrial.run(
                                    kernels,
                                    new Normalize(norm),
                                    Values.of(DType.I32, Shape.of(n), x));
                    double size = 0;
                    for (int v : x) {
                        size =
                                switch (norm) {
                                    case MAX -> Math.max(size, v);
                                    case L1 -> size + Math.abs(v);
                                    case L2 -> size + (double) v * v;
                                };
                    }
                    size = norm == Normalize.Norm.L2 ? Math.sqrt(size) : size;
                    for (int i = 0; i < n; i++) {
                        double expected = size == 0 ? 0 : x[i] / size;
                        assertThat(y.values()[i] * 0x1p-30)
                                .isBetween(expected - 3e-9, expected + 3e-9);
                    }
                });
    }

    @Test
    void nearnessIsThatOfRealNumbers() {
        Seeded.forSeeds(
                300,
                random -> {
                    SupportVectors.Nearness nearness =
                            SupportVectors.Nearness.values()[random.nextInt(2)];
                    boolean rbf = nearness == SupportVectors.Nearness.RBF;
                    int k = Seeded.between(random, 1, 6);
                    int n = Seeded.between(random, 1, 5);
                    int[] x = new int[2 * k];
                    int[] v = new int[n * k];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = Seeded.between(random, -1 << 20, 1 << 20);
                    }
                    for (int i = 0; i < v.length; i++) {
                        v[i] = Seeded.between(random, -1 << 20, 1 << 20);
                    }
                    long offset = rbf ? 0 : Seeded.between(random, -1 << 30, 1 << 30);
                    SupportVectors op =
                            new SupportVectors(
                                    nearness,
                                    n,
                                    Ints.of(v),
                                    Ints.of((int) (offset >> 32), (int) offset),
                                    Seeded.between(random, 1 << 10, 1 << 14),
                                    36);
                    Values y = OpTrial.run(kernels, op, Values.of(DType.I32, Shape.of(2, k), x));
                    for (int i = 0; i < 2 * n; i++) {
                        double sum = offset;
                        for (int j = 0; j < k; j++) {
                            double a = x[i / n * k + j];
                            double b = v[i % n * k + j];
                            sum += rbf ? (a - b) * (a - b) : a * b;
                        }
                        double z = sum * op.multiplier() * 0x1p-52;
                        double e = Math.pow(2, -Math.abs(z));
                        double expected = rbf ? e : Math.signum(z) * (1 - e) / (1 + e);
                        assertThat(y.values()[i] * 0x1p-30)
                                .isBetween(expected - 1.2e-5, expected + 1.2e-5);
                    }
                });
    }

    @Test
    void topKIsAStableSort() {
        Seeded.forSeeds(
                300,
                random -> {
                    int n = Seeded.between(random, 1, 12);
                    int k = Seeded.between(random, 1, n);
                    int[] x = new int[n];
                    List<Integer> places = new ArrayList<>();
                    for (int i = 0; i < n; i++) {
                        x[i] = Seeded.between(random, -3, 3);
                        places.add(i);
                    }
                    boolean greatest = random.nextBoolean();
                    places.sort((a, b) -> greatest ? x[b] - x[a] : x[a] - x[b]);
                    Values input = Values.of(DType.I32, Shape.of(1, n), x);
                    Values found = OpTrial.run(kernels, new TopK(k, greatest, true), input);
                    Values values = OpTrial.run(kernels, new TopK(k, greatest, false), input);
                    for (int i = 0; i < k; i++) {
                        assertThat(found.values()[i]).isEqualTo(places.get(i));
                        assertThat(values.values()[i]).isEqualTo(x[places.get(i)]);
                    }
                });
    }

    @Test
    void whatCannotBeDividedIsRefused() {
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        new Normalize(Normalize.Norm.MAX),
                                        Values.of(DType.I8, Shape.of(2), -1, 5)))
                .hasMessage("elements lie in -1..5; division by the greatest takes none below 0");
        assertThatThrownBy(
                        () ->
                                OpTrial.run(
                                        kernels,
                                        new Normalize(Normalize.Norm.L2),
                                        Values.of(DType.I32, Shape.of(2), Integer.MAX_VALUE, 5)))
                .hasMessageStartingWith(
                        "greatest sum of squares is 9223372028264841218; allowed 0..");
    }
}

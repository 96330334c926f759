package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.OpTrial.Values;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * The operations of linear models, support vectors and rankings, against integers without bounds.
 */
class ClassicalOpsTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void floatsBecomeTheNearestFixedPointNumbers() {
        Seeded.forSeeds(
                2000,
                random -> {
                    int shift = Seeded.between(random, -128, 192);
                    float x = anyFloat(random, shift);
                    int key = FloatKey.ofBits(Float.floatToRawIntBits(x));
                    assertThat(FixedPoint.ofFloat(key, shift))
                            .as("%s * 2^%s", x, shift)
                            .isEqualTo(Reference.fixed(key, shift).intValueExact());
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

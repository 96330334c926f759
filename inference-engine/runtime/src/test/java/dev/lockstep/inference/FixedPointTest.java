package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.junit.jupiter.api.Test;

class FixedPointTest {
    @Test
    void tiesGoUpward() {
        assertThat(FixedPoint.rescale(3, 1, 1)).isEqualTo(2);
        assertThat(FixedPoint.rescale(1, 1, 1)).isEqualTo(1);
        assertThat(FixedPoint.rescale(-1, 1, 1)).isEqualTo(0);
        assertThat(FixedPoint.rescale(-3, 1, 1)).isEqualTo(-1);
    }

    @Test
    void rescaleIsTheExactFormulaForEveryProvenSum() {
        Seeded.forSeeds(
                20_000,
                random -> {
                    int shift = Seeded.between(random, 1, 62);
                    long multiplier = Math.abs(Seeded.anySize(random, 31));
                    long half = 1L << (shift - 1);
                    long most =
                            multiplier == 0 ? Long.MAX_VALUE : (Long.MAX_VALUE - half) / multiplier;
                    long sum =
                            random.nextInt(8) == 0
                                    ? most
                                    : Seeded.anySize(random, 63) % (most == 0 ? 1 : most);
                    for (long a : new long[] {sum, -sum}) {
                        BigInteger exact =
                                Exact.roundShift(
                                        Exact.big(a).multiply(Exact.big(multiplier)), shift);
                        assertThat(FixedPoint.rescale(a, multiplier, shift))
                                .isEqualTo(exact.longValueExact());
                    }
                });
    }

    @Test
    void roundShiftIsTheExactFormula() {
        Seeded.forSeeds(
                20_000,
                random -> {
                    int shift = Seeded.between(random, 1, 62);
                    long sum = Seeded.anySize(random, 62);
                    assertThat(FixedPoint.roundShift(sum, shift))
                            .isEqualTo(Exact.roundShift(Exact.big(sum), shift).longValueExact());
                });
    }

    @Test
    void divisionRoundsToNearest() {
        Seeded.forSeeds(
                20_000,
                random -> {
                    long n = Seeded.anySize(random, 60);
                    long d = Math.abs(Seeded.anySize(random, 60)) + 1;
                    BigInteger exact =
                            Exact.floorDivide(
                                    Exact.big(n).shiftLeft(1).add(Exact.big(d)),
                                    Exact.big(d).shiftLeft(1));
                    assertThat(FixedPoint.divideRounded(n, d)).isEqualTo(exact.longValueExact());
                });
    }

    @Test
    void squareRootIsTheGreatestThatFits() {
        Seeded.forSeeds(
                20_000,
                random -> {
                    long root = Math.abs(Seeded.anySize(random, 31));
                    for (long v :
                            new long[] {
                                root * root,
                                root * root + 2 * root,
                                Math.abs(random.nextLong() >> 1)
                            }) {
                        assertThat(FixedPoint.sqrtFloor(v))
                                .isEqualTo(Exact.big(v).sqrt().longValueExact());
                    }
                });
        assertThat(FixedPoint.sqrtFloor(Long.MAX_VALUE)).isEqualTo(3037000499L);
        assertThat(FixedPoint.sqrtFloor(0)).isZero();
    }

    @Test
    void powersHaveTheirKnownValues() {
        assertThat(FixedPoint.exp2neg(0)).isEqualTo(1 << 30);
        assertThat(FixedPoint.exp2neg(1 << 16)).isEqualTo(1 << 29);
        assertThat(FixedPoint.exp2neg(30L << 16)).isEqualTo(1);
        assertThat(FixedPoint.exp2neg((31L << 16) - 1)).isEqualTo(1);
        assertThat(FixedPoint.exp2neg(31L << 16)).isZero();
        assertThat(FixedPoint.exp2neg(Long.MAX_VALUE)).isZero();
        // 2^(30 - 1/2) = 759250124.99...
        assertThat(FixedPoint.exp2neg(1 << 15)).isEqualTo(759250125L);
    }

    /**
     * Against the definition by 16th roots of 2 in decimals: 1e-6 relative, and half a unit for the
     * shift.
     */
    @Test
    void powersAreWithinTheirPublishedError() {
        MathContext precise = new MathContext(60);
        BigDecimal[] roots = new BigDecimal[17];
        roots[0] = BigDecimal.valueOf(2);
        for (int i = 1; i <= 16; i++) {
            roots[i] = roots[i - 1].sqrt(precise);
        }
        Seeded.forSeeds(
                3_000,
                random -> {
                    int t = random.nextInt(31 << 16);
                    BigDecimal denominator = BigDecimal.valueOf(2).pow(t >> 16);
                    for (int bit = 1; bit <= 16; bit++) {
                        if ((t >> (16 - bit) & 1) != 0) {
                            denominator = denominator.multiply(roots[bit], precise);
                        }
                    }
                    BigDecimal exact = BigDecimal.valueOf(1 << 30).divide(denominator, precise);
                    BigDecimal allowed =
                            exact.multiply(new BigDecimal("1e-6")).add(new BigDecimal("0.51"));
                    assertThat(BigDecimal.valueOf(FixedPoint.exp2neg(t)).subtract(exact).abs())
                            .isLessThanOrEqualTo(allowed);
                });
    }

    /** T is nearest to 2^(30 - i/256) exactly if (2T - 1)^256 < 2^(31·256 - i) < (2T + 1)^256. */
    @Test
    void theTableOfPowersHoldsTheNearestIntegers() {
        for (int i = 0; i < 256; i++) {
            BigInteger twice = Exact.big(2 * FixedPoint.exp2neg(i << 8));
            BigInteger power = BigInteger.TWO.pow(31 * 256 - i);
            assertThat(twice.subtract(BigInteger.ONE).pow(256)).isLessThan(power);
            assertThat(twice.add(BigInteger.ONE).pow(256)).isGreaterThan(power);
        }
    }

    @Test
    void powersBetweenTheEntriesFollowTheFormula() {
        Seeded.forSeeds(
                5_000,
                random -> {
                    int t = random.nextInt(31 << 16);
                    int i = (t >> 8) & 255;
                    int n = t >> 16;
                    long entry = FixedPoint.exp2neg(i << 8);
                    long next = i == 255 ? 1 << 29 : FixedPoint.exp2neg((i + 1) << 8);
                    BigInteger slope = Exact.big(next - entry).multiply(Exact.big(t & 255));
                    BigInteger power = Exact.big(entry).add(Exact.roundShift(slope, 8));
                    BigInteger expected = n == 0 ? power : Exact.roundShift(power, n);
                    assertThat(FixedPoint.exp2neg(t)).isEqualTo(expected.longValueExact());
                });
    }

    @Test
    void powersNeverGrow() {
        long last = FixedPoint.exp2neg(0);
        for (long t = 1; t < 31L << 16; t += 7) {
            long power = FixedPoint.exp2neg(t);
            assertThat(power).isLessThanOrEqualTo(last);
            last = power;
        }
    }

    @Test
    void aMultiplierIsTheNearestOfItsPrecision() {
        Seeded.forSeeds(
                5_000,
                random -> {
                    long sumMax = Math.abs(Seeded.anySize(random, 50));
                    BigDecimal real =
                            BigDecimal.valueOf(random.nextLong(1, 1L << 53))
                                    .divide(
                                            BigDecimal.valueOf(2)
                                                    .pow(Seeded.between(random, 45, 80)));
                    Multiplier multiplier = Multiplier.of(real, sumMax);
                    int bits = Math.min(31, 62 - Exact.big(sumMax).bitLength());
                    BigDecimal scale = BigDecimal.valueOf(2).pow(multiplier.shift());
                    BigDecimal error =
                            real.multiply(scale)
                                    .subtract(BigDecimal.valueOf(multiplier.value()))
                                    .abs();
                    assertThat(error).isLessThanOrEqualTo(new BigDecimal("0.5"));
                    if (multiplier.shift() < 62) {
                        assertThat(Exact.big(multiplier.value()).bitLength()).isEqualTo(bits);
                    }
                    Rescale.of(multiplier, 0, DType.I32).bounds(0, new Interval(-sumMax, sumMax));
                });
    }

    @Test
    void multipliersOfKnownFactors() {
        assertThat(Multiplier.of(BigDecimal.ONE, Integer.MAX_VALUE)).isEqualTo(Multiplier.ONE);
        assertThat(Multiplier.of(BigDecimal.ZERO, 5)).isEqualTo(new Multiplier(0, 1));
        assertThat(Multiplier.of(new BigDecimal("-0.5"), 1))
                .isEqualTo(new Multiplier(-(1 << 30), 31));
        assertThat(Multiplier.of(new BigDecimal("1e-40"), 1)).isEqualTo(new Multiplier(0, 62));
        BigDecimal third =
                BigDecimal.ONE.divide(
                        BigDecimal.valueOf(3), new MathContext(50, RoundingMode.DOWN));
        assertThat(Multiplier.of(third, 1L << 33)).isEqualTo(new Multiplier(178956971, 29));
    }
}

package dev.lockstep.precompiles.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.Quantization;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecimalsTest {
    @Test
    void aDecimalBecomesTheNearestFloat() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            int decimals = random.nextInt(60);
            assertNearest(new BigInteger(1 + random.nextInt(255), random), decimals);
        }
    }

    /** Halfway between two floats, and one unit of the last decimal beside that. */
    @Test
    void tiesGoToTheEvenFloat() {
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt(0x7f7fffff));
            BigDecimal half =
                    new BigDecimal(value)
                            .add(new BigDecimal(Math.nextUp(value)))
                            .divide(BigDecimal.TWO);
            int decimals = Math.max(0, half.scale());
            if (decimals > 255) continue;
            BigInteger mantissa = half.setScale(decimals).unscaledValue();
            for (int beside = -1; beside <= 1; beside++) {
                assertNearest(mantissa.add(BigInteger.valueOf(beside)), decimals);
            }
        }
    }

    @Test
    void theEndsOfFloatsAreMet() {
        BigInteger most = new BigDecimal(Float.MAX_VALUE).toBigIntegerExact();
        BigInteger halfStep = BigInteger.ONE.shiftLeft(103);
        assertThat(bits(most, 0)).isEqualTo(0x7f7fffffL);
        assertThat(bits(most.add(halfStep).subtract(BigInteger.ONE), 0)).isEqualTo(0x7f7fffffL);
        assertThat(bits(most.add(halfStep), 0)).isNull();
        assertThat(bits(most.negate(), 0)).isEqualTo((long) 0xff7fffff);
        assertThat(bits(BigInteger.ZERO, 77)).isEqualTo(0L);
        assertThat(bits(BigInteger.ONE, 46)).isEqualTo(0L);
        assertThat(bits(BigInteger.ONE, 45)).isEqualTo(1L);
        assertThat(bits(BigInteger.ONE, 255)).isEqualTo(0L);
        assertThat(bits(BigInteger.ONE.shiftLeft(255).negate(), 0)).isNull();
    }

    /** Numbers of all sizes, ties among them. */
    @Test
    void sixtyFourBitsYieldWhatBigNumbersDo() {
        Random random = new Random(3);
        int narrow = 0;
        for (int i = 0; i < 200_000; i++) {
            Decimals decimals = Decimals.of(random.nextInt(20));
            long multiplier = 1 + (random.nextLong() >>> (2 + random.nextInt(62)));
            int shift = random.nextInt(random.nextBoolean() ? 8 : 128);
            Quantization scale = new Quantization(multiplier, shift, random.nextInt(256) - 128);
            long number = random.nextLong() >> random.nextInt(64);
            Long toModel = decimals.toModel(number, scale);
            if (toModel != null) {
                BigInteger expected = decimals.toModel(BigInteger.valueOf(number), scale);
                assertThat(BigInteger.valueOf(toModel))
                        .as("%s %s", number, scale)
                        .isEqualTo(expected);
                narrow++;
            }
            int q = (int) number;
            Long fromModel = decimals.fromModelNarrow(q, scale);
            if (fromModel != null) {
                BigInteger expected = decimals.fromModel(q, scale);
                assertThat(BigInteger.valueOf(fromModel)).as("%s %s", q, scale).isEqualTo(expected);
                narrow++;
            }
        }
        assertThat(narrow).isGreaterThan(50_000);
    }

    @Test
    void bigNumbersAreRoundedOnceHalfToEven() {
        Random random = new Random(4);
        int ties = 0;
        for (int i = 0; i < 50_000; i++) {
            int places = random.nextInt(60);
            int shift = random.nextInt(random.nextBoolean() ? 4 : 62);
            long multiplier = 1 + (random.nextLong() >>> (2 + random.nextInt(62)));
            Quantization scale = new Quantization(multiplier, shift, random.nextInt(256) - 128);
            long q = random.nextInt() >> random.nextInt(32);
            BigDecimal real =
                    BigDecimal.valueOf(q - scale.zeroPoint())
                            .multiply(BigDecimal.valueOf(multiplier))
                            .divide(new BigDecimal(BigInteger.ONE.shiftLeft(shift)));
            BigInteger expected = real.setScale(places, RoundingMode.HALF_EVEN).unscaledValue();
            assertThat(Decimals.of(places).fromModel(q, scale))
                    .as("%s %s, %s places", q, scale, places)
                    .isEqualTo(expected);
            BigDecimal rest = real.subtract(real.setScale(places, RoundingMode.FLOOR));
            if (rest.movePointRight(places).compareTo(new BigDecimal("0.5")) == 0) ties++;
        }
        assertThat(ties).isGreaterThan(100);
    }

    private static void assertNearest(BigInteger mantissa, int decimals) {
        for (BigInteger signed : new BigInteger[] {mantissa, mantissa.negate()}) {
            float nearest = new BigDecimal(signed, decimals).floatValue();
            Long expected = Float.isInfinite(nearest) ? null : (long) Float.floatToIntBits(nearest);
            if (nearest == 0) expected = signed.signum() < 0 ? (long) Integer.MIN_VALUE : 0L;
            assertThat(bits(signed, decimals))
                    .as("%s / 10^%s", signed, decimals)
                    .isEqualTo(expected);
        }
    }

    private static Long bits(BigInteger mantissa, int decimals) {
        return Decimals.of(decimals).toFloatBits(mantissa);
    }
}

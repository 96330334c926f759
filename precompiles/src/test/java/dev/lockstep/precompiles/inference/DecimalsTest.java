package dev.lockstep.precompiles.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
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

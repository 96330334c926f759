package dev.lockstep.importer;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Real factors between scales, exact as far as decimals go: scales are floats, hence exact, and
 * only a quotient is cut off.
 */
final class Factors {
    /** Far more digits than any rounding that follows can see. */
    private static final MathContext DIGITS = new MathContext(120, RoundingMode.HALF_EVEN);

    private Factors() {}

    static BigDecimal ratio(BigDecimal numerator, BigDecimal denominator) {
        return numerator.divide(denominator, DIGITS);
    }

    /** The integer nearest to {@code factor · 2^shift}, half to even. */
    static int scaled(BigDecimal factor, int shift) {
        return factor.multiply(BigDecimal.valueOf(2).pow(shift))
                .setScale(0, RoundingMode.HALF_EVEN)
                .intValueExact();
    }
}

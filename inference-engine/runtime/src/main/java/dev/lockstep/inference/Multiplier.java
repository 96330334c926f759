package dev.lockstep.inference;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * A positive or negative real factor as {@code value / 2^shift}, as precise as the sums it is
 * applied to leave room for.
 */
public record Multiplier(int value, int shift) {
    /** Least and greatest shift of a rescaling. */
    static final int SHIFT_MIN = 1;

    static final int SHIFT_MAX = 62;

    /** The factor one, exactly. */
    public static final Multiplier ONE = new Multiplier(1 << 30, 30);

    /**
     * The factor nearest to {@code real} (half to even) for sums whose absolute value is at most
     * {@code sumMax}.
     *
     * @param real exact factor, below 2^30 in size
     * @param sumMax greatest absolute value that will be multiplied; 0 to 2^61
     * @throws IllegalArgumentException where the factor is too large for a shift of at least 1
     */
    public static Multiplier of(BigDecimal real, long sumMax) {
        if (real.signum() == 0) {
            return new Multiplier(0, SHIFT_MIN);
        }
        int bits = Math.min(31, 62 - (64 - Long.numberOfLeadingZeros(sumMax)));
        if (sumMax < 0 || bits < 1) {
            throw new IllegalArgumentException(
                    "sums up to " + sumMax + " leave no room for a factor");
        }
        BigDecimal size = real.abs();
        int exponent = exponent(size);
        int shift = bits - exponent;
        if (shift > SHIFT_MAX) {
            shift = SHIFT_MAX;
        }
        BigInteger value = scaled(size, shift);
        if (value.bitLength() > bits) {
            value = value.shiftRight(1);
            shift--;
        }
        if (shift < SHIFT_MIN) {
            throw new IllegalArgumentException(
                    "factor " + real + " is too large for sums up to " + sumMax);
        }
        int whole = value.intValueExact();
        return new Multiplier(real.signum() < 0 ? -whole : whole, shift);
    }

    /** Least e with size below 2^e. */
    private static int exponent(BigDecimal size) {
        BigInteger whole = size.toBigInteger();
        if (whole.signum() > 0) {
            return whole.bitLength();
        }
        BigInteger inverse =
                BigDecimal.ONE
                        .divide(size, new MathContext(400, RoundingMode.CEILING))
                        .toBigInteger();
        int guess = -inverse.bitLength() + 1;
        while (size.compareTo(power(guess)) >= 0) {
            guess++;
        }
        while (size.compareTo(power(guess - 1)) < 0) {
            guess--;
        }
        return guess;
    }

    private static BigDecimal power(int exponent) {
        BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.abs(exponent)));
        return exponent >= 0 ? power : BigDecimal.ONE.divide(power);
    }

    private static BigInteger scaled(BigDecimal size, int shift) {
        return size.multiply(power(shift)).setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
    }
}

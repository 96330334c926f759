package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.Quantization;
import java.math.BigInteger;

/**
 * Real numbers as decimals, {@code mantissa / 10^decimals}, to and from a model's integers, {@code
 * (q - zeroPoint) * multiplier / 2^shift}. Exact, with one rounding, half to even.
 */
record Decimals(BigInteger unit) {
    static Decimals of(int decimals) {
        return new Decimals(BigInteger.TEN.pow(decimals));
    }

    /** The integer that stands for a decimal; it may be out of the model's range. */
    BigInteger toModel(BigInteger mantissa, Quantization scale) {
        BigInteger dividend = mantissa.shiftLeft(scale.shift());
        BigInteger divisor = unit.multiply(BigInteger.valueOf(scale.multiplier()));
        return roundedQuotient(dividend, divisor).add(BigInteger.valueOf(scale.zeroPoint()));
    }

    /** The mantissa of what an integer stands for. */
    BigInteger fromModel(long q, Quantization scale) {
        BigInteger dividend =
                BigInteger.valueOf(q - scale.zeroPoint())
                        .multiply(BigInteger.valueOf(scale.multiplier()))
                        .multiply(unit);
        return roundedQuotient(dividend, BigInteger.ONE.shiftLeft(scale.shift()));
    }

    /** Half to even; the divisor is positive. */
    static BigInteger roundedQuotient(BigInteger dividend, BigInteger divisor) {
        BigInteger[] parts = dividend.divideAndRemainder(divisor);
        int half = parts[1].abs().shiftLeft(1).compareTo(divisor);
        boolean isAway = half > 0 || (half == 0 && parts[0].testBit(0));
        return isAway ? parts[0].add(BigInteger.valueOf(dividend.signum())) : parts[0];
    }
}

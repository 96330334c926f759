package dev.lockstep.precompiles.inference;

import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.Quantization;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Real numbers as decimals, {@code mantissa / 10^decimals}, to and from a model's integers, {@code
 * (q - zeroPoint) * multiplier / 2^shift}. Exact, with one rounding, half to even.
 */
record Decimals(BigInteger unit) {
    /** Binary digits of a float32, and the power of two of the last one of the smallest. */
    private static final int FLOAT_DIGITS = 24;

    private static final int FLOAT_PLACE_MIN = -149;

    static Decimals of(int decimals) {
        return new Decimals(BigInteger.TEN.pow(decimals));
    }

    /**
     * The integer that stands for a decimal, in 64 bits all the way; null where they are too few.
     */
    @Nullable Long toModel(long mantissa, Quantization scale) {
        if (!fits(scale.multiplier())) return null;
        long divisor = unit.longValue() * scale.multiplier();
        if (scale.shift() >= 62 || Math.abs(mantissa) >>> (62 - scale.shift()) != 0) return null;
        long dividend = mantissa << scale.shift();
        long quotient = dividend / divisor;
        long twice = 2 * Math.abs(dividend % divisor);
        boolean isAway = twice > divisor || (twice == divisor && (quotient & 1) != 0);
        return quotient + (isAway ? Long.signum(dividend) : 0) + scale.zeroPoint();
    }

    /** Whether the unit times a number is below 2^61. */
    private boolean fits(long number) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(number);
        return unit.bitLength() + bits <= 61;
    }

    /** The mantissa of what an integer stands for, in 64 bits; null where they are too few. */
    @Nullable Long fromModelNarrow(long q, Quantization scale) {
        long size = Math.abs(q - scale.zeroPoint());
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size);
        if (bits > 33 || scale.shift() > 61 || unit.bitLength() + bits > 61) return null;
        long product = size * unit.longValue();
        if (Math.multiplyHigh(product, scale.multiplier()) != 0) return null;
        product *= scale.multiplier();
        if (product < 0 || product >>> 61 != 0) return null;
        long quotient = product >> scale.shift();
        long rest = product - (quotient << scale.shift());
        long half = scale.shift() == 0 ? 1 : 1L << (scale.shift() - 1);
        boolean isAway = rest > half || (rest == half && (quotient & 1) != 0);
        quotient += isAway ? 1 : 0;
        return q < scale.zeroPoint() ? -quotient : quotient;
    }

    /** The integer that stands for a decimal; it may be out of the model's range. */
    BigInteger toModel(BigInteger mantissa, Quantization scale) {
        BigInteger dividend = mantissa.shiftLeft(scale.shift());
        BigInteger divisor = unit.multiply(BigInteger.valueOf(scale.multiplier()));
        return roundedQuotient(dividend, divisor).add(BigInteger.valueOf(scale.zeroPoint()));
    }

    /**
     * The bit pattern of the float32 nearest to a decimal, half to even, as a signed integer; null
     * where that is infinite.
     */
    @Nullable Long toFloatBits(BigInteger mantissa) {
        if (mantissa.signum() == 0) return 0L;
        BigInteger size = mantissa.abs();
        int place = size.bitLength() - unit.bitLength() - FLOAT_DIGITS;
        place = Math.max(place, FLOAT_PLACE_MIN);
        long digits = floatDigits(size, place);
        if (digits > 1L << FLOAT_DIGITS) digits = floatDigits(size, ++place);
        // Digits beyond the 23 that are stored carry into the exponent, which is what they mean.
        long bits = (((long) place - FLOAT_PLACE_MIN) << (FLOAT_DIGITS - 1)) + digits;
        if (bits >= FloatKey.INFINITY) return null;
        return mantissa.signum() < 0 ? Integer.MIN_VALUE + bits : bits;
    }

    /** A decimal in units of {@code 2^place}. */
    private long floatDigits(BigInteger size, int place) {
        BigInteger dividend = size.shiftLeft(Math.max(0, -place));
        return roundedQuotient(dividend, unit.shiftLeft(Math.max(0, place))).longValueExact();
    }

    /** The mantissa of what an integer stands for. */
    BigInteger fromModel(long q, Quantization scale) {
        BigInteger scaled =
                BigInteger.valueOf(q - scale.zeroPoint())
                        .multiply(BigInteger.valueOf(scale.multiplier()))
                        .multiply(unit);
        return roundedShift(scaled, scale.shift());
    }

    /** A quotient by {@code 2^shift}, half to even. */
    private static BigInteger roundedShift(BigInteger number, int shift) {
        BigInteger floor = number.shiftRight(shift);
        if (shift == 0 || !number.testBit(shift - 1)) return floor;
        boolean isTie = number.getLowestSetBit() == shift - 1;
        return isTie && !floor.testBit(0) ? floor : floor.add(BigInteger.ONE);
    }

    /** Half to even; the divisor is positive. */
    static BigInteger roundedQuotient(BigInteger dividend, BigInteger divisor) {
        BigInteger[] parts = dividend.divideAndRemainder(divisor);
        int half = parts[1].abs().shiftLeft(1).compareTo(divisor);
        boolean isAway = half > 0 || (half == 0 && parts[0].testBit(0));
        return isAway ? parts[0].add(BigInteger.valueOf(dividend.signum())) : parts[0];
    }
}

package dev.lockstep.inference;

import java.math.BigInteger;

/** The formulas of LKA-1 in integers without bounds, written apart from the code under test. */
final class Exact {
    private Exact() {}

    static BigInteger big(long value) {
        return BigInteger.valueOf(value);
    }

    /** floor(n / d) for d > 0. */
    static BigInteger floorDivide(BigInteger n, BigInteger d) {
        BigInteger[] parts = n.divideAndRemainder(d);
        return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    /** floor((sum + 2^(s-1)) / 2^s). */
    static BigInteger roundShift(BigInteger sum, int s) {
        return floorDivide(sum.add(BigInteger.TWO.pow(s - 1)), BigInteger.TWO.pow(s));
    }

    static int clip(BigInteger rescaled, Clipping clipping) {
        return rescaled.add(big(clipping.zeroPoint()))
                .max(big(clipping.lo()))
                .min(big(clipping.hi()))
                .intValueExact();
    }

    static int requantize(BigInteger sum, Rescale rescale, int channel) {
        BigInteger product = sum.multiply(big(rescale.multipliers().get(channel)));
        return clip(roundShift(product, rescale.shifts().get(channel)), rescale.clipping());
    }
}

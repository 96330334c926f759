package dev.lockstep.evm;

/**
 * Operators of {@link U256} as compiled code has them: words are eight parameters, the lowest limb
 * first, and each limb of a result is a function of its own. What several of them compute alike,
 * HotSpot computes once.
 */
final class Limbs {
    private static final long SIGN = Long.MIN_VALUE;

    private Limbs() {}

    static boolean isZero(long x) {
        return x == 0;
    }

    static boolean isLess(long x, long y) {
        return x + SIGN < y + SIGN;
    }

    static boolean isLess(long x0, long x1, long x2, long x3, long y0, long y1, long y2, long y3) {
        if (((x1 ^ y1) | (x2 ^ y2) | (x3 ^ y3)) == 0) return x0 + SIGN < y0 + SIGN;
        if (x3 != y3) return x3 + SIGN < y3 + SIGN;
        return x2 != y2 ? x2 + SIGN < y2 + SIGN : x1 + SIGN < y1 + SIGN;
    }

    static boolean isSignedLess(
            long x0, long x1, long x2, long x3, long y0, long y1, long y2, long y3) {
        return (x3 ^ y3) < 0 ? x3 < 0 : isLess(x0, x1, x2, x3, y0, y1, y2, y3);
    }

    /** The word, or 2^63-1 where it is more. */
    static long clamped(long x0, long x1, long x2, long x3) {
        return (x1 | x2 | x3) == 0 && x0 >= 0 ? x0 : Long.MAX_VALUE;
    }

    /** The second limb of the product. */
    static long product1(long x0, long x1, long y0, long y1) {
        return Math.unsignedMultiplyHigh(x0, y0) + x0 * y1 + x1 * y0;
    }

    private static long carry1(long x0, long x1, long y0, long y1) {
        long high = Math.unsignedMultiplyHigh(x0, y0);
        long a = x0 * y1;
        long b = x1 * y0;
        long sum = high + a;
        return U256.carryOf(high, a, sum) + U256.carryOf(sum, b, sum + b);
    }

    /** The third limb of the product. */
    static long product2(long x0, long x1, long x2, long y0, long y1, long y2) {
        return carry1(x0, x1, y0, y1)
                + Math.unsignedMultiplyHigh(x0, y1)
                + Math.unsignedMultiplyHigh(x1, y0)
                + x0 * y2
                + x1 * y1
                + x2 * y0;
    }

    private static long carry2(long x0, long x1, long x2, long y0, long y1, long y2) {
        long first = carry1(x0, x1, y0, y1);
        long second = Math.unsignedMultiplyHigh(x0, y1);
        long third = Math.unsignedMultiplyHigh(x1, y0);
        long sum2 = first + second;
        long sum3 = sum2 + third;
        long sum4 = sum3 + x0 * y2;
        long sum5 = sum4 + x1 * y1;
        return U256.carryOf(first, second, sum2)
                + U256.carryOf(sum2, third, sum3)
                + U256.carryOf(sum3, x0 * y2, sum4)
                + U256.carryOf(sum4, x1 * y1, sum5)
                + U256.carryOf(sum5, x2 * y0, sum5 + x2 * y0);
    }

    /** The fourth limb of the product. */
    static long product3(long x0, long x1, long x2, long x3, long y0, long y1, long y2, long y3) {
        return carry2(x0, x1, x2, y0, y1, y2)
                + Math.unsignedMultiplyHigh(x0, y2)
                + Math.unsignedMultiplyHigh(x1, y1)
                + Math.unsignedMultiplyHigh(x2, y0)
                + x0 * y3
                + x1 * y2
                + x2 * y1
                + x3 * y0;
    }

    /** Eight big-endian bytes. */
    static long load(byte[] bytes, int offset) {
        return (long) U256.BIG_ENDIAN.get(bytes, offset);
    }

    /** Writes 32 big-endian bytes. */
    static void store(long x0, long x1, long x2, long x3, byte[] bytes, int offset) {
        U256.BIG_ENDIAN.set(bytes, offset, x3);
        U256.BIG_ENDIAN.set(bytes, offset + 8, x2);
        U256.BIG_ENDIAN.set(bytes, offset + 16, x1);
        U256.BIG_ENDIAN.set(bytes, offset + 24, x0);
    }
}

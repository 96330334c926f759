package dev.lockstep.precompiles.standard.bn254;

import java.math.BigInteger;

/**
 * 1/y modulo p by the binary greatest common divisor, 31 steps at a time on numbers of 64 bits that
 * have the lowest and the highest bits of the long ones, which then follow in one go.
 *
 * <p>Held are a and b with a = u·y and b = v·y modulo p, first y and p. A step halves a, where a is
 * odd after taking the smaller of both from the greater one; after 2·254 - 1 of them b is 1.
 *
 * @source Pornin, "Optimized binary GCD for modular inversion", 2020
 */
final class Inversion {
    private static final int STEPS = 31;
    private static final int ROUNDS = 17;
    private static final int TOP_BITS = 33;

    /**
     * A round divides u and v by 2^64 where it should divide by 2^31. This makes up for it, and for
     * the forms of Montgomery: an argument x·2^256 has the inverse 2^256/x.
     */
    private static final long[] SCALE =
            Fp.raw(BigInteger.ONE.shiftLeft((64 - STEPS) * ROUNDS + 3 * 256).mod(Fp.MODULUS));

    private long[] a = new long[4];
    private long[] b = Fp.raw(Fp.MODULUS);
    private long[] u = {1, 0, 0, 0};
    private long[] v = new long[4];
    private long[] spareA = new long[4];
    private long[] spareU = new long[4];
    private long[] spareB = new long[4];
    private long[] spareV = new long[4];

    /** The factors of one round: a becomes f0·a + g0·b and b becomes f1·a + g1·b, over 2^31. */
    private long f0;

    private long g0;
    private long f1;
    private long g1;

    private Inversion() {}

    /** 1/x in r; zero for zero. */
    static void invert(long[] r, long[] x) {
        Inversion state = new Inversion();
        Fp.set(state.a, x);
        for (int i = 0; i < ROUNDS; i++) state.round();
        Fp.mul(r, state.v, SCALE);
    }

    private void round() {
        int bits = Math.max(64, Math.max(bitLength(a), bitLength(b)));
        step(approximation(a, bits), approximation(b, bits));
        if (combine(spareA, a, f0, b, g0)) {
            f0 = -f0;
            g0 = -g0;
        }
        if (combine(spareB, a, f1, b, g1)) {
            f1 = -f1;
            g1 = -g1;
        }
        Fp.combine(spareU, u, f0, v, g0);
        Fp.combine(spareV, u, f1, v, g1);
        swap();
    }

    private void swap() {
        long[] old = a;
        a = spareA;
        spareA = old;
        old = b;
        b = spareB;
        spareB = old;
        old = u;
        u = spareU;
        spareU = old;
        old = v;
        v = spareV;
        spareV = old;
    }

    private void step(long x, long y) {
        long p = 1;
        long q = 0;
        long s = 0;
        long t = 1;
        for (int i = 0; i < STEPS; i++) {
            if ((x & 1) != 0) {
                if (Long.compareUnsigned(x, y) < 0) {
                    long old = x;
                    x = y;
                    y = old;
                    old = p;
                    p = s;
                    s = old;
                    old = q;
                    q = t;
                    t = old;
                }
                x -= y;
                p -= s;
                q -= t;
            }
            x >>>= 1;
            s <<= 1;
            t <<= 1;
        }
        f0 = p;
        g0 = q;
        f1 = s;
        g1 = t;
    }

    /**
     * |f·x + g·y| / 2^31, which is exact. The factors are at most 2^31 and x and y below 2^255.
     *
     * @return whether the sum is negative
     */
    private static boolean combine(long[] r, long[] x, long f, long[] y, long g) {
        long carry = 0;
        for (int i = 0; i < 4; i++) {
            // The sum of two signed products of 96 bits and a signed carry, as 128 bits.
            long low = x[i] * f;
            long high = highOfSigned(x[i], f);
            long other = y[i] * g;
            long sum = low + other;
            high += highOfSigned(y[i], g) + Fp.less(sum, low);
            low = sum + carry;
            high += (carry >> 63) + Fp.less(low, sum);
            r[i] = low;
            carry = high;
        }
        boolean isNegative = carry < 0;
        if (isNegative) {
            long up = 1;
            for (int i = 0; i < 4; i++) {
                r[i] = ~r[i] + up;
                if (r[i] != 0) up = 0;
            }
            carry = ~carry + up;
        }
        for (int i = 0; i < 3; i++) r[i] = (r[i] >>> STEPS) | (r[i + 1] << (64 - STEPS));
        r[3] = (r[3] >>> STEPS) | (carry << (64 - STEPS));
        return isNegative;
    }

    /** The upper 64 bits of the product of a limb and a signed factor. */
    private static long highOfSigned(long limb, long factor) {
        return Math.multiplyHigh(limb, factor) + ((limb >> 63) & factor);
    }

    /** The lowest 31 bits, and above them the 33 that end at the given length. */
    private static long approximation(long[] x, int bits) {
        int shift = bits - TOP_BITS;
        int word = shift >> 6;
        long top = x[word] >>> shift;
        if ((shift & 63) > 64 - TOP_BITS) top |= x[word + 1] << -shift;
        return (x[0] & ((1L << STEPS) - 1)) | (top << STEPS);
    }

    private static int bitLength(long[] x) {
        for (int i = 3; i > 0; i--) {
            if (x[i] != 0) return 64 * (i + 1) - Long.numberOfLeadingZeros(x[i]);
        }
        return 64 - Long.numberOfLeadingZeros(x[0]);
    }
}

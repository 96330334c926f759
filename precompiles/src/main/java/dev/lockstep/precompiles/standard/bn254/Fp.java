package dev.lockstep.precompiles.standard.bn254;

import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;

/**
 * Integers modulo the field's prime p. An element x is held as x·2^256 mod p (Montgomery's form) in
 * four limbs of 64 bits, least significant first. Every operation writes into its first argument,
 * which may be one of the others too.
 *
 * @source EIP-197 for p; Montgomery, "Modular multiplication without trial division", 1985
 */
final class Fp {
    static final BigInteger MODULUS =
            new BigInteger(
                    "21888242871839275222246405745257275088696311157297823662689037894645226208583");

    static final int BYTES = 32;

    private static final int LIMBS = 4;
    private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64);
    private static final BigInteger RADIX = BigInteger.ONE.shiftLeft(256);

    private static final long P0 = limb(MODULUS, 0);
    private static final long P1 = limb(MODULUS, 1);
    private static final long P2 = limb(MODULUS, 2);
    private static final long P3 = limb(MODULUS, 3);

    /** -1/p modulo 2^64. */
    private static final long NEGATED_INVERSE =
            MODULUS.modInverse(WORD).negate().mod(WORD).longValue();

    private static final long[] RADIX_SQUARED = raw(RADIX.multiply(RADIX).mod(MODULUS));
    private static final long[] RAW_ONE = raw(BigInteger.ONE);
    private static final long[] MODULUS_LIMBS = raw(MODULUS);

    private Fp() {}

    static long[] zero() {
        return new long[LIMBS];
    }

    static long[] of(BigInteger value) {
        long[] limbs = raw(value.mod(MODULUS));
        mul(limbs, limbs, RADIX_SQUARED);
        return limbs;
    }

    static long[] of(long value) {
        return of(BigInteger.valueOf(value));
    }

    /**
     * Whether the big-endian number is below p; r is that element then.
     *
     * @shape 32 bytes
     */
    static boolean decode(long[] r, Bytes bytes) {
        for (int i = 0; i < LIMBS; i++) r[i] = bytes.getLong(24 - 8 * i);
        if (!isReduced(r)) return false;
        mul(r, r, RADIX_SQUARED);
        return true;
    }

    /** 32 big-endian bytes. */
    static Bytes encode(long[] a) {
        long[] plain = new long[LIMBS];
        mul(plain, a, RAW_ONE);
        return Bytes.concatenate(
                Bytes.ofUnsignedLong(plain[3]),
                Bytes.ofUnsignedLong(plain[2]),
                Bytes.ofUnsignedLong(plain[1]),
                Bytes.ofUnsignedLong(plain[0]));
    }

    static boolean isZero(long[] a) {
        return (a[0] | a[1] | a[2] | a[3]) == 0;
    }

    static boolean isEqual(long[] a, long[] b) {
        return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
    }

    static void set(long[] r, long[] a) {
        r[0] = a[0];
        r[1] = a[1];
        r[2] = a[2];
        r[3] = a[3];
    }

    static void add(long[] r, long[] a, long[] b) {
        long s0 = a[0] + b[0];
        long c = less(s0, a[0]);
        long s1 = a[1] + b[1];
        long d = less(s1, a[1]);
        s1 += c;
        d += less(s1, c);
        long s2 = a[2] + b[2];
        long e = less(s2, a[2]);
        s2 += d;
        e += less(s2, d);
        // Both are below 2^254.
        long s3 = a[3] + b[3] + e;
        reduceOnce(r, s0, s1, s2, s3);
    }

    static void dbl(long[] r, long[] a) {
        long s0 = a[0] << 1;
        long s1 = a[1] << 1 | a[0] >>> 63;
        long s2 = a[2] << 1 | a[1] >>> 63;
        long s3 = a[3] << 1 | a[2] >>> 63;
        reduceOnce(r, s0, s1, s2, s3);
    }

    /** What is below 2p, less p where that is not negative. */
    private static void reduceOnce(long[] r, long s0, long s1, long s2, long s3) {
        long d0 = s0 - P0;
        long borrow = less(s0, P0);
        long d1 = s1 - P1 - borrow;
        borrow = borrow(s1, P1, d1);
        long d2 = s2 - P2 - borrow;
        borrow = borrow(s2, P2, d2);
        long d3 = s3 - P3 - borrow;
        // The greatest limb of both has its top bit clear, so the sign is the borrow.
        long keep = d3 >> 63;
        r[0] = d0 ^ ((d0 ^ s0) & keep);
        r[1] = d1 ^ ((d1 ^ s1) & keep);
        r[2] = d2 ^ ((d2 ^ s2) & keep);
        r[3] = d3 ^ ((d3 ^ s3) & keep);
    }

    static void sub(long[] r, long[] a, long[] b) {
        long d0 = a[0] - b[0];
        long borrow = less(a[0], b[0]);
        long d1 = a[1] - b[1] - borrow;
        borrow = borrow(a[1], b[1], d1);
        long d2 = a[2] - b[2] - borrow;
        borrow = borrow(a[2], b[2], d2);
        long d3 = a[3] - b[3] - borrow;
        long mask = d3 >> 63;
        long p0 = P0 & mask;
        long p1 = P1 & mask;
        long p2 = P2 & mask;
        long s0 = d0 + p0;
        long c = less(s0, p0);
        long s1 = d1 + p1 + c;
        c = carry(d1, p1, s1);
        long s2 = d2 + p2 + c;
        c = carry(d2, p2, s2);
        r[0] = s0;
        r[1] = s1;
        r[2] = s2;
        r[3] = d3 + (P3 & mask) + c;
    }

    static void neg(long[] r, long[] a) {
        if (isZero(a)) {
            set(r, a);
            return;
        }
        long d0 = P0 - a[0];
        long borrow = less(P0, a[0]);
        long d1 = P1 - a[1] - borrow;
        borrow = borrow(P1, a[1], d1);
        long d2 = P2 - a[2] - borrow;
        borrow = borrow(P2, a[2], d2);
        r[3] = P3 - a[3] - borrow;
        r[0] = d0;
        r[1] = d1;
        r[2] = d2;
    }

    /**
     * Montgomery's product a·b/2^256 mod p: each round adds a·(one limb of b), then the multiple of
     * p that clears the lowest limb, and drops it. The top limb of p is below 2^62, so that the sum
     * never needs a fifth limb.
     */
    static void mul(long[] r, long[] a, long[] b) {
        long a0 = a[0];
        long a1 = a[1];
        long a2 = a[2];
        long a3 = a[3];
        long t0 = 0;
        long t1 = 0;
        long t2 = 0;
        long t3 = 0;
        for (int i = 0; i < LIMBS; i++) {
            long k = b[i];
            long low = a0 * k;
            t0 += low;
            long c = Math.unsignedMultiplyHigh(a0, k) + less(t0, low);
            long m = t0 * NEGATED_INVERSE;
            // The limb becomes zero, with a carry unless it was zero before.
            long d = Math.unsignedMultiplyHigh(m, P0) + (t0 != 0 ? 1 : 0);

            low = a1 * k;
            t1 += low;
            long high = Math.unsignedMultiplyHigh(a1, k) + less(t1, low);
            t1 += c;
            c = high + less(t1, c);
            low = m * P1;
            t1 += low;
            high = Math.unsignedMultiplyHigh(m, P1) + less(t1, low);
            t0 = t1 + d;
            d = high + less(t0, d);

            low = a2 * k;
            t2 += low;
            high = Math.unsignedMultiplyHigh(a2, k) + less(t2, low);
            t2 += c;
            c = high + less(t2, c);
            low = m * P2;
            t2 += low;
            high = Math.unsignedMultiplyHigh(m, P2) + less(t2, low);
            t1 = t2 + d;
            d = high + less(t1, d);

            low = a3 * k;
            t3 += low;
            high = Math.unsignedMultiplyHigh(a3, k) + less(t3, low);
            t3 += c;
            c = high + less(t3, c);
            low = m * P3;
            t3 += low;
            high = Math.unsignedMultiplyHigh(m, P3) + less(t3, low);
            t2 = t3 + d;
            d = high + less(t2, d);
            t3 = c + d;
        }
        reduceOnce(r, t0, t1, t2, t3);
    }

    static void sqr(long[] r, long[] a) {
        mul(r, a, a);
    }

    /**
     * (f·a + g·b)/2^64 for signed factors whose sizes add up to no more than 2^32: as a step of
     * Montgomery's product.
     */
    static void combine(long[] r, long[] a, long f, long[] b, long g) {
        long[] x = f < 0 ? negated(a) : a;
        long[] y = g < 0 ? negated(b) : b;
        long p = Math.abs(f);
        long q = Math.abs(g);
        long carry = 0;
        long[] t = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) {
            long low = x[i] * p;
            long sum = low + y[i] * q;
            long high = Math.unsignedMultiplyHigh(x[i], p) + Math.unsignedMultiplyHigh(y[i], q);
            high += less(sum, low);
            t[i] = sum + carry;
            carry = high + less(t[i], sum);
        }
        long m = t[0] * NEGATED_INVERSE;
        long d = Math.unsignedMultiplyHigh(m, P0) + (t[0] != 0 ? 1 : 0);
        for (int i = 1; i < LIMBS; i++) {
            long low = m * MODULUS_LIMBS[i];
            long sum = t[i] + low;
            long high = Math.unsignedMultiplyHigh(m, MODULUS_LIMBS[i]) + less(sum, low);
            t[i - 1] = sum + d;
            d = high + less(t[i - 1], d);
        }
        reduceOnce(r, t[0], t[1], t[2], carry + d);
    }

    private static long[] negated(long[] a) {
        long[] result = zero();
        neg(result, a);
        return result;
    }

    /** 1/a; zero for zero. */
    static void inv(long[] r, long[] a) {
        Inversion.invert(r, a);
    }

    private static boolean isReduced(long[] a) {
        for (int i = LIMBS - 1; i >= 0; i--) {
            int order = Long.compareUnsigned(a[i], MODULUS_LIMBS[i]);
            if (order != 0) return order < 0;
        }
        return false;
    }

    /**
     * 1 if a, unsigned, is below b, and 0 otherwise: what a - b borrows. Comparisons are jumps to
     * the compiler where it saw one outcome more often, and these go either way.
     */
    static long less(long a, long b) {
        return ((~a & b) | ((~a | b) & (a - b))) >>> 63;
    }

    /** The borrow of d = a - b - (0 or 1). */
    private static long borrow(long a, long b, long d) {
        return ((~a & b) | ((~a | b) & d)) >>> 63;
    }

    /** The carry of s = a + b + (0 or 1). */
    private static long carry(long a, long b, long s) {
        return ((a & b) | ((a | b) & ~s)) >>> 63;
    }

    static long[] raw(BigInteger value) {
        long[] limbs = new long[LIMBS];
        for (int i = 0; i < LIMBS; i++) limbs[i] = limb(value, i);
        return limbs;
    }

    private static long limb(BigInteger value, int i) {
        return value.shiftRight(64 * i).longValue();
    }
}

package dev.lockstep.precompiles.standard.bn254;

import java.math.BigInteger;

/** re + im·u with u² = -1. Operations write into this, which may be an argument too. */
final class Fp2 {
    final long[] re = Fp.zero();
    final long[] im = Fp.zero();
    private final long[] s = Fp.zero();
    private final long[] t = Fp.zero();
    private final long[] k = Fp.zero();

    static Fp2 of(long[] re, long[] im) {
        Fp2 result = new Fp2();
        Fp.set(result.re, re);
        Fp.set(result.im, im);
        return result;
    }

    static Fp2 of(long re, long im) {
        return of(Fp.of(re), Fp.of(im));
    }

    void set(Fp2 a) {
        Fp.set(re, a.re);
        Fp.set(im, a.im);
    }

    boolean isZero() {
        return Fp.isZero(re) && Fp.isZero(im);
    }

    boolean isEqual(Fp2 a) {
        return Fp.isEqual(re, a.re) && Fp.isEqual(im, a.im);
    }

    void add(Fp2 a, Fp2 b) {
        Fp.add(re, a.re, b.re);
        Fp.add(im, a.im, b.im);
    }

    void dbl(Fp2 a) {
        Fp.dbl(re, a.re);
        Fp.dbl(im, a.im);
    }

    void sub(Fp2 a, Fp2 b) {
        Fp.sub(re, a.re, b.re);
        Fp.sub(im, a.im, b.im);
    }

    void neg(Fp2 a) {
        Fp.neg(re, a.re);
        Fp.neg(im, a.im);
    }

    /** The p-th power. */
    void conj(Fp2 a) {
        Fp.set(re, a.re);
        Fp.neg(im, a.im);
    }

    /**
     * @cost 3 multiplications in Fp
     */
    void mul(Fp2 a, Fp2 b) {
        Fp.add(s, a.re, a.im);
        Fp.add(t, b.re, b.im);
        Fp.mul(s, s, t);
        Fp.mul(t, a.re, b.re);
        Fp.mul(k, a.im, b.im);
        Fp.sub(s, s, t);
        Fp.sub(im, s, k);
        Fp.sub(re, t, k);
    }

    /**
     * @cost 2 multiplications in Fp
     */
    void sqr(Fp2 a) {
        Fp.add(s, a.re, a.im);
        Fp.sub(t, a.re, a.im);
        Fp.mul(k, a.re, a.im);
        Fp.mul(re, s, t);
        Fp.dbl(im, k);
    }

    void mulBase(Fp2 a, long[] factor) {
        Fp.mul(re, a.re, factor);
        Fp.mul(im, a.im, factor);
    }

    /** a·ξ with ξ = 9 + u, which is neither a square nor a cube: 9·re - im and re + 9·im. */
    void mulXi(Fp2 a) {
        nineTimes(s, a.re);
        nineTimes(t, a.im);
        Fp.sub(s, s, a.im);
        Fp.add(im, t, a.re);
        Fp.set(re, s);
    }

    private static void nineTimes(long[] r, long[] a) {
        Fp.dbl(r, a);
        Fp.dbl(r, r);
        Fp.dbl(r, r);
        Fp.add(r, r, a);
    }

    /** 1/a; zero for zero. */
    void inv(Fp2 a) {
        Fp.sqr(s, a.re);
        Fp.sqr(t, a.im);
        Fp.add(s, s, t);
        Fp.inv(s, s);
        Fp.mul(re, a.re, s);
        Fp.mul(t, a.im, s);
        Fp.neg(im, t);
    }

    /** For constants: slow. */
    static Fp2 power(Fp2 base, BigInteger exponent) {
        Fp2 result = of(1, 0);
        for (int i = exponent.bitLength() - 1; i >= 0; i--) {
            result.sqr(result);
            if (exponent.testBit(i)) result.mul(result, base);
        }
        return result;
    }
}

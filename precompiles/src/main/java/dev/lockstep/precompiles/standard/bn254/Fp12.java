package dev.lockstep.precompiles.standard.bn254;

import java.math.BigInteger;

/** c0 + c1·w with w² = v. Operations write into this, which may be an argument too. */
final class Fp12 {
    /** ξ^(i·(p-1)/6): what the p-th power of w^i is multiplied by. */
    static final Fp2[] FROBENIUS = new Fp2[6];

    static {
        BigInteger sixth = Fp.MODULUS.subtract(BigInteger.ONE).divide(BigInteger.valueOf(6));
        for (int i = 0; i < FROBENIUS.length; i++) {
            FROBENIUS[i] = Fp2.power(Fp2.of(9, 1), sixth.multiply(BigInteger.valueOf(i)));
        }
    }

    private static final Fp2 ONE = Fp2.of(1, 0);

    final Fp6 c0 = new Fp6();
    final Fp6 c1 = new Fp6();
    private final Fp6 s = new Fp6();
    private final Fp6 t = new Fp6();
    private final Fp2 square = new Fp2();

    static Fp12 one() {
        Fp12 result = new Fp12();
        result.c0.b0.set(ONE);
        return result;
    }

    void set(Fp12 a) {
        c0.set(a.c0);
        c1.set(a.c1);
    }

    boolean isOne() {
        return c0.b0.isEqual(ONE) && c0.b1.isZero() && c0.b2.isZero() && c1.isZero();
    }

    /**
     * @cost 18 multiplications in Fp2
     */
    void mul(Fp12 a, Fp12 b) {
        s.add(a.c0, a.c1);
        t.add(b.c0, b.c1);
        s.mul(s, t);
        t.mul(a.c0, b.c0);
        c1.mul(a.c1, b.c1);
        s.sub(s, t);
        s.sub(s, c1);
        c0.mulV(c1);
        c0.add(c0, t);
        c1.set(s);
    }

    /**
     * @cost 12 multiplications in Fp2
     */
    void sqr(Fp12 a) {
        s.mulV(a.c1);
        s.add(s, a.c0);
        t.add(a.c0, a.c1);
        s.mul(s, t);
        t.mul(a.c0, a.c1);
        c1.dbl(t);
        s.sub(s, t);
        t.mulV(t);
        c0.sub(s, t);
    }

    /**
     * this·(x + y·w + z·w³), the shape of a line.
     *
     * @cost 13 multiplications in Fp2
     */
    void mulLine(Fp2 x, Fp2 y, Fp2 z) {
        // (c0 + c1)·(x + y + z·v), then what is too much.
        s.add(c0, c1);
        t.b0.add(x, y);
        s.mulSparse(s, t.b0, z);
        t.mulBase(c0, x);
        c1.mulSparse(c1, y, z);
        s.sub(s, t);
        s.sub(s, c1);
        c0.mulV(c1);
        c0.add(c0, t);
        c1.set(s);
    }

    /** The p^6-th power. */
    void conj(Fp12 a) {
        c0.set(a.c0);
        c1.neg(a.c1);
    }

    /** 1/a; zero for zero. */
    void inv(Fp12 a) {
        s.mul(a.c0, a.c0);
        t.mul(a.c1, a.c1);
        t.mulV(t);
        s.sub(s, t);
        s.inv(s);
        c0.mul(a.c0, s);
        t.mul(a.c1, s);
        c1.neg(t);
    }

    /** The p-th power. */
    void frobenius(Fp12 a) {
        frobenius(c0.b0, a.c0.b0, 0);
        frobenius(c1.b0, a.c1.b0, 1);
        frobenius(c0.b1, a.c0.b1, 2);
        frobenius(c1.b1, a.c1.b1, 3);
        frobenius(c0.b2, a.c0.b2, 4);
        frobenius(c1.b2, a.c1.b2, 5);
    }

    private static void frobenius(Fp2 r, Fp2 a, int power) {
        r.conj(a);
        if (power != 0) r.mul(r, FROBENIUS[power]);
    }

    /**
     * The square of an element whose order divides p^4 - p^2 + 1, of which it is enough to square
     * three pairs of coefficients.
     *
     * @cost 9 squarings in Fp2
     * @source Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree
     *     extensions", 2010
     */
    void sqrCyclotomic(Fp12 a) {
        squarePair(s.b0, s.b1, a.c0.b0, a.c1.b1);
        squarePair(s.b2, t.b0, a.c1.b0, a.c0.b2);
        squarePair(t.b1, t.b2, a.c0.b1, a.c1.b2);
        thriceMinusTwice(c0.b0, s.b0, a.c0.b0);
        thriceMinusTwice(c0.b1, s.b2, a.c0.b1);
        thriceMinusTwice(c0.b2, t.b1, a.c0.b2);
        t.b2.mulXi(t.b2);
        thricePlusTwice(c1.b0, t.b2, a.c1.b0);
        thricePlusTwice(c1.b1, s.b1, a.c1.b1);
        thricePlusTwice(c1.b2, t.b0, a.c1.b2);
    }

    /** (x + y·z)² with z² = ξ: x² + ξ·y² and 2·x·y. */
    private void squarePair(Fp2 r0, Fp2 r1, Fp2 x, Fp2 y) {
        r1.add(x, y);
        r1.sqr(r1);
        r0.sqr(x);
        r1.sub(r1, r0);
        square.sqr(y);
        r1.sub(r1, square);
        square.mulXi(square);
        r0.add(r0, square);
    }

    private static void thriceMinusTwice(Fp2 r, Fp2 a, Fp2 b) {
        r.sub(a, b);
        r.dbl(r);
        r.add(r, a);
    }

    private static void thricePlusTwice(Fp2 r, Fp2 a, Fp2 b) {
        r.add(a, b);
        r.dbl(r);
        r.add(r, a);
    }
}

package dev.lockstep.precompiles.standard.bn254;

/** b0 + b1·v + b2·v² with v³ = ξ. Operations write into this, which may be an argument too. */
final class Fp6 {
    final Fp2 b0 = new Fp2();
    final Fp2 b1 = new Fp2();
    final Fp2 b2 = new Fp2();
    private final Fp2 t0 = new Fp2();
    private final Fp2 t1 = new Fp2();
    private final Fp2 t2 = new Fp2();
    private final Fp2 s = new Fp2();
    private final Fp2 r0 = new Fp2();
    private final Fp2 r1 = new Fp2();

    void set(Fp6 a) {
        b0.set(a.b0);
        b1.set(a.b1);
        b2.set(a.b2);
    }

    boolean isZero() {
        return b0.isZero() && b1.isZero() && b2.isZero();
    }

    void add(Fp6 a, Fp6 b) {
        b0.add(a.b0, b.b0);
        b1.add(a.b1, b.b1);
        b2.add(a.b2, b.b2);
    }

    void dbl(Fp6 a) {
        b0.dbl(a.b0);
        b1.dbl(a.b1);
        b2.dbl(a.b2);
    }

    void sub(Fp6 a, Fp6 b) {
        b0.sub(a.b0, b.b0);
        b1.sub(a.b1, b.b1);
        b2.sub(a.b2, b.b2);
    }

    void neg(Fp6 a) {
        b0.neg(a.b0);
        b1.neg(a.b1);
        b2.neg(a.b2);
    }

    /**
     * By Karatsuba's way.
     *
     * @cost 6 multiplications in Fp2
     */
    void mul(Fp6 a, Fp6 b) {
        t0.mul(a.b0, b.b0);
        t1.mul(a.b1, b.b1);
        t2.mul(a.b2, b.b2);

        // a1·b2 + a2·b1
        s.add(a.b1, a.b2);
        r0.add(b.b1, b.b2);
        r0.mul(r0, s);
        r0.sub(r0, t1);
        r0.sub(r0, t2);
        r0.mulXi(r0);
        r0.add(r0, t0);

        // a0·b1 + a1·b0
        s.add(a.b0, a.b1);
        r1.add(b.b0, b.b1);
        r1.mul(r1, s);
        r1.sub(r1, t0);
        r1.sub(r1, t1);

        // a0·b2 + a2·b0
        s.add(a.b0, a.b2);
        b2.add(b.b0, b.b2);
        b2.mul(b2, s);
        b2.sub(b2, t0);
        b2.sub(b2, t2);
        b2.add(b2, t1);

        t2.mulXi(t2);
        b1.add(r1, t2);
        b0.set(r0);
    }

    void mulBase(Fp6 a, Fp2 factor) {
        b0.mul(a.b0, factor);
        b1.mul(a.b1, factor);
        b2.mul(a.b2, factor);
    }

    /**
     * a·(x + y·v).
     *
     * @cost 5 multiplications in Fp2
     */
    void mulSparse(Fp6 a, Fp2 x, Fp2 y) {
        t0.mul(a.b0, x);
        t1.mul(a.b1, y);
        s.add(a.b0, a.b1);
        r1.add(x, y);
        r1.mul(r1, s);
        r1.sub(r1, t0);
        r1.sub(r1, t1);
        r0.mul(a.b2, y);
        r0.mulXi(r0);
        t2.mul(a.b2, x);
        b0.add(t0, r0);
        b1.set(r1);
        b2.add(t1, t2);
    }

    void mulV(Fp6 a) {
        s.mulXi(a.b2);
        b2.set(a.b1);
        b1.set(a.b0);
        b0.set(s);
    }

    /** 1/a; zero for zero. */
    void inv(Fp6 a) {
        // The cofactors of the matrix that multiplies by a.
        t0.sqr(a.b0);
        s.mul(a.b1, a.b2);
        s.mulXi(s);
        t0.sub(t0, s);
        t1.sqr(a.b2);
        t1.mulXi(t1);
        s.mul(a.b0, a.b1);
        t1.sub(t1, s);
        t2.sqr(a.b1);
        s.mul(a.b0, a.b2);
        t2.sub(t2, s);
        // Its determinant.
        r0.mul(a.b2, t1);
        r1.mul(a.b1, t2);
        r0.add(r0, r1);
        r0.mulXi(r0);
        r1.mul(a.b0, t0);
        r0.add(r0, r1);
        r0.inv(r0);
        b0.mul(t0, r0);
        b1.mul(t1, r0);
        b2.mul(t2, r0);
    }
}

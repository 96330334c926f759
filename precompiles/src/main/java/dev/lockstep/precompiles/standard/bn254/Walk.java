package dev.lockstep.precompiles.standard.bn254;

/**
 * A point that walks over the twist from q on, in homogeneous coordinates (x/z, y/z), and leaves
 * the lines it follows. Where a step has no line of its kind (a sum of equal or opposite points),
 * which cannot happen to points of the group of order r, z becomes zero and stays so.
 *
 * @source derived from chord and tangent; the scaling of the tangent is that of Aranha et al.,
 *     "Faster explicit formulas for computing pairings over ordinary curves", 2011
 */
final class Walk {
    private static final Fp2 THRICE_B = new Fp2();

    static {
        THRICE_B.dbl(G2Point.B);
        THRICE_B.add(THRICE_B, G2Point.B);
    }

    final G2Point q;
    final G2Point negatedQ;
    private final Fp2 x = new Fp2();
    private final Fp2 y = new Fp2();
    private final Fp2 z = Fp2.of(1, 0);
    private final Fp2 s = new Fp2();
    private final Fp2 t = new Fp2();
    private final Fp2 u = new Fp2();
    private final Fp2 v = new Fp2();
    private final Fp2 k = new Fp2();

    Walk(G2Point q) {
        this.q = q;
        negatedQ = q.negated();
        x.set(q.x());
        y.set(q.y());
    }

    /** Doubles and leaves the tangent: -2yz·Y + 3x²·X·w + (3b·z² - y²)·w³. */
    void dbl(Line tangent) {
        s.sqr(y);
        t.sqr(z);
        u.add(y, z);
        u.sqr(u);
        u.sub(u, s);
        // u = 2yz, t = 3b·z²
        u.sub(u, t);
        t.mul(t, THRICE_B);

        tangent.a.neg(u);
        tangent.b.sqr(x);
        v.dbl(tangent.b);
        tangent.b.add(tangent.b, v);
        tangent.c.sub(t, s);

        // x = 2xy·(y² - 9b·z²)
        v.dbl(t);
        v.add(v, t);
        x.mul(x, y);
        x.dbl(x);
        k.sub(s, v);
        x.mul(x, k);
        // y = (y² + 9b·z²)² - 12·(3b·z²)²
        y.add(s, v);
        y.sqr(y);
        t.sqr(t);
        v.dbl(t);
        v.add(v, t);
        v.dbl(v);
        v.dbl(v);
        y.sub(y, v);
        // z = 8y³z
        z.mul(s, u);
        z.dbl(z);
        z.dbl(z);
    }

    /** Adds p and leaves the chord: with θ = y - p.y·z and λ = x - p.x·z, λ·Y - θ·X·w + … */
    void add(G2Point p, Line chord) {
        s.mul(p.y(), z);
        s.sub(y, s);
        t.mul(p.x(), z);
        t.sub(x, t);

        chord.a.set(t);
        chord.b.neg(s);
        chord.c.mul(s, p.x());
        u.mul(t, p.y());
        chord.c.sub(chord.c, u);

        // u = λ², v = λ³, k = λ³ + θ²z - 2λ²x
        u.sqr(t);
        v.mul(u, t);
        u.mul(u, x);
        k.sqr(s);
        k.mul(k, z);
        k.add(k, v);
        k.sub(k, u);
        k.sub(k, u);
        x.mul(t, k);
        u.sub(u, k);
        u.mul(u, s);
        y.mul(y, v);
        y.sub(u, y);
        z.mul(z, v);
    }

    boolean isAt(G2Point p) {
        if (z.isZero()) return false;
        s.mul(z, p.x());
        t.mul(z, p.y());
        return x.isEqual(s) && y.isEqual(t);
    }
}

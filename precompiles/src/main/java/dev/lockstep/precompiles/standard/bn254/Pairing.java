package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.math.BigInteger;
import java.util.List;

/**
 * The optimal ate pairing of the curve, as a product over many pairs that shares its squarings and
 * its final power.
 *
 * @source Vercauteren, "Optimal pairings", 2010, for the loop; Fuentes-Castañeda, Knapp and
 *     Rodríguez-Henríquez, "Faster hashing to G2", 2012, for the final power
 */
final class Pairing {
    /** The number that the curve's family has as its parameter. */
    private static final BigInteger X = BigInteger.valueOf(4_965_661_367_192_848_881L);

    private static final byte[] X_DIGITS = signedDigits(X);
    private static final byte[] LOOP_DIGITS =
            signedDigits(X.multiply(BigInteger.valueOf(6)).add(BigInteger.TWO));

    private Pairing() {}

    record Pair(G1Point p, G2Point q) {}

    /**
     * Whether the product of the pairings is one.
     *
     * @fails where a second point is outside of the group of order r
     */
    static boolean isProductOne(List<Pair> pairs) throws InvalidPoint {
        List<Pair> finite = pairs.stream().filter(pair -> !pair.q.isInfinity()).toList();
        return finalPower(millerProduct(finite)).isOne();
    }

    private static Fp12 millerProduct(List<Pair> pairs) throws InvalidPoint {
        Walk[] walks = new Walk[pairs.size()];
        for (int i = 0; i < walks.length; i++) walks[i] = new Walk(pairs.get(i).q);
        Line line = new Line();
        Fp12 f = Fp12.one();
        for (int digit = LOOP_DIGITS.length - 2; digit >= 0; digit--) {
            f.sqr(f);
            for (int i = 0; i < walks.length; i++) {
                Walk walk = walks[i];
                walk.dbl(line);
                apply(f, line, pairs.get(i).p);
                if (LOOP_DIGITS[digit] == 0) continue;
                walk.add(LOOP_DIGITS[digit] > 0 ? walk.q : walk.negatedQ, line);
                apply(f, line, pairs.get(i).p);
            }
        }
        for (int i = 0; i < walks.length; i++) finish(f, line, walks[i], pairs.get(i).p);
        return f;
    }

    /**
     * The two last lines, to πq and to -π²q. Then the walk has come to (6x+2 + π - π²)·q, and that
     * is -π³q exactly where q has order r: the norm of 6x+2 + π - π² + π³ in Z[π], π² - tπ + p = 0,
     * has with the number of points on the twist no other common divisor than r.
     */
    private static void finish(Fp12 f, Line line, Walk walk, G1Point p) throws InvalidPoint {
        G2Point first = walk.q.frobenius();
        G2Point second = first.frobenius().negated();
        walk.add(first, line);
        apply(f, line, p);
        walk.add(second, line);
        apply(f, line, p);
        if (!walk.isAt(second.frobenius())) {
            throw new InvalidPoint("a point of the twist is not in the group of order r");
        }
    }

    private static void apply(Fp12 f, Line line, G1Point p) {
        if (!p.isInfinity()) line.multiplyInto(f, p);
    }

    /**
     * f^(k·(p^12 - 1)/r) with k = 2x·(6x² + 3x + 1), which has no divisor in common with r: (p^6 -
     * 1)·(p² + 1) first, then (p^4 - p² + 1)/r in powers of p.
     */
    private static Fp12 finalPower(Fp12 f) {
        Fp12 t = new Fp12();
        Fp12 g = new Fp12();
        t.inv(f);
        g.conj(f);
        g.mul(g, t);
        t.frobenius(g);
        t.frobenius(t);
        g.mul(g, t);

        // From here on an inverse is a conjugate. twice = g^2x, a = g^6x, b = g^6x².
        Fp12 twice = new Fp12();
        Fp12 a = new Fp12();
        Fp12 b = new Fp12();
        powerX(twice, g);
        twice.sqrCyclotomic(twice);
        a.sqrCyclotomic(twice);
        a.mul(a, twice);
        powerX(b, a);
        // a = g^(6x + 6x² + 12x³)
        t.sqrCyclotomic(b);
        a.mul(a, b);
        Fp12 cube = new Fp12();
        powerX(cube, t);
        a.mul(a, cube);

        // 1: a·b·g; p: a/twice; p²: a; p³: a/twice/g.
        twice.conj(twice);
        twice.mul(twice, a);
        b.mul(b, a);
        b.mul(b, g);
        g.conj(g);
        g.mul(g, twice);
        // Horner's rule in the exponent.
        g.frobenius(g);
        g.mul(g, a);
        g.frobenius(g);
        g.mul(g, twice);
        g.frobenius(g);
        g.mul(g, b);
        return g;
    }

    /** a^x for an element whose order divides p^4 - p² + 1; r is another object. */
    private static void powerX(Fp12 r, Fp12 a) {
        Fp12 inverse = new Fp12();
        inverse.conj(a);
        r.set(a);
        for (int i = X_DIGITS.length - 2; i >= 0; i--) {
            r.sqrCyclotomic(r);
            if (X_DIGITS[i] > 0) r.mul(r, a);
            if (X_DIGITS[i] < 0) r.mul(r, inverse);
        }
    }

    /** Digits -1, 0 and 1 to base two, least significant first, no two neighbours both non-zero. */
    private static byte[] signedDigits(BigInteger value) {
        BigInteger thrice = value.multiply(BigInteger.valueOf(3));
        byte[] digits = new byte[thrice.bitLength() - 1];
        for (int i = 0; i < digits.length; i++) {
            // 3n - n = 2n, digit by digit.
            boolean plus = thrice.testBit(i + 1);
            boolean minus = value.testBit(i + 1);
            if (plus != minus) digits[i] = (byte) (plus ? 1 : -1);
        }
        return digits;
    }
}

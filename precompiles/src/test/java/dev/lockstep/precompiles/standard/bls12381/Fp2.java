package dev.lockstep.precompiles.standard.bls12381;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** c0 + c1·i with i² = -1. */
final class Fp2 implements Field<Fp2.Element> {
    static final Fp2 FIELD = new Fp2();
    private static final Element ONE = new Element(BigInteger.ONE, BigInteger.ZERO);

    private static final Fp BASE = Fp.FIELD;
    private static final Element ZERO = new Element(BigInteger.ZERO, BigInteger.ZERO);
    private static final BigInteger HALF = Fp.MODULUS.add(BigInteger.ONE).shiftRight(1);

    record Element(BigInteger c0, BigInteger c1) {}

    private Fp2() {}

    @Override
    public Element zero() {
        return ZERO;
    }

    @Override
    public Element one() {
        return ONE;
    }

    @Override
    public Element add(Element a, Element b) {
        return new Element(BASE.add(a.c0, b.c0), BASE.add(a.c1, b.c1));
    }

    @Override
    public Element negate(Element a) {
        return new Element(BASE.negate(a.c0), BASE.negate(a.c1));
    }

    Element conjugate(Element a) {
        return new Element(a.c0, BASE.negate(a.c1));
    }

    @Override
    public Element multiply(Element a, Element b) {
        BigInteger x = a.c0.multiply(b.c0);
        BigInteger y = a.c1.multiply(b.c1);
        BigInteger cross = a.c0.add(a.c1).multiply(b.c0.add(b.c1)).subtract(x).subtract(y);
        return new Element(x.subtract(y).mod(Fp.MODULUS), cross.mod(Fp.MODULUS));
    }

    @Override
    public Element invert(Element a) {
        BigInteger inverse = BASE.invert(norm(a));
        return new Element(BASE.multiply(a.c0, inverse), BASE.multiply(BASE.negate(a.c1), inverse));
    }

    private static BigInteger norm(Element a) {
        return a.c0.multiply(a.c0).add(a.c1.multiply(a.c1)).mod(Fp.MODULUS);
    }

    /**
     * (x + y·i)² is a where x² = (c0 ± n)/2, n being a root of the norm, and y = c1/2x. Where c1 is
     * not zero, exactly one of both is a square, since their product is -(c1/2)².
     */
    @Override
    public @Nullable Element root(Element a) {
        if (a.c1.signum() == 0) {
            BigInteger root = BASE.root(a.c0);
            if (root != null) return new Element(root, BigInteger.ZERO);
            root = BASE.root(BASE.negate(a.c0));
            return root == null ? null : new Element(BigInteger.ZERO, root);
        }
        BigInteger n = BASE.root(norm(a));
        if (n == null) return null;
        BigInteger x = BASE.root(BASE.multiply(BASE.add(a.c0, n), HALF));
        if (x == null) x = BASE.root(BASE.multiply(BASE.add(a.c0, BASE.negate(n)), HALF));
        if (x == null) return null;
        return new Element(x, BASE.multiply(a.c1, BASE.invert(BASE.add(x, x))));
    }

    @Override
    public boolean isZero(Element a) {
        return a.c0.signum() == 0 && a.c1.signum() == 0;
    }

    @Override
    public boolean isOdd(Element a) {
        return a.c0.signum() == 0 ? a.c1.testBit(0) : a.c0.testBit(0);
    }

    /** For constants. */
    Element power(Element base, BigInteger exponent) {
        Element result = ONE;
        for (int i = exponent.bitLength() - 1; i >= 0; i--) {
            result = multiply(result, result);
            if (exponent.testBit(i)) result = multiply(result, base);
        }
        return result;
    }
}

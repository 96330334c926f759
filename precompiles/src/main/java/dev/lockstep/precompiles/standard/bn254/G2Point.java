package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;

/**
 * A point of the twist y² = x³ + 3/ξ over Fp2, perhaps outside of the group of order r, or the
 * point at infinity, written with zeros.
 */
record G2Point(Fp2 x, Fp2 y) {
    static final int BYTES = 4 * Fp.BYTES;

    /** 3/ξ, ξ being 9 + u. */
    static final Fp2 B = Fp2.of(9, 1);

    static {
        B.inv(B);
        B.mul(B, Fp2.of(3, 0));
    }

    /**
     * @shape x and y, of each first the coefficient of u and then the other, 32 bytes each
     */
    static G2Point decode(Bytes bytes) throws InvalidPoint {
        G2Point point = new G2Point(new Fp2(), new Fp2());
        Coordinate.decode(point.x.im, bytes, 0);
        Coordinate.decode(point.x.re, bytes, Fp.BYTES);
        Coordinate.decode(point.y.im, bytes, 2 * Fp.BYTES);
        Coordinate.decode(point.y.re, bytes, 3 * Fp.BYTES);
        if (point.isInfinity()) return point;
        Fp2 left = new Fp2();
        Fp2 right = new Fp2();
        left.sqr(point.y);
        right.sqr(point.x);
        right.mul(right, point.x);
        right.add(right, B);
        if (!left.isEqual(right)) {
            throw new InvalidPoint(bytes.toHexString() + " is not on the curve y² = x³ + 3/(9+u)");
        }
        return point;
    }

    boolean isInfinity() {
        return x.isZero() && y.isZero();
    }

    /**
     * The p-th power of the coordinates, seen on the curve over Fp12 and taken back to the twist.
     * It multiplies points of the group of order r by p.
     */
    G2Point frobenius() {
        Fp2 nextX = new Fp2();
        Fp2 nextY = new Fp2();
        nextX.conj(x);
        nextX.mul(nextX, Fp12.FROBENIUS[2]);
        nextY.conj(y);
        nextY.mul(nextY, Fp12.FROBENIUS[3]);
        return new G2Point(nextX, nextY);
    }

    G2Point negated() {
        Fp2 negatedY = new Fp2();
        negatedY.neg(y);
        return new G2Point(x, negatedY);
    }
}

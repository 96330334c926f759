package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;

/**
 * A point of y² = x³ + 3, of which all are in the group of order r, in Jacobian coordinates: (x/z²,
 * y/z³), and the point at infinity where z is zero.
 *
 * @source Explicit-Formulas Database, dbl-2009-l and add-2007-bl for curves with a = 0
 */
final class G1Point {
    static final int BYTES = 2 * Fp.BYTES;

    private static final long[] ONE = Fp.of(1);
    private static final long[] THREE = Fp.of(3);
    private static final int WINDOW_BITS = 4;

    final long[] x = Fp.zero();
    final long[] y = Fp.zero();
    private final long[] z = Fp.zero();
    private final long[] a = Fp.zero();
    private final long[] b = Fp.zero();
    private final long[] c = Fp.zero();
    private final long[] d = Fp.zero();
    private final long[] e = Fp.zero();
    private final long[] f = Fp.zero();

    /**
     * A point with z = 1 or, where both coordinates are zero, the point at infinity.
     *
     * @shape x 32 · y 32 bytes
     */
    static G1Point decode(Bytes bytes) throws InvalidPoint {
        G1Point point = new G1Point();
        Coordinate.decode(point.x, bytes, 0);
        Coordinate.decode(point.y, bytes, Fp.BYTES);
        if (Fp.isZero(point.x) && Fp.isZero(point.y)) return point;
        long[] left = Fp.zero();
        long[] right = Fp.zero();
        Fp.sqr(left, point.y);
        Fp.sqr(right, point.x);
        Fp.mul(right, right, point.x);
        Fp.add(right, right, THREE);
        if (!Fp.isEqual(left, right)) {
            throw new InvalidPoint(bytes.toHexString() + " is not on the curve y² = x³ + 3");
        }
        Fp.set(point.z, ONE);
        return point;
    }

    /** The inverse of {@link #decode}; x, y and z stay as they are. */
    Bytes encode() {
        if (isInfinity()) return Bytes.wrap(new byte[BYTES]);
        long[] inverse = Fp.zero();
        long[] power = Fp.zero();
        long[] coordinate = Fp.zero();
        Fp.inv(inverse, z);
        Fp.sqr(power, inverse);
        Fp.mul(coordinate, x, power);
        Bytes first = Fp.encode(coordinate);
        Fp.mul(power, power, inverse);
        Fp.mul(coordinate, y, power);
        return Bytes.concatenate(first, Fp.encode(coordinate));
    }

    boolean isInfinity() {
        return Fp.isZero(z);
    }

    void set(G1Point p) {
        Fp.set(x, p.x);
        Fp.set(y, p.y);
        Fp.set(z, p.z);
    }

    /**
     * @cost 7 multiplications
     */
    void dbl() {
        Fp.sqr(a, x);
        Fp.sqr(b, y);
        Fp.sqr(c, b);
        // d = 4·x·y²
        Fp.mul(d, x, b);
        Fp.dbl(d, d);
        Fp.dbl(d, d);
        // e = 3·x²
        Fp.dbl(e, a);
        Fp.add(e, e, a);
        Fp.mul(z, y, z);
        Fp.dbl(z, z);
        Fp.sqr(x, e);
        Fp.dbl(f, d);
        Fp.sub(x, x, f);
        Fp.sub(d, d, x);
        Fp.mul(y, e, d);
        Fp.dbl(c, c);
        Fp.dbl(c, c);
        Fp.dbl(c, c);
        Fp.sub(y, y, c);
    }

    /**
     * Any two points.
     *
     * @cost 16 multiplications
     */
    void add(G1Point p) {
        if (p.isInfinity()) return;
        if (isInfinity()) {
            set(p);
            return;
        }
        Fp.sqr(a, z);
        Fp.sqr(b, p.z);
        // c, d: both x over the common denominator; e, f: both y.
        Fp.mul(c, x, b);
        Fp.mul(d, p.x, a);
        Fp.mul(e, y, p.z);
        Fp.mul(e, e, b);
        Fp.mul(f, p.y, z);
        Fp.mul(f, f, a);
        Fp.sub(d, d, c);
        Fp.sub(f, f, e);
        if (Fp.isZero(d)) {
            if (Fp.isZero(f)) dbl();
            else Fp.set(z, d);
            return;
        }
        Fp.mul(z, z, p.z);
        Fp.mul(z, z, d);
        Fp.sqr(a, d);
        Fp.mul(b, a, d);
        Fp.mul(a, a, c);
        // x = f² - d³ - 2·c·d²
        Fp.sqr(x, f);
        Fp.sub(x, x, b);
        Fp.sub(x, x, a);
        Fp.sub(x, x, a);
        // y = f·(c·d² - x) - e·d³
        Fp.sub(a, a, x);
        Fp.mul(y, f, a);
        Fp.mul(e, e, b);
        Fp.sub(y, y, e);
    }

    /**
     * @param scalar big-endian, any number
     */
    G1Point times(Bytes scalar) {
        G1Point[] table = new G1Point[1 << WINDOW_BITS];
        table[0] = new G1Point();
        for (int i = 1; i < table.length; i++) {
            table[i] = new G1Point();
            table[i].set(table[i - 1]);
            table[i].add(this);
        }
        G1Point result = new G1Point();
        for (int i = 0; i < 2 * scalar.size(); i++) {
            if (!result.isInfinity()) {
                for (int k = 0; k < WINDOW_BITS; k++) result.dbl();
            }
            int octet = scalar.get(i / 2);
            result.add(table[(i % 2 == 0 ? octet >> WINDOW_BITS : octet) & 15]);
        }
        return result;
    }
}

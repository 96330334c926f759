package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P1;
import supranational.blst.P1_Affine;

/**
 * Points of y² = x³ + 4, as calls and as the library write them.
 *
 * @shape in calls: x 64 · y 64 bytes, zeros for the point at infinity
 */
final class G1 {
    static final int BYTES = 2 * Coordinate.BYTES;

    private static final int NATIVE_BYTES = 48;
    private static final BigInteger B = BigInteger.valueOf(4);

    /** By this a point of the curve comes into the group. */
    private static final BigInteger COFACTOR = new BigInteger("d201000000010001", 16);

    private G1() {}

    /** A point of the curve, perhaps outside of the group. */
    static P1_Affine decode(Bytes input, int offset) throws InvalidPoint {
        Bytes bytes = input.slice(offset, BYTES);
        BigInteger x = Coordinate.decode(bytes, 0);
        BigInteger y = Coordinate.decode(bytes, Coordinate.BYTES);
        if (x.signum() == 0 && y.signum() == 0) return new P1_Affine();
        if (!Fp.FIELD.multiply(y, y).equals(Fp.FIELD.curve(x, BigInteger.ZERO, B))) {
            throw new InvalidPoint(bytes.toHexString() + " is not on the curve y² = x³ + 4");
        }
        return toNative(x, y);
    }

    static P1_Affine decodeInGroup(Bytes input, int offset) throws InvalidPoint {
        P1_Affine point = decode(input, offset);
        if (!point.in_group()) {
            throw new InvalidPoint(
                    input.slice(offset, BYTES).toHexString() + " is not in the group of order r");
        }
        return point;
    }

    static Bytes encode(P1 point) {
        if (point.is_inf()) return Bytes.wrap(new byte[BYTES]);
        byte[] plain = point.serialize();
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < 2; i++) {
            int at = i * Coordinate.BYTES + Coordinate.PADDING_BYTES;
            System.arraycopy(plain, i * NATIVE_BYTES, bytes, at, NATIVE_BYTES);
        }
        return Bytes.wrap(bytes);
    }

    /** The point of the group that a field's element is mapped to. */
    static P1 map(BigInteger u) {
        Affine<BigInteger> point = FieldMaps.TO_CURVE.map(u);
        if (point == null) return new P1();
        return toNative(point.x(), point.y()).to_jacobian().mult(COFACTOR);
    }

    private static P1_Affine toNative(BigInteger x, BigInteger y) {
        if (x.signum() == 0) return onAxis(y);
        byte[] bytes = new byte[2 * NATIVE_BYTES];
        write(x, bytes, NATIVE_BYTES);
        write(y, bytes, 2 * NATIVE_BYTES);
        return new P1_Affine(bytes);
    }

    /**
     * The points (0, ±2), of order 3. The library's decoder refuses them, knowing that they are not
     * in the group, but sums of any points of the curve are asked for: so each is the generator and
     * its difference from that.
     */
    private static P1_Affine onAxis(BigInteger y) {
        P1 generator = P1.generator().dup();
        Bytes plain = Bytes.wrap(generator.serialize());
        BigInteger x1 = plain.slice(0, NATIVE_BYTES).toUnsignedBigInteger();
        BigInteger y1 = plain.slice(NATIVE_BYTES, NATIVE_BYTES).toUnsignedBigInteger();
        // The chord through (0, y) and (x1, -y1).
        Fp field = Fp.FIELD;
        BigInteger slope = field.negate(field.multiply(field.add(y, y1), field.invert(x1)));
        BigInteger x = field.add(field.multiply(slope, slope), field.negate(x1));
        BigInteger difference = field.negate(field.add(field.multiply(slope, x), y));
        return generator.add(toNative(x, difference)).to_affine();
    }

    /** Big-endian up to this place; a number below p leaves the three bits of flags clear. */
    static void write(BigInteger value, byte[] bytes, int end) {
        byte[] digits = value.toByteArray();
        System.arraycopy(digits, 0, bytes, end - digits.length, digits.length);
    }
}

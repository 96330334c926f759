package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;
import supranational.blst.P2;
import supranational.blst.P2_Affine;

/**
 * Points of the twist y² = x³ + 4·(1+i), as calls and as the library write them.
 *
 * @shape in calls: x and y, of each c0 64 and c1 64 bytes, zeros for the point at infinity; in the
 *     library c1 stands first
 */
final class G2 {
    static final int BYTES = 4 * Coordinate.BYTES;

    private static final Fp2 FIELD = Fp2.FIELD;
    private static final int NATIVE_BYTES = 48;
    private static final Fp2.Element B =
            new Fp2.Element(BigInteger.valueOf(4), BigInteger.valueOf(4));

    /** The curve's parameter, which is negative. */
    private static final BigInteger MINUS_X = new BigInteger("d201000000010000", 16);

    /** (1+i)^-((p-1)/3) and (1+i)^-((p-1)/2): back from the curve over Fp12 after a p-th power. */
    private static final Fp2.Element PSI_X = psi(3);

    private static final Fp2.Element PSI_Y = psi(2);

    private G2() {}

    /** A point of the twist, perhaps outside of the group. */
    static P2_Affine decode(Bytes input, int offset) throws InvalidPoint {
        Bytes bytes = input.slice(offset, BYTES);
        Fp2.Element x = Coordinate.decodePair(bytes, 0);
        Fp2.Element y = Coordinate.decodePair(bytes, 2 * Coordinate.BYTES);
        if (FIELD.isZero(x) && FIELD.isZero(y)) return new P2_Affine();
        if (!FIELD.multiply(y, y).equals(FIELD.curve(x, FIELD.zero(), B))) {
            throw new InvalidPoint(bytes.toHexString() + " is not on the curve y² = x³ + 4·(1+i)");
        }
        return toNative(new Affine<>(x, y));
    }

    static P2_Affine decodeInGroup(Bytes input, int offset) throws InvalidPoint {
        P2_Affine point = decode(input, offset);
        if (!point.in_group()) {
            throw new InvalidPoint(
                    input.slice(offset, BYTES).toHexString() + " is not in the group of order r");
        }
        return point;
    }

    static Bytes encode(P2 point) {
        if (point.is_inf()) return Bytes.wrap(new byte[BYTES]);
        byte[] plain = point.serialize();
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < 4; i++) {
            int at = i * Coordinate.BYTES + Coordinate.PADDING_BYTES;
            System.arraycopy(plain, (i ^ 1) * NATIVE_BYTES, bytes, at, NATIVE_BYTES);
        }
        return Bytes.wrap(bytes);
    }

    /** The point of the group that a field's element is mapped to. */
    static P2 map(Fp2.Element u) {
        Affine<Fp2.Element> point = FieldMaps.TO_TWIST.map(u);
        return point == null ? new P2() : clearCofactor(point);
    }

    /**
     * (x² - x - 1)·p + (x - 1)·ψp + ψ²(2p), which is the multiple of p that EIP-2537 names.
     *
     * @source Budroni and Pintore, "Efficient hash maps to G2 on BLS curves", 2017; RFC 9380,
     *     appendix G.3
     */
    private static P2 clearCofactor(Affine<Fp2.Element> p) {
        Affine<Fp2.Element> psi = psi(p);
        P2 result = toNative(psi(psi)).to_jacobian().dbl();
        // x·(x·p + ψp) - x·p - p - ψp
        P2 xp = timesX(toNative(p).to_jacobian());
        P2 inner = xp.dup().add(toNative(psi));
        result.add(timesX(inner)).add(xp.neg());
        return result.add(toNative(negate(p))).add(toNative(negate(psi)));
    }

    /** Changes the point. */
    private static P2 timesX(P2 point) {
        return point.mult(MINUS_X).neg();
    }

    private static Affine<Fp2.Element> psi(Affine<Fp2.Element> p) {
        return new Affine<>(
                FIELD.multiply(FIELD.conjugate(p.x()), PSI_X),
                FIELD.multiply(FIELD.conjugate(p.y()), PSI_Y));
    }

    private static Fp2.Element psi(long divisor) {
        BigInteger exponent =
                Fp.MODULUS.subtract(BigInteger.ONE).divide(BigInteger.valueOf(divisor));
        Fp2.Element root = new Fp2.Element(BigInteger.ONE, BigInteger.ONE);
        return FIELD.invert(FIELD.power(root, exponent));
    }

    private static Affine<Fp2.Element> negate(Affine<Fp2.Element> p) {
        return new Affine<>(p.x(), FIELD.negate(p.y()));
    }

    private static P2_Affine toNative(Affine<Fp2.Element> p) {
        byte[] bytes = new byte[4 * NATIVE_BYTES];
        G1.write(p.x().c1(), bytes, NATIVE_BYTES);
        G1.write(p.x().c0(), bytes, 2 * NATIVE_BYTES);
        G1.write(p.y().c1(), bytes, 3 * NATIVE_BYTES);
        G1.write(p.y().c0(), bytes, 4 * NATIVE_BYTES);
        return new P2_Affine(bytes);
    }
}

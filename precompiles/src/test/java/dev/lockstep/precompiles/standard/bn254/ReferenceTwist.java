package dev.lockstep.precompiles.standard.bn254;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.TWO;

import java.math.BigInteger;
import java.util.random.RandomGenerator;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** The twist y² = x³ + 3/(9+u), written down as in a textbook on plain numbers. */
final class ReferenceTwist {
    private static final BigInteger P = Fp.MODULUS;
    static final BigInteger ORDER =
            new BigInteger(
                    "21888242871839275222246405745257275088548364400416034343698204186575808495617");
    static final BigInteger COFACTOR = P.multiply(TWO).subtract(ORDER);

    /** re + im·u. */
    record Number(BigInteger re, BigInteger im) {
        Number {
            re = re.mod(P);
            im = im.mod(P);
        }

        Number plus(Number b) {
            return new Number(re.add(b.re), im.add(b.im));
        }

        Number minus(Number b) {
            return new Number(re.subtract(b.re), im.subtract(b.im));
        }

        Number times(Number b) {
            return new Number(
                    re.multiply(b.re).subtract(im.multiply(b.im)),
                    re.multiply(b.im).add(im.multiply(b.re)));
        }

        Number inverse() {
            BigInteger norm = re.multiply(re).add(im.multiply(im)).modInverse(P);
            return new Number(re.multiply(norm), im.negate().multiply(norm));
        }

        boolean isZero() {
            return re.signum() == 0 && im.signum() == 0;
        }

        /** A square root, or null. */
        Number root() {
            BigInteger half = P.add(ONE).shiftRight(1);
            BigInteger norm = root(re.multiply(re).add(im.multiply(im)));
            if (norm == null) return null;
            for (BigInteger sign : new BigInteger[] {norm, norm.negate()}) {
                BigInteger real = root(re.add(sign).multiply(half));
                if (real == null || real.signum() == 0) continue;
                Number root = new Number(real, im.multiply(real.shiftLeft(1).modInverse(P)));
                if (root.times(root).equals(this)) return root;
            }
            return null;
        }

        private static BigInteger root(BigInteger a) {
            BigInteger root = a.mod(P).modPow(P.add(ONE).shiftRight(2), P);
            return root.multiply(root).subtract(a).mod(P).signum() == 0 ? root : null;
        }
    }

    /** An affine point; null is the point at infinity. */
    record Point(Number x, Number y) {
        Bytes encoded() {
            return Bytes.concatenate(word(x.im), word(x.re), word(y.im), word(y.re));
        }
    }

    private static final Number B = number(3, 0).times(number(9, 1).inverse());

    static final Point GENERATOR =
            new Point(
                    new Number(
                            new BigInteger(
                                    "10857046999023057135944570762232829481370756359578518086990519993285655852781"),
                            new BigInteger(
                                    "11559732032986387107991004021392285783925812861821192530917403151452391805634")),
                    new Number(
                            new BigInteger(
                                    "8495653923123431417604973247489272438418190587263600148770280649306958101930"),
                            new BigInteger(
                                    "4082367875863433681332203403145435568316851327593401208105741076214120093531")));

    private ReferenceTwist() {}

    static Number number(long re, long im) {
        return new Number(BigInteger.valueOf(re), BigInteger.valueOf(im));
    }

    static Bytes word(BigInteger value) {
        return UInt256.valueOf(value).toBytes();
    }

    static Point add(Point a, Point b) {
        if (a == null) return b;
        if (b == null) return a;
        Number slope;
        if (!a.x.equals(b.x)) {
            slope = b.y.minus(a.y).times(b.x.minus(a.x).inverse());
        } else if (a.y.plus(b.y).isZero()) {
            return null;
        } else {
            slope = a.x.times(a.x).times(number(3, 0)).times(a.y.plus(a.y).inverse());
        }
        Number x = slope.times(slope).minus(a.x).minus(b.x);
        return new Point(x, slope.times(a.x.minus(x)).minus(a.y));
    }

    static Point times(Point point, BigInteger factor) {
        Point result = null;
        for (int i = factor.bitLength() - 1; i >= 0; i--) {
            result = add(result, result);
            if (factor.testBit(i)) result = add(result, point);
        }
        return result;
    }

    /** Any point of the twist: most are outside of the group of order r. */
    static Point random(RandomGenerator random) {
        while (true) {
            Number x = new Number(number(random), number(random));
            Number y = x.times(x).times(x).plus(B).root();
            if (y != null) return new Point(x, y);
        }
    }

    static BigInteger number(RandomGenerator random) {
        byte[] bytes = new byte[40];
        random.nextBytes(bytes);
        return new BigInteger(1, bytes).mod(P);
    }
}

package dev.lockstep.precompiles.standard.bls12381;

import dev.lockstep.precompiles.standard.InvalidPoint;
import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;

/** Numbers below p in the input of a call: 64 bytes, of which the first 16 are zero. */
final class Coordinate {
    static final int BYTES = 64;
    static final int PADDING_BYTES = 16;

    private Coordinate() {}

    static BigInteger decode(Bytes bytes, int offset) throws InvalidPoint {
        Bytes number = bytes.slice(offset, BYTES);
        BigInteger value = number.toUnsignedBigInteger();
        if (value.compareTo(Fp.MODULUS) >= 0) {
            throw new InvalidPoint(
                    "a coordinate of " + number.toHexString() + ", must be below " + Fp.MODULUS);
        }
        return value;
    }

    static Fp2.Element decodePair(Bytes bytes, int offset) throws InvalidPoint {
        return new Fp2.Element(decode(bytes, offset), decode(bytes, offset + BYTES));
    }
}

package dev.lockstep.precompiles.standard.bn254;

import dev.lockstep.precompiles.standard.InvalidPoint;
import org.apache.tuweni.bytes.Bytes;

/** Numbers below p in the input of a call. */
final class Coordinate {
    private Coordinate() {}

    static void decode(long[] r, Bytes bytes, int offset) throws InvalidPoint {
        Bytes number = bytes.slice(offset, Fp.BYTES);
        if (!Fp.decode(r, number)) {
            throw new InvalidPoint(
                    "a coordinate of " + number.toHexString() + ", must be below " + Fp.MODULUS);
        }
    }
}

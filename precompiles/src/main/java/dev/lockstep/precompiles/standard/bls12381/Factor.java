package dev.lockstep.precompiles.standard.bls12381;

import java.math.BigInteger;
import org.apache.tuweni.bytes.Bytes;

/** Numbers that points of the group are multiplied by; only the remainder by r matters. */
final class Factor {
    static final int BYTES = 32;

    /** The order of both groups. */
    static final BigInteger ORDER =
            new BigInteger("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16);

    private Factor() {}

    static BigInteger decode(Bytes input, int offset) {
        return input.slice(offset, BYTES).toUnsignedBigInteger().mod(ORDER);
    }
}

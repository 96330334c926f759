package dev.lockstep.precompiles.standard.bls12381;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;

/** Numbers that points of the group are multiplied by; only the remainder by r matters. */
final class Factor {
    static final int BYTES = 32;

    /** The order of both groups. */
    static final BigInteger ORDER =
            new BigInteger("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16);

    private Factor() {}

    /**
     * Takes a factor, big-endian, and writes its remainder in the i-th place, little-endian.
     *
     * @return whether that is not zero
     */
    static boolean read(MemorySegment input, long offset, MemorySegment factors, int i) {
        byte[] bytes = input.asSlice(offset, BYTES).toArray(JAVA_BYTE);
        BigInteger factor = new BigInteger(1, bytes).mod(ORDER);
        byte[] digits = factor.toByteArray();
        for (int j = 0; j < BYTES; j++) {
            byte digit = j < digits.length ? digits[digits.length - 1 - j] : 0;
            factors.set(JAVA_BYTE, (long) i * BYTES + j, digit);
        }
        return factor.signum() != 0;
    }
}

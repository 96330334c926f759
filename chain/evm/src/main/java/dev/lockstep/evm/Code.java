package dev.lockstep.evm;

import java.util.Arrays;
import org.apache.tuweni.bytes.Bytes;

/**
 * Code made ready to run: immutable, with its jump destinations.
 *
 * <p>Zeros follow the last byte, so that a PUSH at the end reads them and falling off the end is a
 * STOP, with no check in either.
 */
final class Code {
    static final Code EMPTY = new Code(Bytes.EMPTY);

    private static final int PADDING_BYTES = 40;
    private static final int PUSH_1 = 0x60;
    private static final int PUSH_32 = 0x7f;
    private static final int JUMPDEST = 0x5b;

    final byte[] bytes;
    final int size;
    private final long[] jumpDestinations;

    Code(Bytes code) {
        this(code.toArrayUnsafe());
    }

    Code(byte[] code) {
        size = code.length;
        bytes = Arrays.copyOf(code, size + PADDING_BYTES);
        jumpDestinations = new long[(size >> 6) + 1];
        for (int pc = 0; pc < size; pc++) {
            int opcode = bytes[pc] & 0xff;
            if (opcode == JUMPDEST) jumpDestinations[pc >> 6] |= 1L << (pc & 63);
            else if (opcode >= PUSH_1 && opcode <= PUSH_32) pc += opcode - PUSH_1 + 1;
        }
    }

    /** Whether {@code pc}, as an unsigned number, is a JUMPDEST that no PUSH swallows. */
    boolean isJumpDestination(long pc) {
        return Long.compareUnsigned(pc, size) < 0
                && (jumpDestinations[(int) pc >> 6] >>> ((int) pc & 63) & 1) != 0;
    }
}

package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Code made ready to run, with its jump destinations. What changes later is no part of any result:
 * the same code decoded or compiled, and how much gas it spent before that.
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

    /** Whose code runs in place of this; null where it is code itself. @source EIP-7702 */
    final @Nullable Address delegate;

    /** By which the cache knows it; null where it does not. */
    final @Nullable Hash hash;

    /** Set by {@link CodeCache#keepDecoded}. */
    @Nullable DecodedCode decoded;

    /** Set by {@link CodeCache#keepCompiled}. */
    volatile @Nullable CompiledCode compiled;

    /** Under which rules it is compiled, or waits for it, or was refused. */
    volatile @Nullable Fork compiledFor;

    /** Before it was compiled; by several threads without order, so about. */
    long gasSpent;

    Code(Bytes code) {
        this(code.toArrayUnsafe(), null);
    }

    Code(byte[] code) {
        this(code, null);
    }

    Code(byte[] code, @Nullable Hash hash) {
        this.hash = hash;
        delegate = World.delegate(Bytes.wrap(code));
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

    BitSet jumpDestinations() {
        return BitSet.valueOf(jumpDestinations);
    }
}

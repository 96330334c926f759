package dev.lockstep.evm;

import dev.lockstep.types.Fork;

/**
 * Code decoded under the rules of one fork. Nobody changes its arrays.
 *
 * <p>A stream of blocks. Each begins with four numbers: the gas of all its instructions, the least
 * {@code sp} they need, the limbs by which they grow the stack at most, and the block's first pc.
 * Then its {@link Operation}s.
 */
final class DecodedCode {
    static final int COST = 0;
    static final int NEEDED = 1;
    static final int GROWTH = 2;
    static final int PC = 3;
    static final int HEADER = 4;

    final Fork fork;
    final int[] stream;

    /** Words that operations refer to by the index of their lowest limb. */
    final long[] constants;

    /**
     * By pc the index of the block that begins there: positive at jump destinations, negated where
     * only a return from a call or the frame's beginning leads; 0 elsewhere.
     */
    final int[] entries;

    DecodedCode(Fork fork, int[] stream, long[] constants, int[] entries) {
        this.fork = fork;
        this.stream = stream;
        this.constants = constants;
        this.entries = entries;
    }

    /**
     * Where the block that begins at {@code pc} is, or 0 where none does. A PUSH at the end can put
     * the pc beyond the code.
     */
    int entry(int pc) {
        return pc < entries.length ? Math.abs(entries[pc]) : 0;
    }

    long sizeBytes() {
        return 4L * stream.length + 8L * constants.length + 4L * entries.length;
    }
}

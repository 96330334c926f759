package dev.lockstep.evm.compiled;

/**
 * Instructions that run one after the other, with one check of gas and stack before the first.
 *
 * @param pc of the first instruction
 * @param end behind the last
 * @param cost gas of all rows
 * @param lowest how far below the stack's height at the beginning it reaches @unit words, negative
 * @param highest how far it rises above that @unit words
 * @param last opcode of the last instruction; {@link #STOP} also behind the code
 * @param flow where it goes on
 * @param target of a jump that is known, or -1
 * @param sizeEstimate at least what its translation takes @unit bytes
 */
record Block(
        int pc,
        int end,
        int cost,
        int lowest,
        int highest,
        int last,
        Flow flow,
        int target,
        int sizeEstimate) {
    static final int STOP = 0x00;
    static final int JUMP = 0x56;
    static final int JUMPI = 0x57;
    static final int GAS = 0x5a;
    static final int JUMPDEST = 0x5b;

    enum Flow {
        /** With the block behind it. */
        NEXT,
        /** With the block behind it, when a call has returned. */
        CALL,
        JUMP,
        /** With the target or the block behind it. */
        BRANCH,
        /** Nowhere. */
        END
    }

    boolean hasNext() {
        return flow == Flow.NEXT || flow == Flow.CALL || flow == Flow.BRANCH;
    }
}

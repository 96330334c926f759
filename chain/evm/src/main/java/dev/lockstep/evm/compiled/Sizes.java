package dev.lockstep.evm.compiled;

/** Upper bounds of what translations take, in bytes of bytecode. */
final class Sizes {
    /** The checks of a block, leaving it, and its part of the method's table. */
    static final int HEADER = 110;

    private static final int WORD = 56;

    private Sizes() {}

    /** Reading the operands, the operator, and writing the result at the end of the block. */
    static int of(int opcode) {
        if (opcode >= 0x5f && opcode <= 0x7f) return WORD;
        if (opcode >= 0x80 && opcode <= 0x8f) return 2 * WORD;
        if (opcode >= 0x90 && opcode <= 0x9f) return 4 * WORD;
        return switch (opcode) {
            case Block.JUMPDEST -> 0;
            // Nothing is written; but blocks must not become longer than stacks are deep.
            case 0x50 -> 4;
            case 0x01, 0x03 -> 5 * WORD + 40;
            case 0x02 -> 5 * WORD + 60;
            case 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1b, 0x1c, 0x1d -> 4 * WORD + 40;
            case 0x15, 0x19, 0x1a -> 3 * WORD;
            case 0x51, 0x52, 0x53 -> 4 * WORD + 80;
            default -> 4 * WORD + 60;
        };
    }
}

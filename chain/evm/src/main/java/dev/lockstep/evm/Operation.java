package dev.lockstep.evm;

/**
 * What decoded code consists of: an int each, some followed by one or two more.
 *
 * <p>Bits 0 to 7 are the operation; 8 to 13 and 14 to 19 say how many words under the top its first
 * and second operand lie; the upper 12, signed, by how many words it changes the stack's height. A
 * result goes to where the top is after it. Operands named K are constants: the int that follows is
 * their index; those named SMALL are the int that follows.
 */
final class Operation {
    /** The next block follows. */
    static final int NEXT = 0;

    /** Pushes the number in bits 8 to 31. */
    static final int PUSH_SMALL = 1;

    static final int PUSH_K = 2;

    /** Puts a constant under the top. */
    static final int PUSH_K_UNDER = 3;

    static final int DUP = 4;
    static final int SWAP = 5;
    static final int POP = 6;

    /** Copies the top over the second operand, then drops it. */
    static final int MOVE = 7;

    static final int ADD = 8;
    static final int ADD_K = 9;
    static final int ADD_SMALL = 10;
    static final int SUB = 11;
    static final int MUL = 12;
    static final int MUL_K = 13;
    static final int AND = 14;
    static final int AND_K = 15;
    static final int AND_SMALL = 16;
    static final int OR = 17;
    static final int XOR = 18;
    static final int NOT = 19;
    static final int LESS = 20;

    /** Whether the constant is less than the operand; the next: the operand than the constant. */
    static final int LESS_K_FIRST = 21;

    static final int LESS_K_SECOND = 22;
    static final int SIGNED_LESS = 23;
    static final int EQ = 24;
    static final int EQ_K = 25;
    static final int IS_ZERO = 26;

    /** Shifts of the second operand by the int that follows, under 256. */
    static final int SHL_SMALL = 27;

    static final int SHR_SMALL = 28;

    /** On the top words, as the instructions of the same name. */
    static final int SHL = 29;

    static final int SHR = 30;
    static final int SAR = 31;
    static final int BYTE = 32;
    static final int CLZ = 33;
    static final int SIGNEXTEND = 34;
    static final int DIV = 35;
    static final int MOD = 36;
    static final int ADDMOD = 37;
    static final int MULMOD = 38;

    /** From the address in the first operand; the next from the address that follows. */
    static final int MLOAD = 39;

    static final int MLOAD_AT = 40;

    /** The second operand to the address in the first; the next to the address that follows. */
    static final int MSTORE = 41;

    static final int MSTORE_AT = 42;

    static final int GAS = 43;
    static final int JUMP = 44;
    static final int JUMPI = 45;

    /** To the block that follows. */
    static final int JUMP_TO = 46;

    /**
     * Two ints follow: the block to go to where the comparison is met, and where it is not. One of
     * them is the block that follows.
     */
    static final int JUMP_IF_ZERO = 47;

    static final int JUMP_IF_LESS = 48;
    static final int JUMP_IF_LESS_K_FIRST = 49;
    static final int JUMP_IF_LESS_K_SECOND = 50;
    static final int JUMP_IF_EQ = 51;
    static final int JUMP_IF_EQ_K = 52;
    static final int JUMP_IF_SIGNED_LESS = 53;
    static final int STOP = 54;
    static final int UNDEFINED = 55;
    static final int INVALID_JUMP = 56;

    /** The instruction in bits 8 to 15, by its row's body. */
    static final int BODY = 57;

    /** The same at the end of a block; the pc behind it follows. */
    static final int LAST_BODY = 58;

    private static final int DELTA_SHIFT = 20;

    private Operation() {}

    static int word(int operation, int first, int second, int delta) {
        return operation | first << 8 | second << 14 | delta << DELTA_SHIFT;
    }

    static int first(int word, int sp) {
        return sp - (word >>> 6 & 0xfc);
    }

    static int second(int word, int sp) {
        return sp - (word >>> 12 & 0xfc);
    }

    static int after(int word, int sp) {
        return sp + (word >> DELTA_SHIFT) * U256.LIMBS;
    }
}

package dev.lockstep.evm;

import java.util.Arrays;

/**
 * Writes the operations of a block. What PUSH and DUP would put on the stack waits, since the next
 * instruction can often take it from where it is; whatever cannot, has it written down first.
 */
final class Emitter {
    private static final int LIMBS = U256.LIMBS;
    private static final int WAITING_MAX = 3;

    /** Of a waiting word that is a constant. */
    private static final int CONSTANT = -1;

    private static final int SMALL_BITS = 31;
    private static final int PUSH_SMALL_BITS = 24;

    private int[] stream;
    private int size = 1;
    private long[] constants = new long[16];
    private int constantsSize;

    /** How many words under the top each waiting word is, as the stack is without them. */
    private final int[] waiting = new int[WAITING_MAX];

    /** The waiting constants, and room for folding. */
    private final long[] words = new long[WAITING_MAX * LIMBS + U256.SLACK];

    private int count;

    Emitter(int codeSize) {
        stream = new int[codeSize + 16];
    }

    int[] stream() {
        return Arrays.copyOf(stream, size);
    }

    long[] constants() {
        return Arrays.copyOf(constants, constantsSize);
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Begins a block; its numbers but the pc are patched in when it is done. */
    int header(int pc) {
        count = 0;
        int at = size;
        for (int i = 0; i < DecodedCode.HEADER; i++) emit(0);
        stream[at + DecodedCode.PC] = pc;
        return at;
    }

    void patch(int at, int number) {
        stream[at] = number;
    }

    void emit(int number) {
        if (size == stream.length) stream = Arrays.copyOf(stream, 2 * size);
        stream[size++] = number;
    }

    void emit(int word, int number) {
        emit(word);
        emit(number);
    }

    void stop() {
        count = 0;
        emit(Operation.STOP);
    }

    void next() {
        flush();
        emit(Operation.NEXT);
    }

    void push(byte[] bytes, int offset, int length) {
        makeRoom();
        if (length == 0) U256.set(words, count * LIMBS, 0);
        else U256.load(words, count * LIMBS, bytes, offset, length);
        waiting[count++] = CONSTANT;
    }

    void pushSmall(int number) {
        makeRoom();
        U256.set(words, count * LIMBS, number);
        waiting[count++] = CONSTANT;
    }

    private void makeRoom() {
        if (count == WAITING_MAX) flush();
    }

    void dup(int depth) {
        makeRoom();
        if (depth > count) {
            waiting[count] = depth - count - 1;
        } else {
            waiting[count] = waiting[count - depth];
            U256.copy(words, (count - depth) * LIMBS, count * LIMBS);
        }
        count++;
    }

    void pop() {
        if (count > 0) count--;
        else emit(Operation.word(Operation.POP, 0, 0, -1));
    }

    void swap(int depth) {
        if (depth < count) {
            int x = count - 1;
            int y = x - depth;
            int kept = waiting[x];
            waiting[x] = waiting[y];
            waiting[y] = kept;
            U256.swap(words, x * LIMBS, y * LIMBS);
        } else if (depth == 1 && count == 1 && isConstant(0)) {
            emit(Operation.word(Operation.PUSH_K_UNDER, 0, 0, 1), constant(0));
            count = 0;
        } else {
            flush();
            emit(Operation.word(Operation.SWAP, 0, depth, 0));
        }
    }

    /** Writes all that waits. */
    void flush() {
        flush(count);
    }

    /** Writes the lowest {@code n} words that wait. */
    private void flush(int n) {
        for (int i = 0; i < n; i++) {
            // Each word written puts the others one further from what they copy.
            if (!isConstant(i)) emit(Operation.word(Operation.DUP, waiting[i] + i, 0, 1));
            else if (isSmall(i, PUSH_SMALL_BITS)) emit(Operation.PUSH_SMALL | (int) low(i) << 8);
            else emit(Operation.word(Operation.PUSH_K, 0, 0, 1), constant(i));
        }
        for (int i = n; i < count; i++) {
            waiting[i - n] = isConstant(i) ? CONSTANT : waiting[i] + n;
            U256.copy(words, i * LIMBS, (i - n) * LIMBS);
        }
        count -= n;
    }

    private boolean isConstant(int i) {
        return i >= 0 && waiting[i] == CONSTANT;
    }

    private long low(int i) {
        return words[i * LIMBS];
    }

    private boolean isSmall(int i, int bits) {
        return U256.bitLength(words, i * LIMBS) <= bits;
    }

    private int constant(int i) {
        return constant(words, i * LIMBS);
    }

    private int constant(long[] from, int at) {
        if (constantsSize == constants.length)
            constants = Arrays.copyOf(constants, 2 * constantsSize);
        Operands.load(from, at, constants, constantsSize);
        constantsSize += LIMBS;
        return constantsSize - LIMBS;
    }

    /** The top word where it waits and is a small constant; otherwise negative. */
    long peekSmall() {
        return isConstant(count - 1) && isSmall(count - 1, SMALL_BITS) ? low(count - 1) : -1;
    }

    /** Takes it away also. */
    long takeSmall() {
        long number = peekSmall();
        if (number >= 0) count--;
        return number;
    }

    /** A jump where the top word is not zero. */
    void zeroJump() {
        unary(Operation.JUMP_IF_ZERO, -1);
    }

    /** On one operand: the top word, which may wait. */
    private void unary(int operation, int delta) {
        if (isConstant(count - 1)) flush();
        else if (count > 1) flush(count - 1);
        int first = count == 1 ? waiting[0] : 0;
        emit(Operation.word(operation, first, 0, delta + count));
        count = 0;
    }

    /** An instruction without effect but on stack and memory, or whose price only the run knows. */
    void operator(Instruction row) {
        switch (row.opcode()) {
            case 0x01 -> add();
            case 0x02 -> commutative(Operation.MUL, Operation.MUL_K);
            case 0x03 -> subtract();
            case 0x16 -> commutative(Operation.AND, Operation.AND_K);
            case 0x17 -> commutative(Operation.OR, 0);
            case 0x18 -> commutative(Operation.XOR, 0);
            case 0x1b -> shift(Operation.SHL_SMALL, Operation.SHL);
            case 0x1c -> shift(Operation.SHR_SMALL, Operation.SHR);
            case 0x51 -> memoryLoad();
            case 0x52 -> memoryStore();
            default -> {
                flush();
                int plain = plain(row.opcode());
                int delta = row.out() - row.in();
                emit(
                        plain != 0
                                ? Operation.word(plain, 0, 0, delta)
                                : Operation.BODY | row.opcode() << 8 | delta << 20);
            }
        }
    }

    private static int plain(int opcode) {
        return switch (opcode) {
            case 0x04 -> Operation.DIV;
            case 0x06 -> Operation.MOD;
            case 0x08 -> Operation.ADDMOD;
            case 0x09 -> Operation.MULMOD;
            case 0x0b -> Operation.SIGNEXTEND;
            case 0x19 -> Operation.NOT;
            case 0x1a -> Operation.BYTE;
            case 0x1d -> Operation.SAR;
            case 0x1e -> Operation.CLZ;
            default -> 0;
        };
    }

    /** Leaves at most the two words for an operator waiting. Whether both are constants. */
    private boolean bringTwo() {
        if (count > 2) flush(count - 2);
        return count == 2 && isConstant(0) && isConstant(1);
    }

    /** Computes an operator of two constants now. */
    private void fold(Operator operator) {
        operator.run(words, LIMBS);
        count = 1;
    }

    private interface Operator {
        void run(long[] s, int sp);
    }

    private int first() {
        return count > 0 ? waiting[count - 1] : 0;
    }

    private int second() {
        return count == 2 ? waiting[0] : 1 - count;
    }

    private void add() {
        if (bringTwo()) fold(U256::add);
        else if (takesSmall()) small(Operation.ADD_SMALL);
        else binary(Operation.ADD, Operation.ADD_K);
    }

    private void commutative(int operation, int withConstant) {
        if (bringTwo()) {
            switch (operation) {
                case Operation.MUL -> fold(U256::mul);
                case Operation.AND -> fold(U256::and);
                case Operation.OR -> fold(U256::or);
                default -> fold(U256::xor);
            }
        } else if (operation == Operation.AND && takesSmall()) {
            small(Operation.AND_SMALL);
        } else {
            binary(operation, withConstant);
        }
    }

    private int constantAt() {
        return count > 0 && isConstant(count - 1)
                ? count - 1
                : count == 2 && isConstant(0) ? 0 : -1;
    }

    private boolean takesSmall() {
        int at = constantAt();
        return at >= 0 && isSmall(at, SMALL_BITS);
    }

    /** The operand that is not the constant at {@code constant}. */
    private int other(int constant) {
        return constant == count - 1 ? second() : first();
    }

    private void small(int operation) {
        int at = constantAt();
        emit(Operation.word(operation, other(at), 0, count - 1), (int) low(at));
        count = 0;
    }

    private void binary(int operation, int withConstant) {
        int at = constantAt();
        if (at >= 0 && withConstant != 0) {
            emit(Operation.word(withConstant, other(at), 0, count - 1), constant(at));
        } else {
            if (at >= 0) flush();
            emit(Operation.word(operation, first(), second(), count - 1));
        }
        count = 0;
    }

    private void subtract() {
        if (bringTwo()) {
            fold(U256::sub);
        } else if (count == 2 && isConstant(0)) {
            U256.negate(words, 0);
            binary(Operation.ADD, Operation.ADD_K);
        } else {
            binary(Operation.SUB, 0);
        }
    }

    private void shift(int withNumber, int plain) {
        bringTwo();
        if (isConstant(count - 1) && isSmall(count - 1, 8)) {
            if (count == 2 && isConstant(0)) {
                if (plain == Operation.SHL) fold(U256::shl);
                else fold(U256::shr);
                return;
            }
            emit(Operation.word(withNumber, 0, second(), count - 1), (int) low(count - 1));
            count = 0;
        } else {
            flush();
            emit(Operation.word(plain, 0, 0, -1));
        }
    }

    /** LT, GT, SLT, SGT, EQ and ISZERO, or the jump that one of them decides. */
    void compare(int opcode, boolean isJump) {
        int jumpDelta = isJump ? -1 : 0;
        if (opcode == 0x15) {
            unary(isJump ? Operation.JUMP_IF_ZERO : Operation.IS_ZERO, jumpDelta);
            return;
        }
        if (bringTwo()) flush();
        boolean isSigned = opcode == 0x12 || opcode == 0x13;
        int at = constantAt();
        if (isSigned && at >= 0) {
            flush();
            at = -1;
        }
        boolean isTurned = opcode == 0x11 || opcode == 0x13;
        int delta = count - 1 + jumpDelta;
        if (at >= 0) {
            boolean isFirst = (at == count - 1) != isTurned;
            int operation = isFirst ? Operation.LESS_K_FIRST : Operation.LESS_K_SECOND;
            if (opcode == 0x14) operation = Operation.EQ_K;
            emit(Operation.word(jumping(operation, isJump), other(at), 0, delta), constant(at));
        } else {
            int operation = isSigned ? Operation.SIGNED_LESS : Operation.LESS;
            if (opcode == 0x14) operation = Operation.EQ;
            int x = isTurned ? second() : first();
            int y = isTurned ? first() : second();
            emit(Operation.word(jumping(operation, isJump), x, y, delta));
        }
        count = 0;
    }

    private static int jumping(int operation, boolean isJump) {
        if (!isJump) return operation;
        return switch (operation) {
            case Operation.LESS -> Operation.JUMP_IF_LESS;
            case Operation.LESS_K_FIRST -> Operation.JUMP_IF_LESS_K_FIRST;
            case Operation.LESS_K_SECOND -> Operation.JUMP_IF_LESS_K_SECOND;
            case Operation.SIGNED_LESS -> Operation.JUMP_IF_SIGNED_LESS;
            case Operation.EQ -> Operation.JUMP_IF_EQ;
            default -> Operation.JUMP_IF_EQ_K;
        };
    }

    private void memoryLoad() {
        long address = takeSmall();
        if (address < 0) {
            unary(Operation.MLOAD, 0);
        } else {
            flush();
            emit(Operation.word(Operation.MLOAD_AT, 0, 0, 1), (int) address);
        }
    }

    private void memoryStore() {
        bringTwo();
        long address = takeSmall();
        if (address >= 0) {
            if (isConstant(count - 1)) flush();
            int value = count == 1 ? waiting[0] : 0;
            emit(Operation.word(Operation.MSTORE_AT, 0, value, count - 1), (int) address);
        } else {
            if (constantAt() >= 0) flush();
            emit(Operation.word(Operation.MSTORE, first(), second(), count - 2));
        }
        count = 0;
    }
}

package dev.lockstep.evm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decodes code into blocks of operations.
 *
 * <p>A block ends at a jump or a jump destination and after every instruction that sees the gas
 * left or can fail in another way than by want of gas. So all of a block's gas may be taken at its
 * beginning: where a price that only the run knows is then too high, the block would have run out
 * of gas also step by step. What a block needs of the stack is summed from its instructions as they
 * stand in the code, whatever operations they become.
 *
 * @cost O(code)
 */
final class Decoder {
    private static final int JUMP = 0x56;
    private static final int JUMPI = 0x57;
    private static final int GAS = 0x5a;
    private static final int JUMPDEST = 0x5b;
    private static final int POP = 0x50;
    private static final int ISZERO = 0x15;

    private final Code code;
    private final @Nullable Instruction[] rows;
    private final Emitter out;
    private final int[] entries;

    /** Pairs: where in the stream a block's index is missing, and the pc of the block. */
    private int[] jumps = new int[32];

    private int jumpsSize;

    // The block: where its header is, and what it costs and needs so far.
    private int header;
    private int cost;
    private int height;
    private int lowest;
    private int highest;

    private int pc;

    private Decoder(Code code, @Nullable Instruction[] rows) {
        this.code = code;
        this.rows = rows;
        out = new Emitter(code.size);
        entries = new int[code.size + 1];
    }

    static DecodedCode decode(Code code, World world) {
        Decoder decoder = new Decoder(code, world.instructions);
        decoder.blocks();
        return new DecodedCode(
                world.fork, decoder.out.stream(), decoder.out.constants(), decoder.entries);
    }

    private void blocks() {
        while (pc <= code.size) {
            begin();
            boolean goesOn = block();
            end();
            if (!goesOn) skipToJumpDestination();
        }
        for (int i = 0; i < jumpsSize; i += 2) out.patch(jumps[i], entries[jumps[i + 1]]);
    }

    private void begin() {
        header = out.header(pc);
        entries[pc] = code.isJumpDestination(pc) ? header : -header;
        cost = 0;
        height = 0;
        lowest = 0;
        highest = 0;
    }

    private void end() {
        out.patch(header + DecodedCode.COST, cost);
        out.patch(header + DecodedCode.NEEDED, Frame.EMPTY_STACK - lowest * U256.LIMBS);
        out.patch(header + DecodedCode.GROWTH, highest * U256.LIMBS);
    }

    /** What follows an instruction that never goes on to the next is dead up to there. */
    private void skipToJumpDestination() {
        while (pc <= code.size && !code.isJumpDestination(pc)) pc++;
    }

    private void account(Instruction row) {
        cost += row.gas();
        lowest = Math.min(lowest, height - row.in());
        height += row.out() - row.in();
        highest = Math.max(highest, height);
    }

    /** One block; whether the code behind it can be reached from it. */
    private boolean block() {
        int first = pc;
        while (true) {
            int opcode = opcodeAt(pc);
            if (pc >= code.size) {
                out.stop();
                pc = code.size + 1;
                return false;
            }
            if (opcode == JUMPDEST && pc != first) {
                out.next();
                return true;
            }
            Instruction row = rows[opcode];
            if (row == null) {
                out.emit(Operation.UNDEFINED);
                pc++;
                return false;
            }
            account(row);
            pc++;
            if (isLast(opcode)) return last(row);
            if (instruction(row)) {
                return true;
            }
        }
    }

    private int opcodeAt(int at) {
        return code.bytes[at] & 0xff;
    }

    private static boolean isLast(int opcode) {
        return switch (opcode) {
            case 0x00, 0x3e, 0x55, JUMP, JUMPI, GAS, 0x5d -> true;
            default -> opcode >= 0xa0;
        };
    }

    /** RETURNDATACOPY, SSTORE, TSTORE, GAS, jumps, logs, calls and ends. */
    private boolean last(Instruction row) {
        return switch (row.opcode()) {
            case 0x00 -> {
                out.stop();
                yield false;
            }
            case GAS -> {
                out.flush();
                out.emit(Operation.word(Operation.GAS, 0, 0, 1));
                yield true;
            }
            case JUMP -> {
                jump();
                yield false;
            }
            case JUMPI -> {
                jumpIf();
                yield true;
            }
            default -> {
                out.flush();
                int delta = row.out() - row.in();
                out.emit(Operation.LAST_BODY | row.opcode() << 8 | delta << 20, pc);
                yield row.opcode() != 0xf3 && row.opcode() != 0xfd && row.opcode() < 0xfe;
            }
        };
    }

    private void jump() {
        long target = out.takeSmall();
        if (target < 0) {
            out.flush();
            out.emit(Operation.word(Operation.JUMP, 0, 0, -1));
            return;
        }
        out.flush();
        if (code.isJumpDestination(target)) {
            out.emit(Operation.JUMP_TO, 0);
            jumpAt(out.size() - 1, (int) target);
        } else {
            out.emit(Operation.INVALID_JUMP);
        }
    }

    private void jumpIf() {
        long target = out.peekSmall();
        if (target < 0 || !code.isJumpDestination(target)) {
            out.flush();
            out.emit(Operation.word(Operation.JUMPI, 0, 1, -2));
            return;
        }
        out.takeSmall();
        out.zeroJump();
        condition((int) target, false);
    }

    /** The two numbers behind a conditional jump, which ends a block. */
    private void condition(int target, boolean isWanted) {
        int next = out.size() + 2;
        jumpAt(isWanted ? next - 2 : next - 1, target);
        out.emit(next, next);
    }

    private void jumpAt(int position, int target) {
        if (jumpsSize == jumps.length) jumps = Arrays.copyOf(jumps, 2 * jumpsSize);
        jumps[jumpsSize++] = position;
        jumps[jumpsSize++] = target;
    }

    /** Any other instruction; whether it became a jump and so the block's last. */
    private boolean instruction(Instruction row) {
        int opcode = row.opcode();
        if (opcode >= 0x5f && opcode <= 0x7f) {
            out.push(code.bytes, pc, opcode - 0x5f);
            pc += opcode - 0x5f;
        } else if (opcode >= 0x80 && opcode <= 0x8f) {
            out.dup(opcode - 0x7f);
        } else if (opcode >= 0x90 && opcode <= 0x9f) {
            swap(opcode - 0x8f);
        } else if (opcode >= 0x10 && opcode <= ISZERO) {
            return compare(opcode);
        } else {
            switch (opcode) {
                case POP -> out.pop();
                case JUMPDEST -> {}
                case 0x38 -> out.pushSmall(code.size);
                case 0x58 -> out.pushSmall(pc - 1);
                default -> out.operator(row);
            }
        }
        return false;
    }

    /** With a POP behind it, a SWAP is a move. */
    private void swap(int depth) {
        Instruction pop = rows[POP];
        if (pop != null && pc < code.size && opcodeAt(pc) == POP && out.isEmpty()) {
            account(pop);
            pc++;
            out.emit(Operation.word(Operation.MOVE, 0, depth, -1));
        } else {
            out.swap(depth);
        }
    }

    /** A comparison, with the jump that it decides where one follows. */
    private boolean compare(int opcode) {
        int at = pc;
        boolean isWanted = true;
        while (at < code.size && opcodeAt(at) == ISZERO) {
            isWanted = !isWanted;
            at++;
        }
        int bytes = opcodeAt(at) - 0x5f;
        boolean isJump = bytes >= 1 && bytes <= 3 && opcodeAt(at + 1 + bytes) == JUMPI;
        int target = 0;
        for (int i = 1; isJump && i <= bytes; i++) target = target << 8 | opcodeAt(at + i);
        if (!isJump || at + 1 + bytes >= code.size || !code.isJumpDestination(target)) {
            out.compare(opcode, false);
            return false;
        }
        for (; pc < at; pc++) accountAt(pc);
        accountAt(pc);
        pc += 1 + bytes;
        accountAt(pc);
        pc++;
        out.compare(opcode, true);
        condition(target, isWanted);
        return true;
    }

    private void accountAt(int at) {
        Instruction row = rows[opcodeAt(at)];
        if (row != null) account(row);
    }
}

package dev.lockstep.acceptance.fuzz;

import static dev.lockstep.acceptance.fuzz.Opcode.*;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;

/**
 * Writes programs that mostly run for a while: jumps go to destinations, loops end, the stack is as
 * high as it must be, calls go to somebody and precompiles get what they take. Now and then one of
 * that is not so.
 */
final class ProgramWriter {
    private static final int[] BINARY = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17,
        0x18, 0x1a, 0x1b, 0x1c, 0x1d
    };
    private static final int[] COMPARISONS = {0x10, 0x11, 0x12, 0x13, 0x14, ISZERO};

    /** What pushes a word and takes none. */
    private static final int[] PUSHING = {
        0x30,
        0x32,
        0x33,
        0x34,
        CALLDATASIZE,
        CODESIZE,
        0x3a,
        RETURNDATASIZE,
        0x41,
        0x42,
        0x43,
        0x44,
        0x45,
        0x46,
        0x47,
        0x48,
        0x4a,
        0x58,
        MSIZE,
        GAS,
        PUSH0
    };

    private static final int NESTING_MAX = 2;
    private static final int CODE_BYTES_MAX = 8000;

    private final RandomGenerator random;
    private final PrecompileInputs precompileInputs;
    private final Fork fork;
    private final List<Address> addresses;

    /** How deep init code may be within init code. */
    private final int creations;

    private byte[] code = new byte[256];
    private int size;
    private int height;

    /** Words under it are for what comes after the piece that is being written. */
    private int floor;

    /** Bytes that follow the program, and where the PUSH2 of their offset is. */
    private record Data(int at, Bytes bytes) {}

    private final List<Data> data = new ArrayList<>();

    ProgramWriter(
            RandomGenerator random,
            PrecompileInputs precompileInputs,
            Fork fork,
            List<Address> addresses,
            int creations) {
        this.random = random;
        this.precompileInputs = precompileInputs;
        this.fork = fork;
        this.addresses = addresses;
        this.creations = creations;
    }

    /** A program of about this many pieces. */
    Bytes program(int pieces) {
        for (int i = random.nextInt(4); i > 0; i--) constant();
        pieces(pieces, 0);
        end();
        return finished();
    }

    /** Init code: it does something, then deploys a program, or nothing. */
    private Bytes initCode() {
        pieces(random.nextInt(5), 0);
        if (random.nextInt(4) == 0) {
            end();
            return finished();
        }
        Bytes runtime =
                random.nextInt(10) == 0
                        ? randomBytes(random.nextInt(40))
                        : fresh().program(1 + random.nextInt(5));
        push(runtime.size());
        data(runtime);
        push(0);
        op(CODECOPY);
        push(runtime.size());
        push(0);
        op(RETURN);
        return finished();
    }

    private ProgramWriter fresh() {
        return new ProgramWriter(random, precompileInputs, fork, addresses, creations - 1);
    }

    private Bytes finished() {
        for (Data part : data) {
            patch(part.at, size);
            for (byte b : part.bytes.toArrayUnsafe()) write(b);
        }
        return Bytes.wrap(Arrays.copyOf(code, size));
    }

    /** Mostly answers with the words on top of the stack and all of memory. */
    private void end() {
        switch (random.nextInt(16)) {
            case 0 -> op(STOP);
            case 1 -> {
                address();
                op(SELFDESTRUCT);
            }
            case 2 -> op(INVALID);
            case 3 -> {}
            default -> {
                int words = Math.min(height, 8);
                for (int i = 0; i < words; i++) {
                    push(32 * i);
                    op(MSTORE);
                }
                op(MSIZE);
                push(0);
                op(random.nextInt(6) == 0 ? available(REVERT) : RETURN);
            }
        }
    }

    private void pieces(int count, int depth) {
        for (int i = 0; i < count && size < CODE_BYTES_MAX; i++) piece(depth);
    }

    private void piece(int depth) {
        switch (random.nextInt(35)) {
            case 0, 1, 2 -> constant();
            case 3, 4 -> dup();
            case 5, 6 -> swap();
            case 7, 8, 9, 10 -> binary();
            case 11 -> ternary();
            case 12 -> unary();
            case 13, 14 -> {
                op(available(PUSHING));
                height++;
            }
            case 15, 16, 17 -> memory();
            case 18 -> copy();
            case 19, 20, 21 -> storage();
            case 22, 23 -> branch(depth);
            case 24 -> loop(depth);
            case 25, 26, 27 -> call();
            case 28, 29 -> precompile();
            case 30 -> subroutine();
            case 31 -> create();
            case 32 -> account();
            case 33 -> mapping();
            default -> rare();
        }
    }

    // Bytes.

    private void write(int b) {
        if (size == code.length) code = Arrays.copyOf(code, 2 * size);
        code[size++] = (byte) b;
    }

    private void op(int opcode) {
        write(opcode);
    }

    /** One of these that the fork has; rarely one that it has not. */
    private int available(int... opcodes) {
        for (int tries = 0; tries < 20; tries++) {
            int opcode = opcodes[random.nextInt(opcodes.length)];
            if (fork.isAtLeast(Opcode.since(opcode)) || random.nextInt(200) == 0) return opcode;
        }
        return opcodes.length == 1 && opcodes[0] == REVERT ? RETURN : GAS;
    }

    private boolean has(int opcode) {
        return fork.isAtLeast(Opcode.since(opcode)) || random.nextInt(200) == 0;
    }

    private void push(int number) {
        if (number > 0xffff) {
            op(PUSH2 + 1);
            write(number >> 16);
            write(number >> 8);
        } else if (number > 0xff) {
            op(PUSH2);
            write(number >> 8);
        } else {
            op(PUSH1);
        }
        write(number);
    }

    private void push(Bytes bytes) {
        op(PUSH0 + bytes.size());
        for (byte b : bytes.toArrayUnsafe()) write(b);
    }

    private int hole() {
        op(PUSH2);
        write(0);
        write(0);
        return size - 2;
    }

    private void patch(int at, int number) {
        code[at] = (byte) (number >> 8);
        code[at + 1] = (byte) number;
    }

    /** Pushes the offset that these bytes will have in the code. */
    private void data(Bytes bytes) {
        data.add(new Data(hole(), bytes));
    }

    private Bytes randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Bytes.wrap(bytes);
    }

    // Words.

    private void need(int words) {
        while (height - floor < words) constant();
    }

    private void constant() {
        height++;
        int kind = random.nextInt(12);
        if (kind < 5) {
            push(random.nextInt(kind < 3 ? 5 : 300));
            return;
        }
        int bytes = random.nextInt(3) == 0 ? 32 : 1 + random.nextInt(32);
        MutableBytes word = MutableBytes.create(bytes);
        switch (kind) {
            case 5 -> word.fill((byte) 0xff);
            case 6 -> word.set(random.nextInt(bytes), (byte) (1 << random.nextInt(8)));
            case 7 -> {
                // A power of two less one.
                int from = random.nextInt(bytes);
                for (int i = from; i < bytes; i++) word.set(i, (byte) 0xff);
                word.set(from, (byte) (0xff >> random.nextInt(8)));
            }
            case 8 -> {
                // Minus something small.
                word.fill((byte) 0xff);
                word.set(bytes - 1, (byte) random.nextInt(256));
            }
            case 9 -> word.set(0, (byte) 0x80);
            default -> randomBytes(bytes).copyTo(word, 0);
        }
        push(word);
    }

    private void dup() {
        need(1);
        op(DUP1 + random.nextInt(Math.min(16, height)));
        height++;
    }

    private void swap() {
        need(2);
        op(SWAP1 + random.nextInt(Math.min(16, height - floor - 1)));
        if (random.nextInt(3) == 0) {
            op(POP);
            height--;
        }
    }

    private void binary() {
        need(2);
        switch (random.nextInt(4)) {
            case 0 -> constant();
            case 1 -> dup();
            case 2 -> {
                constant();
                dup();
            }
            default -> {}
        }
        if (random.nextInt(4) == 0) op(SWAP1);
        op(available(BINARY));
        height--;
    }

    private void ternary() {
        need(3);
        op(random.nextBoolean() ? 0x08 : 0x09);
        height -= 2;
    }

    private void unary() {
        need(1);
        if (random.nextBoolean()) dup();
        switch (random.nextInt(6)) {
            case 0 -> op(ISZERO);
            case 1 -> op(0x19);
            case 2 -> {
                if (has(0x1e)) op(0x1e);
            }
            case 3 -> {
                push(random.nextInt(random.nextInt(4) == 0 ? 70_000 : 20));
                if (random.nextBoolean()) op(SWAP1);
                op(EXP);
            }
            case 4 -> {
                push(random.nextInt(100));
                op(CALLDATALOAD);
                op(ADD);
            }
            default -> {
                if (has(0x49)) {
                    push(1);
                    op(AND);
                    op(0x49);
                }
            }
        }
    }

    // Memory.

    /** An offset: small as a rule, at times one that only the run knows, rarely out of reach. */
    private void offset() {
        switch (random.nextInt(60)) {
            case 0 -> push(60_000 + random.nextInt(1_000_000));
            case 1 -> push(randomBytes(1 + random.nextInt(32)));
            case 2, 3, 4, 5 -> {
                if (height == 0) {
                    push(7);
                } else {
                    op(DUP1);
                    push(255);
                    op(AND);
                }
            }
            default -> push(random.nextInt(300));
        }
    }

    private void memory() {
        need(1);
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                offset();
                op(random.nextInt(5) == 0 ? MSTORE8 : MSTORE);
                height--;
            }
            case 2 -> {
                need(2);
                dup();
                offset();
                op(MSTORE);
                height--;
            }
            case 3, 4 -> {
                offset();
                op(MLOAD);
                height++;
            }
            default -> {
                push(random.nextInt(200));
                offset();
                // The offset stands on the size where it was made of a copy.
                op(KECCAK256);
                height++;
            }
        }
    }

    private void copy() {
        int kind = available(CALLDATACOPY, CODECOPY, MCOPY, RETURNDATACOPY, EXTCODECOPY);
        if (kind == RETURNDATACOPY && random.nextInt(12) != 0) {
            op(RETURNDATASIZE);
            push(0);
        } else {
            push(random.nextInt(80));
            if (random.nextInt(20) == 0) push(randomBytes(1 + random.nextInt(32)));
            else push(random.nextInt(80));
        }
        push(random.nextInt(random.nextInt(60) == 0 ? 100_000 : 300));
        if (kind == EXTCODECOPY) address();
        op(kind);
    }

    // State.

    private void storage() {
        boolean isTransient = has(TLOAD) && random.nextInt(4) == 0;
        boolean isLoad = random.nextInt(5) < 2;
        if (!isLoad) need(1);
        if (!isLoad && random.nextBoolean()) {
            push(random.nextInt(3));
            height++;
        }
        push(random.nextInt(4));
        if (isLoad) {
            op(isTransient ? TLOAD : SLOAD);
            height++;
        } else {
            op(isTransient ? TSTORE : SSTORE);
            height--;
        }
    }

    /** A mapping, as compilers lay it out: its slot is the hash of the key and the place. */
    private void mapping() {
        boolean isLoad = random.nextBoolean();
        if (!isLoad) need(1);
        int at = 32 * random.nextInt(2);
        if (random.nextInt(3) == 0) op(0x33);
        else push(random.nextInt(4));
        push(at);
        op(MSTORE);
        push(random.nextInt(2));
        push(at + 32);
        op(MSTORE);
        push(64);
        push(at);
        op(KECCAK256);
        op(isLoad ? SLOAD : SSTORE);
        height += isLoad ? 1 : -1;
    }

    private void address() {
        switch (random.nextInt(12)) {
            case 0 -> op(0x30);
            case 1 ->
                    push(PrecompileInputs.NUMBERS[random.nextInt(PrecompileInputs.NUMBERS.length)]);
            case 2 -> push(randomBytes(20));
            case 3 -> op(0x41);
            case 4 -> op(0x32);
            default -> push(addresses.get(random.nextInt(addresses.size())).bytes());
        }
    }

    private void account() {
        address();
        op(available(BALANCE, EXTCODESIZE, EXTCODEHASH));
        height++;
        if (random.nextInt(4) == 0) {
            push(random.nextInt(3000));
            op(BLOCKHASH);
            height++;
        }
    }

    // Control.

    /** A condition jumps over some pieces, which leave the stack as it was. */
    private void branch(int depth) {
        need(2);
        int comparison = available(COMPARISONS);
        dup();
        int words = 1;
        if (random.nextInt(5) != 0) {
            if (comparison != ISZERO) {
                if (random.nextBoolean()) constant();
                else dup();
                words = 2;
            }
            op(comparison);
        }
        for (int i = random.nextInt(3); i > 0; i--) op(ISZERO);
        height -= words;
        int target = hole();
        op(JUMPI);
        if (depth < NESTING_MAX) level(random.nextInt(5), depth);
        land(target);
    }

    private void level(int count, int depth) {
        int floorBefore = floor;
        int before = height;
        floor = height;
        pieces(count, depth + 1);
        while (height > before) {
            op(POP);
            height--;
        }
        floor = floorBefore;
    }

    private void land(int hole) {
        // Rarely one byte too far, which is no destination as a rule.
        patch(hole, random.nextInt(150) == 0 ? size + 1 : size);
        op(JUMPDEST);
    }

    private void loop(int depth) {
        if (depth >= NESTING_MAX) return;
        push(1 + random.nextInt(random.nextInt(6) == 0 ? 200 : 12));
        height++;
        int start = size;
        op(JUMPDEST);
        level(1 + random.nextInt(4), depth);
        push(1);
        op(SWAP1);
        op(SUB);
        op(DUP1);
        push(start);
        op(JUMPI);
    }

    /** As compilers do: the place to return to on the stack, a jump there, a jump back. */
    private void subroutine() {
        int back = hole();
        int start = hole();
        op(JUMP);
        land(start);
        constant();
        op(DUP1 + random.nextInt(2));
        op(random.nextBoolean() ? ADD : 0x18);
        op(SWAP1);
        op(JUMP);
        land(back);
    }

    // Calls.

    private void call() {
        int kind = available(CALL, CALL, CALLCODE, DELEGATECALL, STATICCALL);
        range();
        range();
        if (kind == CALL || kind == CALLCODE) value();
        address();
        callGas();
        op(kind);
        height++;
        afterCall();
    }

    /** A size, then its offset. */
    private void range() {
        push(random.nextInt(4) == 0 ? 0 : random.nextInt(100));
        push(random.nextInt(random.nextInt(80) == 0 ? 500_000 : 160));
    }

    private void value() {
        switch (random.nextInt(20)) {
            case 0 -> push(randomBytes(1 + random.nextInt(32)));
            case 1, 2, 3, 4 -> push(1 + random.nextInt(300));
            default -> push(0);
        }
    }

    private void callGas() {
        switch (random.nextInt(12)) {
            case 0 -> push(0);
            case 1 -> push(randomBytes(1 + random.nextInt(32)));
            case 2, 3, 4 -> push(random.nextInt(60_000));
            default -> op(GAS);
        }
    }

    private void afterCall() {
        if (!has(RETURNDATASIZE) || random.nextInt(3) == 0) return;
        if (random.nextBoolean()) {
            op(RETURNDATASIZE);
            height++;
            return;
        }
        op(RETURNDATASIZE);
        push(0);
        push(random.nextInt(200));
        op(RETURNDATACOPY);
    }

    private void precompile() {
        int number = PrecompileInputs.NUMBERS[random.nextInt(PrecompileInputs.NUMBERS.length)];
        Bytes input = precompileInputs.next(number);
        int at = random.nextInt(64);
        push(input.size());
        data(input);
        push(at);
        op(CODECOPY);
        int kind = available(CALL, CALLCODE, DELEGATECALL, STATICCALL);
        push(random.nextInt(130));
        push(random.nextInt(600));
        push(input.size());
        push(at);
        if (kind == CALL || kind == CALLCODE) value();
        push(number);
        if (random.nextInt(4) == 0) callGas();
        else push(300_000);
        op(kind);
        height++;
        afterCall();
    }

    private void create() {
        if (creations == 0) return;
        Bytes init = fresh().initCode();
        int at = random.nextInt(64);
        push(init.size());
        data(init);
        push(at);
        op(CODECOPY);
        boolean isSalted = has(CREATE2) && random.nextBoolean();
        if (isSalted) push(random.nextInt(2));
        push(init.size());
        push(at);
        value();
        op(isSalted ? CREATE2 : CREATE);
        height++;
        if (random.nextInt(3) != 0) return;
        // Calls what was made, if it was.
        push(32);
        push(0);
        push(0);
        push(0);
        push(0);
        op(DUP1 + 5);
        op(GAS);
        op(CALL);
        height++;
    }

    private void rare() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> {
                int topics = random.nextInt(5);
                need(topics);
                push(random.nextInt(80));
                push(random.nextInt(80));
                op(LOG0 + topics);
                height -= topics;
            }
            case 3 -> {
                if (random.nextInt(4) == 0) op(random.nextInt(256));
            }
            case 4 -> {
                // Deep: the stack has to grow, sometimes over its limit.
                int words = random.nextInt(12) == 0 ? 1030 : 20 + random.nextInt(80);
                for (int i = 0; i < words; i++) op(CALLDATASIZE);
                height += words;
            }
            case 5 -> {
                // A jump anywhere.
                if (random.nextInt(4) == 0) {
                    push(random.nextInt(Math.max(1, size)));
                    op(JUMP);
                }
            }
            case 6 -> {
                for (int i = 0; i < 4; i++) op(JUMPDEST);
            }
            case 7 -> {
                if (random.nextInt(6) == 0) {
                    address();
                    op(SELFDESTRUCT);
                }
            }
            case 8 -> {
                if (random.nextInt(6) == 0) {
                    range();
                    op(available(REVERT));
                }
            }
            case 9 -> {
                if (random.nextInt(6) == 0) {
                    op(POP);
                    op(POP);
                    op(POP);
                    height = Math.max(floor, height - 3);
                }
            }
            default -> {
                op(GAS);
                height++;
            }
        }
    }
}

package dev.lockstep.evm;

import dev.lockstep.types.Fork;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.apache.tuweni.bytes.Bytes;

/**
 * Programs that mostly run for a while: jumps go to destinations, loops end, the stack is as high
 * as it must be. Now and then one of that is not so.
 */
final class RandomPrograms {
    private static final int[] BINARY = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16,
        0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d, 0x01, 0x02, 0x03, 0x16, 0x10, 0x11, 0x1b, 0x1c
    };
    private static final int[] UNARY = {0x15, 0x19, 0x1e, 0x15, 0x51, 0x54, 0x35, 0x31, 0x3b, 0x40};
    private static final int[] PUSHING = {
        0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x46, 0x47, 0x48, 0x58,
        0x59, 0x5a, 0x5f
    };
    private static final int[] COMPARISONS = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15};

    private static final int[] COMPARISONS_AND_SUMS = {0x01, 0x03, 0x10, 0x11, 0x14, 0x16, 0x18};

    private final RandomGenerator random;
    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final Fork fork;
    private int height;

    /** Words under it are for what comes after the piece that is being written. */
    private int floor;

    private RandomPrograms(RandomGenerator random, Fork fork) {
        this.random = random;
        this.fork = fork;
    }

    static Bytes next(RandomGenerator random, Fork fork) {
        RandomPrograms program = new RandomPrograms(random, fork);
        for (int i = random.nextInt(6); i >= 0; i--) program.constant();
        program.pieces(3 + random.nextInt(25), 0);
        program.answer();
        return Bytes.wrap(program.code.toByteArray());
    }

    /** The words on top of the stack and all of memory. */
    private void answer() {
        int words = Math.min(height, 12);
        for (int i = 0; i < words; i++) {
            push(32 * i);
            op(0x52);
        }
        op(0x59);
        push(0);
        op(random.nextInt(8) == 0 ? pick(new int[] {0xfd, 0xf3}) : 0xf3);
    }

    private void pieces(int count, int depth) {
        for (int i = 0; i < count; i++) piece(depth);
    }

    private void piece(int depth) {
        switch (random.nextInt(22)) {
            case 0, 1, 2 -> constant();
            case 3, 4 -> dup();
            case 5, 6 -> swap();
            case 7, 8, 9 -> binary();
            case 10 -> unary();
            case 11 -> {
                op(pick(PUSHING));
                height++;
            }
            case 12 -> {
                need(1);
                op(0x50);
                height--;
            }
            case 13, 14 -> memory();
            case 15 -> storage();
            case 16, 17 -> branch(depth);
            case 18 -> loop(depth);
            case 19 -> call();
            case 20 -> subroutine();
            default -> rare();
        }
    }

    private void op(int opcode) {
        code.write(opcode);
    }

    private int pick(int[] opcodes) {
        while (true) {
            int opcode = opcodes[random.nextInt(opcodes.length)];
            if (Instructions.of(fork)[opcode] != null || random.nextInt(100) == 0) return opcode;
        }
    }

    private void push(int number) {
        if (number < 256) {
            op(0x60);
        } else {
            op(0x61);
            op(number >> 8);
        }
        op(number & 0xff);
    }

    private void need(int words) {
        while (height - floor < words) constant();
    }

    private void constant() {
        int size = random.nextInt(3) == 0 ? 1 + random.nextInt(32) : 1;
        byte[] bytes = new byte[size];
        switch (random.nextInt(4)) {
            case 0 -> Arrays.fill(bytes, (byte) 0xff);
            case 1 -> bytes[0] = (byte) (1 << random.nextInt(8));
            case 2 -> bytes[size - 1] = (byte) random.nextInt(70);
            default -> random.nextBytes(bytes);
        }
        op(0x5f + size);
        code.writeBytes(bytes);
        height++;
    }

    private void dup() {
        need(1);
        op(0x80 + random.nextInt(Math.min(16, height)));
        height++;
    }

    private void swap() {
        need(2);
        op(0x90 + random.nextInt(Math.min(16, height - floor - 1)));
        if (random.nextInt(3) == 0) {
            op(0x50);
            height--;
        }
    }

    private void binary() {
        int opcode = pick(BINARY);
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
        if (random.nextInt(4) == 0) op(0x90);
        op(opcode);
        height--;
    }

    private void unary() {
        need(1);
        if (random.nextBoolean()) dup();
        op(pick(UNARY));
    }

    private void memory() {
        int address = random.nextInt(40) == 0 ? 60_000 : random.nextInt(300);
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                need(1);
                if (random.nextBoolean()) dup();
                push(address);
                op(random.nextInt(5) == 0 ? 0x53 : 0x52);
                height--;
            }
            case 2 -> {
                push(address);
                op(0x51);
                height++;
            }
            case 3 -> {
                push(random.nextInt(200));
                push(address);
                op(0x20);
                height++;
            }
            case 4 -> {
                // An address that only the run knows.
                need(1);
                push(255);
                op(0x16);
                op(0x51);
            }
            default -> {
                push(random.nextInt(80));
                push(random.nextInt(80));
                push(address);
                op(random.nextInt(12) == 0 ? 0x3e : pick(new int[] {0x37, 0x39, 0x5e}));
            }
        }
    }

    private void storage() {
        boolean isTransient = fork.isAtLeast(Fork.CANCUN) && random.nextInt(4) == 0;
        if (random.nextBoolean()) {
            need(1);
            push(random.nextInt(3));
            op(isTransient ? 0x5d : 0x55);
            height--;
        } else {
            push(random.nextInt(3));
            op(isTransient ? 0x5c : 0x54);
            height++;
        }
    }

    /** A condition jumps over some pieces; what they leave on the stack may differ. */
    private void branch(int depth) {
        need(2);
        int comparison = pick(COMPARISONS);
        if (random.nextInt(3) != 0) dup();
        else need(3);
        if (comparison != 0x15) {
            if (random.nextBoolean()) constant();
            else dup();
        }
        int words = comparison == 0x15 ? 1 : 2;
        if (random.nextInt(5) != 0) op(comparison);
        else words = 1;
        for (int i = random.nextInt(3); i > 0; i--) op(0x15);
        height -= words;
        int target = forward();
        op(0x57);
        if (depth < 3) level(random.nextInt(4), depth);
        land(target);
    }

    /** Pieces that leave the stack as it was. */
    private void level(int count, int depth) {
        int floorBefore = floor;
        int before = height;
        floor = height;
        pieces(count, depth + 1);
        while (height > before) {
            op(0x50);
            height--;
        }
        floor = floorBefore;
    }

    /** A PUSH2 whose number {@link #land} sets. */
    private int forward() {
        op(0x61);
        int at = code.size();
        op(0);
        op(0);
        return at;
    }

    private void land(int at) {
        int here = code.size();
        op(0x5b);
        byte[] bytes = code.toByteArray();
        // Rarely one byte too far, which is no destination as a rule.
        int target = random.nextInt(60) == 0 ? here + 1 : here;
        bytes[at] = (byte) (target >> 8);
        bytes[at + 1] = (byte) target;
        code.reset();
        code.writeBytes(bytes);
    }

    private void loop(int depth) {
        if (depth > 1) return;
        push(1 + random.nextInt(20));
        height++;
        int start = code.size();
        op(0x5b);
        level(1 + random.nextInt(4), depth);
        push(1);
        op(0x90);
        op(0x03);
        op(0x80);
        push(start);
        op(0x57);
    }

    private void call() {
        int kind = pick(new int[] {0xf1, 0xf2, 0xf4, 0xfa});
        push(random.nextInt(64));
        push(random.nextInt(64));
        push(random.nextInt(64));
        push(random.nextInt(64));
        if (kind == 0xf1 || kind == 0xf2) push(random.nextInt(3) == 0 ? 1 : 0);
        op(0x73);
        code.writeBytes(
                (random.nextInt(4) == 0 ? Scene.CONTRACT : Scene.OTHER).bytes().toArrayUnsafe());
        if (random.nextBoolean()) op(0x5a);
        else push(random.nextInt(60_000));
        op(kind);
        height++;
    }

    /** As compilers do: the place to return to on the stack, a jump there, a jump back. */
    private void subroutine() {
        int back = forward();
        int start = forward();
        op(0x56);
        land(start);
        constant();
        if (random.nextBoolean()) op(0x80 + random.nextInt(2));
        else op(0x80);
        op(pick(COMPARISONS_AND_SUMS));
        op(0x90);
        op(0x56);
        land(back);
    }

    private void rare() {
        switch (random.nextInt(12)) {
            case 0 -> {
                int logs = random.nextInt(5);
                need(logs);
                push(random.nextInt(50));
                push(random.nextInt(50));
                op(0xa0 + logs);
                height -= logs;
            }
            case 1 -> {
                // Init code that returns nothing, or what memory begins with.
                push(random.nextInt(40));
                push(0);
                push(random.nextInt(2));
                op(0xf0);
                height++;
            }
            case 2 -> {
                if (random.nextInt(4) == 0) op(random.nextInt(256));
            }
            case 3 -> {
                need(3);
                op(random.nextBoolean() ? 0x08 : 0x09);
                height -= 2;
            }
            case 4 -> {
                // Deep: the stack's array has to grow, sometimes over its limit.
                int words = random.nextInt(10) == 0 ? 1030 : 40 + random.nextInt(60);
                for (int i = 0; i < words; i++) op(0x36);
                height += words;
            }
            case 5 -> {
                // A jump into a PUSH, or far away.
                if (random.nextInt(4) == 0) {
                    push(random.nextInt(Math.max(1, code.size())));
                    op(0x56);
                }
            }
            case 6 -> {
                // Destinations in a row.
                for (int i = 0; i < 4; i++) op(0x5b);
            }
            default -> {
                op(0x5a);
                height++;
            }
        }
    }
}

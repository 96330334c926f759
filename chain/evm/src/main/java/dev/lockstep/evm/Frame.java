package dev.lockstep.evm;

import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Address;
import java.util.Arrays;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way: code, operand stack, memory, gas.
 *
 * <p>The interpreter holds {@code pc}, {@code sp} and {@code gas} in locals while it runs and
 * writes them back wherever somebody else may look.
 */
final class Frame {
    /** Calls within calls, at most. */
    static final int DEPTH_MAX = 1024;

    /** Words on an operand stack, at most. */
    static final int STACK_WORDS_MAX = 1024;

    /** Where {@code sp} stands on an empty stack. */
    static final int EMPTY_STACK = -U256.LIMBS;

    static final byte[] NO_BYTES = {};

    /** Gas for this much memory is more than any block has. */
    private static final long MEMORY_BYTES_MAX = 1L << 30;

    /** How the frame stands. */
    enum Exit {
        RUNNING,
        /** Waits for {@link Frame#child}. */
        CALLING,
        RETURNED,
        REVERTED,
        HALTED
    }

    /**
     * What a frame is given.
     *
     * @param self whose storage and balance it works on
     * @param codeAddress whose code runs
     * @param input call data; for a creation nothing, its init code is the code
     */
    record Message(
            FrameKind kind,
            Address caller,
            Address self,
            Address codeAddress,
            UInt256 value,
            Bytes input,
            boolean isStatic) {
        boolean isCreation() {
            return kind == FrameKind.CREATE || kind == FrameKind.CREATE2;
        }
    }

    final World world;
    private @Nullable JournalAccount self;
    final @Nullable Frame parent;
    final Message message;
    final Code code;
    final byte[] input;
    final int depth;
    final long gasGiven;

    int pc;
    int sp = EMPTY_STACK;
    long gas;
    long[] stack;

    /** The largest {@code sp} that the stack array holds; the array grows up to 1024 words. */
    int spMax;

    byte[] memory = NO_BYTES;

    /** A multiple of 32; what lies behind is not memory yet. */
    int memorySize;

    /** What the last call answered. */
    byte[] returnData = NO_BYTES;

    Exit exit = Exit.RUNNING;
    @Nullable HaltReason haltReason;
    byte[] output = NO_BYTES;

    @Nullable Frame child;

    /** Where in memory the child's output goes, and at most how much of it. */
    int outputOffset;

    int outputSize;

    /** The journal at the frame's beginning. */
    int checkpoint;

    Frame(World world, @Nullable Frame parent, Message message, Code code, long gas) {
        this.world = world;
        this.parent = parent;
        this.message = message;
        this.code = code;
        input = message.input().toArrayUnsafe();
        this.gas = gas;
        gasGiven = gas;
        depth = parent == null ? 0 : parent.depth + 1;
        stack = world.stack(depth);
        spMax = spMaxOf(stack);
    }

    /** The account whose storage it works on. */
    JournalAccount self() {
        JournalAccount account = self;
        if (account == null) {
            account = world.journal.account(message.self());
            self = account;
        }
        return account;
    }

    private static int spMaxOf(long[] stack) {
        return stack.length - U256.SLACK - U256.LIMBS;
    }

    static long[] newStack(int words) {
        return new long[words * U256.LIMBS + U256.SLACK];
    }

    boolean growStack() {
        int words = (spMax + U256.LIMBS) / U256.LIMBS;
        if (words == STACK_WORDS_MAX) return false;
        int grown = Math.min(STACK_WORDS_MAX, words * 4);
        stack = Arrays.copyOf(stack, grown * U256.LIMBS + U256.SLACK);
        spMax = spMaxOf(stack);
        world.keepStack(depth, stack);
        return true;
    }

    int stackWords() {
        return (sp - EMPTY_STACK) / U256.LIMBS;
    }

    /** Ends the frame exceptionally; answers the negative gas that instructions return for it. */
    long halt(HaltReason reason) {
        exit = Exit.HALTED;
        haltReason = reason;
        return -1;
    }

    /**
     * Makes [offset, offset + size) part of memory; nothing for a size of zero. Both may be clamped
     * words. Answers the gas left, negative where it does not suffice.
     */
    long expandMemory(long offset, long size, long gasLeft) {
        if (size == 0) return gasLeft;
        // The sum of clamped words would overflow.
        if (offset > MEMORY_BYTES_MAX || size > MEMORY_BYTES_MAX) return -1;
        long end = offset + size;
        if (end <= memorySize) return gasLeft;
        if (end > MEMORY_BYTES_MAX) return -1;
        long words = (end + 31) >> 5;
        long left = gasLeft - (memoryGas(words) - memoryGas(memorySize >> 5));
        if (left >= 0) grow((int) words << 5);
        return left;
    }

    private static long memoryGas(long words) {
        return 3 * words + words * words / 512;
    }

    private void grow(int size) {
        if (size > memory.length) memory = Arrays.copyOf(memory, Math.max(size, capacityAfter()));
        memorySize = size;
    }

    /** Doubling, within what an array can be. */
    private int capacityAfter() {
        return Math.min(Math.max(512, memory.length * 2), 1 << 30);
    }

    /** A copy of memory that is there already. */
    byte[] copyOfMemory(long offset, long size) {
        return size == 0
                ? NO_BYTES
                : Arrays.copyOfRange(memory, (int) offset, (int) (offset + size));
    }

    void push(long low) {
        sp += U256.LIMBS;
        U256.set(stack, sp, low);
    }
}

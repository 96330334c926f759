package dev.lockstep.evm;

import dev.lockstep.types.Address;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Watches an execution and cannot change it; absent in consensus. */
public interface Tracer {
    /** Watches nothing, and lets the fast interpreter run. */
    Tracer NONE = new Tracer() {};

    /** A frame begins; precompiles have one too. */
    default void onFrameEnter(FrameEntry frame) {}

    /** An instruction is about to run; an account without code has none. */
    default void onStep(Step step) {}

    /**
     * The instruction that was announced last has run; a frame that it calls has not begun.
     *
     * @param gasLeft to its frame; where it halts it, what there was before
     */
    default void onStepEnd(long gasLeft) {}

    /** The frame that was entered last and not left yet ends. */
    default void onFrameExit(FrameExit exit) {}

    /** How a frame came to be. */
    enum FrameKind {
        CALL,
        CALLCODE,
        DELEGATECALL,
        STATICCALL,
        CREATE,
        CREATE2
    }

    /**
     * A frame at its beginning.
     *
     * @param depth 0 for the transaction's own
     * @param self whose storage and balance it works on
     * @param codeAddress whose code runs; the new contract for a creation
     * @param input call data or init code
     */
    record FrameEntry(
            int depth,
            FrameKind kind,
            Address caller,
            Address self,
            Address codeAddress,
            UInt256 value,
            Bytes input,
            long gas) {}

    /**
     * A frame at its end.
     *
     * @param output returned data, revert data or deployed code
     * @param halt why it halted, or null
     */
    record FrameExit(
            int depth, boolean succeeded, long gasUsed, Bytes output, @Nullable HaltReason halt) {}

    /** The machine before an instruction; valid only inside {@link #onStep}. */
    interface Step {
        int depth();

        int pc();

        /** The instruction's byte. */
        int opcode();

        /** Its name, or INVALID where this fork has none. */
        String name();

        /** Before the instruction. */
        long gas();

        /** Gas to be refunded, so far. */
        long refund();

        /** The account whose storage is worked on. */
        Address self();

        int stackSize();

        /** A word of the stack, 0 for the top. */
        UInt256 stackWord(int fromTop);

        /**
         * @unit bytes, a multiple of 32
         */
        int memorySize();

        /** A copy of the memory. */
        Bytes memory();

        /** What the last call of this frame answered. */
        Bytes returnData();
    }
}

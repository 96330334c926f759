package dev.lockstep.evm;

import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** What a precompile answers. */
public sealed interface PrecompileResult {
    /**
     * Success.
     *
     * @param modelCall what was executed, where it was a model
     */
    record Output(Bytes bytes, @Nullable ModelCall modelCall) implements PrecompileResult {
        public Output(Bytes bytes) {
            this(bytes, null);
        }
    }

    /** As REVERT: with data, and the gas beyond the quote goes back to the caller. */
    record Reverted(Bytes bytes) implements PrecompileResult {}

    /** An exceptional halt: all gas given to the call is gone. */
    record Failed(String reason) implements PrecompileResult {}
}

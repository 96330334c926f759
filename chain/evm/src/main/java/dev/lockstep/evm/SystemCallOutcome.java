package dev.lockstep.evm;

import dev.lockstep.types.StateDiff;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What became of a call that the protocol itself makes.
 *
 * @param output what the contract returned, or null unless the call succeeded
 * @param diff empty unless the call succeeded
 */
public record SystemCallOutcome(Status status, @Nullable Bytes output, StateDiff diff) {
    /** How it ended; what a failure means for the block is for the block's rules to say. */
    public enum Status {
        SUCCEEDED,
        FAILED,
        NO_CODE
    }
}

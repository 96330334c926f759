package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Log;
import dev.lockstep.types.StateDiff;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** What became of a transaction. */
public sealed interface TransactionOutcome {
    /**
     * It ran, well or badly.
     *
     * @param succeeded whether it neither reverted nor halted
     * @param gasUsed after refunds
     * @param output returned or revert data; for a creation the deployed code
     * @param created the contract that it made, or null
     * @param halt why it halted, or null where it succeeded or reverted
     * @param modelCalls in order of execution, those of reverted frames too
     */
    record Executed(
            boolean succeeded,
            long gasUsed,
            List<Log> logs,
            Bytes output,
            @Nullable Address created,
            @Nullable HaltReason halt,
            List<ModelCall> modelCalls,
            StateDiff diff)
            implements TransactionOutcome {
        public Executed {
            logs = List.copyOf(logs);
            modelCalls = List.copyOf(modelCalls);
        }
    }

    /**
     * Nothing was executed and nothing changes.
     *
     * @param message names the value and what is allowed
     */
    record Refused(Refusal refusal, String message) implements TransactionOutcome, CallOutcome {}
}

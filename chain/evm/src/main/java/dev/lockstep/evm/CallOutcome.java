package dev.lockstep.evm;

import dev.lockstep.types.Log;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/** What became of a call; gas is with intrinsic gas and after refunds. */
public sealed interface CallOutcome
        permits CallOutcome.Succeeded,
                CallOutcome.Reverted,
                CallOutcome.Halted,
                TransactionOutcome.Refused {
    record Succeeded(Bytes output, long gasUsed, List<Log> logs, List<ModelCall> modelCalls)
            implements CallOutcome {
        public Succeeded {
            logs = List.copyOf(logs);
            modelCalls = List.copyOf(modelCalls);
        }
    }

    record Reverted(Bytes data, long gasUsed) implements CallOutcome {}

    record Halted(HaltReason reason, long gasUsed) implements CallOutcome {}
}

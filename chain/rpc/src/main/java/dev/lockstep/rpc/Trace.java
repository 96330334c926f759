package dev.lockstep.rpc;

import dev.lockstep.evm.Tracer;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;

/** A tracer whose findings are an answer. */
interface Trace extends Tracer {
    /** The answer, once the run has ended. */
    JsonNode answer(Run run);

    /**
     * How the whole run ended: frames know nothing of intrinsic gas and refunds.
     *
     * @param output returned or revert data; empty where it halted
     */
    record Run(long gasLimit, long gasUsed, boolean succeeded, Bytes output) {}
}

package dev.lockstep.ledger;

import dev.lockstep.evm.CallOutcome;

/** How much gas a call needs. */
public sealed interface GasEstimate {
    /** A gas limit with which the call was seen to succeed. */
    record Enough(long gasLimit) implements GasEstimate {}

    /**
     * The call fails however much gas it has.
     *
     * @param gasLimit the most that was tried
     */
    record Fails(CallOutcome outcome, long gasLimit) implements GasEstimate {}
}

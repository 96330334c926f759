package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;

/**
 * What is settled before a height begins.
 *
 * @param height of the block to agree on
 * @param parentHash the block that it follows
 * @param parentProposer that block's coinbase
 * @param parentTimestamp @unit seconds since 1970
 * @param validators who decide
 * @param timing how long they wait
 */
public record HeightContext(
        long height,
        Hash parentHash,
        Address parentProposer,
        long parentTimestamp,
        ValidatorSet validators,
        Timing timing) {

    /**
     * @param blockPeriodMillis least time between two blocks
     * @param emptyBlockPeriodMillis how long a block without transactions is put off, counted from
     *     the parent; 0 where it is not
     * @param requestTimeoutMillis how long round 0 may take; each further round twice as long
     * @param requestTimeoutMillisMax but never longer than this
     */
    public record Timing(
            long blockPeriodMillis,
            long emptyBlockPeriodMillis,
            long requestTimeoutMillis,
            long requestTimeoutMillisMax) {
        long timeoutMillis(long round) {
            // 2^20 seconds are twelve days: no shift can overflow below that.
            long doubled = requestTimeoutMillis << Math.min(round, 20);
            return Math.min(doubled, requestTimeoutMillisMax);
        }
    }

    /** When the block may be proposed. @unit milliseconds since 1970 */
    public long blockTimeMillis() {
        return parentTimestamp * 1000 + timing.blockPeriodMillis;
    }

    public Address proposer(long round) {
        return ProposerRotation.proposer(validators, parentProposer, round);
    }
}

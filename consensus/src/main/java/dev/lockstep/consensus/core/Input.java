package dev.lockstep.consensus.core;

import dev.lockstep.types.Block;
import dev.lockstep.types.Hash;

/** What can happen to a validator that works on a height. */
public sealed interface Input {
    /** A message of this height came in; its signatures are checked, nothing else. */
    record Received(Message message) implements Input {}

    /**
     * The block timer ran out.
     *
     * @param nowMillis the clock, so that the next time can be told
     * @param hasTransactions whether a block built now would not be empty
     */
    record BlockTimer(long nowMillis, boolean hasTransactions) implements Input {}

    /** The timer of a round ran out. */
    record RoundTimer(long round) implements Input {}

    /** The block that was asked for, for this round. */
    record BlockBuilt(long round, Block block) implements Input {}

    /**
     * The answer to a request to check.
     *
     * @param blockHash which block
     */
    record BlockChecked(Hash blockHash, Opinion opinion) implements Input {}

    /** Time to say again what was said: it may have been lost. */
    record Resend() implements Input {}

    /** What this machine thinks of a block. */
    enum Opinion {
        VALID,
        INVALID,
        /** It can't tell, for lack of a parent, a model or a disk: it does not vote. */
        UNDECIDED
    }
}

package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;

/** What a validator has to do, in this order. */
public sealed interface Output {
    /** Must be on disk before anything after it is done. */
    record Persist(LogEntry entry) implements Output {}

    /** To all other validators. */
    record Broadcast(Message message) implements Output {}

    /** Instead of any block timer that runs. @unit milliseconds since 1970 */
    record StartBlockTimer(long atMillis) implements Output {}

    /** Instead of any round timer that runs. */
    record StartRoundTimer(long round, long timeoutMillis) implements Output {}

    /** Build a block for this round; answered by {@link Input.BlockBuilt}. */
    record RequestBlock(long round) implements Output {}

    /** Execute this block; answered by {@link Input.BlockChecked}. */
    record RequestCheck(Candidate candidate) implements Output {}

    /** It is final: a quorum of seals is in it. */
    record Decide(Block block) implements Output {}

    /** For whoever looks on: a new round began. */
    record RoundStarted(long round, Address proposer) implements Output {}

    /** For whoever looks on: a message that did not count, and why. */
    record Refused(Message message, String reason) implements Output {}
}

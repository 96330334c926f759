package dev.lockstep.consensus.engine;

import dev.lockstep.types.Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a validator stands, for people.
 *
 * @param height that is being agreed on
 * @param isValidator whether this node takes part in it
 * @param round -1 before the time for the block has come
 * @param proposer of this round, or null before it
 * @param hasProposal whether there is a block that this node found valid
 * @param prepared who prepared it
 * @param committed who sealed it
 * @param missing who did not say what the round waits for
 * @param waitingMillis for how long this round lasts
 */
public record ConsensusStatus(
        long height,
        boolean isValidator,
        long round,
        @Nullable Address proposer,
        boolean hasProposal,
        List<Address> prepared,
        List<Address> committed,
        List<Address> missing,
        long waitingMillis) {
    public ConsensusStatus {
        prepared = List.copyOf(prepared);
        committed = List.copyOf(committed);
        missing = List.copyOf(missing);
    }

    /** What is waited for, in a line. */
    public String explanation() {
        if (!isValidator) return "this node is no validator at height " + height;
        if (round < 0) return "height " + height + ": before the time for a block";
        String place = "height " + height + ", round " + round + ": ";
        if (!hasProposal) return place + "no proposal from " + proposer;
        String step = committed.isEmpty() ? "prepares" : "commits";
        return place + step + " are missing from " + missing;
    }
}

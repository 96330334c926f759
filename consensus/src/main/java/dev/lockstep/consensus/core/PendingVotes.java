package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whom this validator wants added and removed. Each stays until it is withdrawn, so that it is cast
 * again after an epoch, and against whoever is added again.
 */
public final class PendingVotes {
    private final TreeMap<Address, Boolean> votes = new TreeMap<>();

    /** Instead of any other vote about the same address. */
    public synchronized void propose(Address recipient, boolean add) {
        votes.put(recipient, add);
    }

    public synchronized void discard(Address recipient) {
        votes.remove(recipient);
    }

    /** True to add, by address. */
    public synchronized SortedMap<Address, Boolean> all() {
        return Collections.unmodifiableSortedMap(new TreeMap<>(votes));
    }

    /**
     * The vote for the block after this tally: the first that would change it; null where none. One
     * that was cast waits for the others to agree, and the next block has the next.
     */
    public synchronized @Nullable Vote next(Address self, VoteTally tally) {
        for (Map.Entry<Address, Boolean> entry : votes.entrySet()) {
            Vote vote = new Vote(entry.getKey(), entry.getValue());
            boolean isOpen = tally.validators().contains(vote.recipient()) != vote.add();
            boolean isReversed = tally.hasVoted(self, new Vote(vote.recipient(), !vote.add()));
            boolean isUseful = (isOpen && !tally.hasVoted(self, vote)) || isReversed;
            if (isUseful && !tally.leavesNobody(self, vote)) return vote;
        }
        return null;
    }
}

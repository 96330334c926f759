package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.QbftExtraData.Vote;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The validators after a block, and the votes for and against that have not been carried yet. A
 * block's vote is its proposer's; more than half of the validators carry one.
 *
 * @param votes by recipient, then by voter: the last word of each, true to add
 * @source EEA QBFT specification, section 5.5; what Besu counts where that leaves room
 */
public record VoteTally(
        ValidatorSet validators, SortedMap<Address, SortedMap<Address, Boolean>> votes) {

    /** Without any vote. */
    public static VoteTally of(ValidatorSet validators) {
        return new VoteTally(validators, Collections.emptySortedMap());
    }

    /**
     * After one more vote. What is carried holds from the next block on. Only the recipient's votes
     * are counted: others that a smaller set of validators would carry wait for their next one. A
     * vote that would leave nobody has no effect; {@link QbftRules} refuses it.
     *
     * @param voter who proposed the block; a validator
     */
    public VoteTally plus(Address voter, Vote vote) {
        if (leavesNobody(voter, vote)) return this;
        Address recipient = vote.recipient();
        TreeMap<Address, SortedMap<Address, Boolean>> left = new TreeMap<>(votes);
        SortedMap<Address, Boolean> about = about(voter, vote);
        TreeSet<Address> members = members(recipient, about);
        if (isCarried(about, true) || isCarried(about, false)) left.remove(recipient);
        else left.put(recipient, Collections.unmodifiableSortedMap(about));
        // One that was removed has no say any more.
        if (isCarried(about, false)) left.replaceAll((_, by) -> without(recipient, by));
        return new VoteTally(ValidatorSet.of(members), Collections.unmodifiableSortedMap(left));
    }

    /** Whether this vote would remove the last validator. */
    public boolean leavesNobody(Address voter, Vote vote) {
        return members(vote.recipient(), about(voter, vote)).isEmpty();
    }

    /** Whether this voter's last word about the recipient is this, and not carried yet. */
    public boolean hasVoted(Address voter, Vote vote) {
        Boolean last = votes.getOrDefault(vote.recipient(), none()).get(voter);
        return last != null && last == vote.add();
    }

    private SortedMap<Address, Boolean> about(Address voter, Vote vote) {
        TreeMap<Address, Boolean> about =
                new TreeMap<>(votes.getOrDefault(vote.recipient(), none()));
        about.put(voter, vote.add());
        return about;
    }

    private TreeSet<Address> members(Address recipient, SortedMap<Address, Boolean> about) {
        TreeSet<Address> members = new TreeSet<>(validators.addresses());
        if (isCarried(about, true)) members.add(recipient);
        if (isCarried(about, false)) members.remove(recipient);
        return members;
    }

    private boolean isCarried(SortedMap<Address, Boolean> about, boolean add) {
        return count(about.values(), add) > validators.size() / 2;
    }

    private static int count(Collection<Boolean> votes, boolean add) {
        int count = 0;
        for (boolean vote : votes) if (vote == add) count++;
        return count;
    }

    private static SortedMap<Address, Boolean> without(
            Address voter, SortedMap<Address, Boolean> votes) {
        if (!votes.containsKey(voter)) return votes;
        TreeMap<Address, Boolean> rest = new TreeMap<>(votes);
        rest.remove(voter);
        return Collections.unmodifiableSortedMap(rest);
    }

    private static SortedMap<Address, Boolean> none() {
        return Collections.emptySortedMap();
    }
}

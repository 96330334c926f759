package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.HeightContext;
import dev.lockstep.consensus.core.QbftState;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.types.Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where this node stands, for people.
 *
 * @param height that is being agreed on
 * @param validators who decide on it; none where they cannot be told
 * @param step what it waits for
 * @param round -1 before the time for the block has come, or where this node takes no part
 * @param proposer of this round, or null before it
 * @param prepared who prepared its block
 * @param committed who sealed it
 * @param roundChanges who asked for which round, this one or a later
 * @param missing who did not say yet what is waited for
 * @param waitingMillis for how long this round lasts
 * @param reason what is waited for, in a line
 */
public record ConsensusStatus(
        long height,
        List<Address> validators,
        Step step,
        long round,
        @Nullable Address proposer,
        List<Address> prepared,
        List<Address> committed,
        SortedMap<Address, Long> roundChanges,
        List<Address> missing,
        long waitingMillis,
        String reason) {

    /** What a node waits for. */
    public enum Step {
        /** Blocks of others: it is no validator. */
        FOLLOWING,
        /** People: nobody can decide on the next block. */
        STUCK,
        /** The time for the block. */
        BLOCK_TIME,
        /** A quorum of round changes, which entitle the proposer. */
        ROUND_CHANGES,
        /** The proposer's block; where that is this node, it builds it. */
        PROPOSAL,
        /** This node, which executes the proposed block. */
        EXECUTION,
        PREPARES,
        COMMITS,
        /** This node, which stores the final block. */
        STORING
    }

    public ConsensusStatus {
        validators = List.copyOf(validators);
        prepared = List.copyOf(prepared);
        committed = List.copyOf(committed);
        roundChanges = Collections.unmodifiableSortedMap(new TreeMap<>(roundChanges));
        missing = List.copyOf(missing);
    }

    /** How many validators must agree; 0 where there are none. */
    public int quorum() {
        return validators.isEmpty() ? 0 : ValidatorSet.of(validators).quorum();
    }

    static ConsensusStatus stuck(long height, String reason) {
        return outside(
                height,
                List.of(),
                Step.STUCK,
                "height " + height + " has no validators, so nobody can propose: " + reason);
    }

    static ConsensusStatus following(HeightContext context) {
        return outside(
                context.height(),
                context.validators().addresses(),
                Step.FOLLOWING,
                "this node is no validator at height " + context.height());
    }

    private static ConsensusStatus outside(
            long height, List<Address> validators, Step step, String reason) {
        return new ConsensusStatus(
                height,
                validators,
                step,
                QbftState.NO_ROUND,
                null,
                List.of(),
                List.of(),
                Collections.emptySortedMap(),
                List.of(),
                0,
                reason);
    }

    static ConsensusStatus of(QbftState state) {
        HeightContext context = state.context();
        ValidatorSet validators = context.validators();
        boolean hasBegun = state.round() != QbftState.NO_ROUND;
        Address proposer = hasBegun ? context.proposer(state.round()) : null;
        SortedMap<Address, Long> roundChanges = new TreeMap<>();
        state.roundChanges().forEach((author, change) -> roundChanges.put(author, change.round()));
        List<Address> prepared = state.prepared();
        List<Address> committed = state.committed();
        Step step = step(state, hasBegun, roundChanges, prepared);
        List<Address> missing =
                switch (step) {
                    case FOLLOWING, STUCK, BLOCK_TIME, STORING -> List.of();
                    case EXECUTION -> List.of(state.self());
                    case PROPOSAL -> proposer == null ? List.of() : List.of(proposer);
                    case ROUND_CHANGES -> without(validators, roundChanges.keySet());
                    case PREPARES -> without(validators, prepared);
                    case COMMITS -> without(validators, committed);
                };
        String place = "height " + context.height();
        if (hasBegun) place += ", round " + state.round();
        return new ConsensusStatus(
                context.height(),
                validators.addresses(),
                step,
                state.round(),
                proposer,
                prepared,
                committed,
                roundChanges,
                missing,
                0,
                place + ": " + reason(step, state, missing));
    }

    private static Step step(
            QbftState state,
            boolean hasBegun,
            SortedMap<Address, Long> roundChanges,
            List<Address> prepared) {
        int quorum = state.context().validators().quorum();
        if (state.isDecided()) return Step.STORING;
        if (!hasBegun) return Step.BLOCK_TIME;
        if (state.proposal() != null) {
            return prepared.size() < quorum ? Step.PREPARES : Step.COMMITS;
        }
        if (!state.proposals().isEmpty()) return Step.EXECUTION;
        return state.round() > 0 && roundChanges.size() < quorum
                ? Step.ROUND_CHANGES
                : Step.PROPOSAL;
    }

    private static String reason(Step step, QbftState state, List<Address> missing) {
        ValidatorSet validators = state.context().validators();
        int quorum = validators.quorum();
        int there = validators.size() - missing.size();
        String counted = "%s, %d of %d needed; missing are ";
        return switch (step) {
            case FOLLOWING, STUCK -> throw new IllegalArgumentException("without a state: " + step);
            case BLOCK_TIME -> "before the time for a block";
            case EXECUTION -> "the proposed block is being executed here";
            case STORING -> "the final block is being stored";
            case PROPOSAL ->
                    missing.contains(state.self())
                            ? "this node's own block is being built"
                            : "no proposal from " + names(missing);
            case ROUND_CHANGES ->
                    counted.formatted("round changes", there, quorum) + names(missing);
            case PREPARES -> counted.formatted("prepares", there, quorum) + names(missing);
            case COMMITS -> counted.formatted("commits", there, quorum) + names(missing);
        };
    }

    private static List<Address> without(ValidatorSet validators, Collection<Address> there) {
        List<Address> missing = new ArrayList<>(validators.addresses());
        missing.removeAll(there);
        return missing;
    }

    private static String names(Collection<Address> addresses) {
        return addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
    }

    ConsensusStatus waiting(long millis) {
        return new ConsensusStatus(
                height,
                validators,
                step,
                round,
                proposer,
                prepared,
                committed,
                roundChanges,
                missing,
                millis,
                reason);
    }

    public boolean isValidator() {
        return step != Step.FOLLOWING && step != Step.STUCK;
    }
}

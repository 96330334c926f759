package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a validator stands on one height. Immutable; {@link Qbft} makes the next one.
 *
 * @param self which of the validators
 * @param round the present one; -1 before the block timer ran out
 * @param proposal what was proposed in this round and found valid
 * @param lock what was prepared in the highest round so far
 * @param isDecided whether a quorum sealed; nothing counts after that
 * @param requestedRound for which a block was asked for last; -1 where for none
 * @param roundChanges the highest of each validator, justified
 * @param proposals the highest of each proposer, justified, its block not checked yet
 * @param validBlocks that were executed and agree
 * @param said in this round, to be said again
 */
public record QbftState(
        HeightContext context,
        Address self,
        long round,
        @Nullable Candidate proposal,
        @Nullable PreparedCertificate lock,
        boolean isDecided,
        long requestedRound,
        Votes<Payload.Prepare> prepares,
        Votes<Payload.Commit> commits,
        SortedMap<Address, Message.RoundChange> roundChanges,
        SortedMap<Address, Message.Proposal> proposals,
        Set<Hash> validBlocks,
        List<Message> said) {

    /** Before the block timer of its height. */
    public static final long NO_ROUND = -1;

    /** Who prepared what is proposed in this round. */
    public List<Address> prepared() {
        Candidate candidate = proposal;
        if (candidate == null) return List.of();
        return prepares.in(round).stream()
                .filter(vote -> vote.payload().digest().equals(candidate.digest()))
                .map(Signed::author)
                .toList();
    }

    /** Who sealed what is proposed in this round. */
    public List<Address> committed() {
        Candidate candidate = proposal;
        if (candidate == null) return List.of();
        return commits.in(round).stream()
                .filter(vote -> vote.payload().digest().equals(candidate.digest()))
                .map(Signed::author)
                .toList();
    }
}

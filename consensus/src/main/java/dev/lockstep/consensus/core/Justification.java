package dev.lockstep.consensus.core;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a message carries what entitles its author to send it. Each answers with the reason
 * against it, or nothing.
 *
 * @source EEA QBFT specification, section 5.2; dafny isValidProposalJustification, validRoundChange
 */
final class Justification {
    /** No honest network gets there; further rounds are refused, so that counters stay small. */
    static final long ROUND_MAX = 1000;

    private Justification() {}

    /** Of a proposal whose height is the context's. */
    static Optional<String> against(HeightContext context, Message.Proposal proposal) {
        Payload.Proposal said = proposal.signed().payload();
        long round = said.round();
        if (round > ROUND_MAX)
            return no("round %d, at most %d is allowed".formatted(round, ROUND_MAX));
        Address proposer = context.proposer(round);
        if (!proposal.author().equals(proposer)) {
            return no("round %d is the turn of %s".formatted(round, proposer));
        }
        Candidate candidate;
        try {
            candidate = Candidate.of(said.block());
        } catch (RlpException malformed) {
            return no("its block is not QBFT's: %s".formatted(malformed.getMessage()));
        }
        if (candidate.round() != round) {
            return no("its block names round %d, not %d".formatted(candidate.round(), round));
        }
        if (said.block().header().number() != context.height()) {
            return no("its block has number %d".formatted(said.block().header().number()));
        }
        if (!said.block().header().parentHash().equals(context.parentHash())) {
            return no("its block follows %s".formatted(said.block().header().parentHash()));
        }
        if (round == 0) {
            if (!proposal.roundChanges().isEmpty() || !proposal.prepares().isEmpty()) {
                return no("round 0 needs no justification, and has one");
            }
            return newBlock(proposal);
        }
        return changedRound(context, proposal, candidate);
    }

    private static Optional<String> changedRound(
            HeightContext context, Message.Proposal proposal, Candidate candidate) {
        List<Signed<Payload.RoundChange>> changes = proposal.roundChanges();
        Optional<String> fault = quorum(context.validators(), changes, "round changes");
        if (fault.isPresent()) return fault;
        Payload.@Nullable Prepared highest = null;
        Map<Long, Hash> digests = new HashMap<>();
        for (Signed<Payload.RoundChange> change : changes) {
            Payload.RoundChange said = change.payload();
            if (said.height() != context.height() || said.round() != candidate.round()) {
                return no(
                        "a round change to height %d, round %d"
                                .formatted(said.height(), said.round()));
            }
            Payload.Prepared prepared = said.prepared();
            if (prepared == null) continue;
            if (prepared.round() >= said.round()) {
                return no("a round change names round %d as prepared".formatted(prepared.round()));
            }
            Hash other = digests.putIfAbsent(prepared.round(), prepared.digest());
            if (other != null && !other.equals(prepared.digest())) {
                return no("two blocks prepared in round %d".formatted(prepared.round()));
            }
            if (highest == null || prepared.round() > highest.round()) highest = prepared;
        }
        if (highest == null) {
            if (!proposal.prepares().isEmpty()) return no("prepares, where none was prepared");
            return newBlock(proposal);
        }
        if (!candidate.inRound(highest.round()).digest().equals(highest.digest())) {
            return no("another block than the one prepared in round %d".formatted(highest.round()));
        }
        return prepared(context, proposal.prepares(), highest);
    }

    private static Optional<String> newBlock(Message.Proposal proposal) {
        Address coinbase = proposal.signed().payload().block().header().coinbase();
        if (coinbase.equals(proposal.author())) return Optional.empty();
        return no("a new block with coinbase %s".formatted(coinbase));
    }

    /** Of a round change whose height is the context's. */
    static Optional<String> against(HeightContext context, Message.RoundChange change) {
        Payload.RoundChange said = change.signed().payload();
        if (said.round() < 1 || said.round() > ROUND_MAX) {
            return no("round %d, from 1 to %d are allowed".formatted(said.round(), ROUND_MAX));
        }
        Payload.Prepared prepared = said.prepared();
        if (prepared == null) {
            return change.block() == null ? Optional.empty() : no("a block that it does not name");
        }
        if (prepared.round() >= said.round()) {
            return no("it names round %d as prepared".formatted(prepared.round()));
        }
        if (change.block() == null) return no("no block, but it names one");
        try {
            Candidate candidate = Candidate.of(change.block());
            if (!candidate.digest().equals(prepared.digest())) {
                return no("another block than the one that it names");
            }
        } catch (RlpException malformed) {
            return no("its block is not QBFT's: %s".formatted(malformed.getMessage()));
        }
        return prepared(context, change.prepares(), prepared);
    }

    private static Optional<String> prepared(
            HeightContext context,
            List<Signed<Payload.Prepare>> prepares,
            Payload.Prepared prepared) {
        Payload.Prepare expected =
                new Payload.Prepare(context.height(), prepared.round(), prepared.digest());
        for (Signed<Payload.Prepare> prepare : prepares) {
            if (!prepare.payload().equals(expected)) {
                return no("a prepare of something else than round %d".formatted(prepared.round()));
            }
        }
        return quorum(context.validators(), prepares, "prepares");
    }

    private static Optional<String> quorum(
            ValidatorSet validators, Collection<? extends Signed<?>> votes, String what) {
        TreeSet<Address> authors = new TreeSet<>();
        for (Signed<?> vote : votes) {
            if (!validators.contains(vote.author())) {
                return no("%s by %s, which is no validator".formatted(what, vote.author()));
            }
            if (!authors.add(vote.author()))
                return no("two %s by %s".formatted(what, vote.author()));
        }
        if (authors.size() >= validators.quorum()) return Optional.empty();
        return no(
                "%d %s, at least %d are needed"
                        .formatted(authors.size(), what, validators.quorum()));
    }

    private static Optional<String> no(String reason) {
        return Optional.of(reason);
    }
}

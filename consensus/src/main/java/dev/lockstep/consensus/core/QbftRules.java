package dev.lockstep.consensus.core;

import dev.lockstep.consensus.core.HeaderFault.Rule;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What QBFT asks of a header, given its parent's and who decides on it. Hash, number, gas and fees
 * are the ledger's.
 *
 * @param blockPeriodSeconds least time between two blocks; 0 where a block may follow at once
 * @param selection who decides on the block after the parent
 * @source EEA QBFT specification, section 5.3
 */
public record QbftRules(long blockPeriodSeconds, Selection selection) {
    private static final Bytes NONCE = Bytes.wrap(new byte[8]);

    public QbftRules {
        if (blockPeriodSeconds < 0) {
            throw new IllegalArgumentException(
                    "a block period of " + blockPeriodSeconds + " s, at least 0 is allowed");
        }
    }

    /** All rules, seals included: for a block that claims to be final. */
    public Optional<HeaderFault> check(BlockHeader header, BlockHeader parent) {
        Optional<HeaderFault> fault = checkUnsealed(header, parent);
        return fault.isPresent() ? fault : CommitSeals.check(header, selection.validators());
    }

    /** All rules but those of seals: for a block that is only proposed. */
    public Optional<HeaderFault> checkUnsealed(BlockHeader header, BlockHeader parent) {
        QbftExtraData extraData;
        try {
            extraData = QbftExtraData.decode(header.extraData());
        } catch (RlpException malformed) {
            return fault(
                    Rule.EXTRA_DATA,
                    "extra data is not [vanity, validators, vote, round, seals]: "
                            + malformed.getMessage());
        }
        Optional<HeaderFault> fault = checkConstants(header);
        if (fault.isPresent()) return fault;
        fault = checkVote(header.coinbase(), extraData.vote());
        if (fault.isPresent()) return fault;
        if (!extraData.validators().equals(selection.named())) {
            return fault(
                    Rule.VALIDATORS,
                    "validators " + extraData.validators() + ", allowed " + allowed());
        }
        return checkPlace(header, parent);
    }

    private static Optional<HeaderFault> checkConstants(BlockHeader header) {
        if (!header.mixHash().equals(QbftExtraData.MIX_HASH)) {
            return fault(
                    Rule.MIX_HASH,
                    "mix hash " + header.mixHash() + ", always " + QbftExtraData.MIX_HASH);
        }
        if (!header.difficulty().equals(UInt256.ONE)) {
            return fault(
                    Rule.DIFFICULTY,
                    "difficulty " + header.difficulty().toDecimalString() + ", always 1");
        }
        if (!header.nonce().equals(NONCE)) {
            return fault(Rule.NONCE, "nonce " + header.nonce() + ", always " + NONCE);
        }
        if (!header.ommersHash().equals(Hash.EMPTY_LIST)) {
            return fault(
                    Rule.OMMERS,
                    "ommers hash " + header.ommersHash() + ", always that of no ommers");
        }
        return Optional.empty();
    }

    private Optional<HeaderFault> checkVote(Address proposer, QbftExtraData.@Nullable Vote vote) {
        if (vote == null) return Optional.empty();
        String found = "a vote to " + (vote.add() ? "add " : "drop ") + vote.recipient();
        return switch (selection) {
            case Selection.ByContract _ ->
                    fault(
                            Rule.VOTE,
                            found + "; none is allowed where a contract keeps the validators");
            case Selection.ByVotes(VoteTally tally, boolean isEpochBlock) ->
                    !isEpochBlock && tally.leavesNobody(proposer, vote)
                            ? fault(Rule.VOTE, found + ", the last validator; one has to stay")
                            : Optional.empty();
        };
    }

    private String allowed() {
        return switch (selection) {
            case Selection.ByContract _ -> "are none, since a contract keeps them";
            case Selection.ByVotes _ ->
                    "are those that the votes so far give: " + selection.named();
        };
    }

    private Optional<HeaderFault> checkPlace(BlockHeader header, BlockHeader parent) {
        if (!selection.validators().contains(header.coinbase())) {
            return fault(
                    Rule.COINBASE,
                    "coinbase "
                            + header.coinbase()
                            + " is none of the validators "
                            + selection.validators().addresses());
        }
        // Both are in [0, 2^63), so the difference does not overflow.
        if (header.timestamp() - parent.timestamp() < blockPeriodSeconds) {
            return fault(
                    Rule.TIMESTAMP,
                    "timestamp "
                            + header.timestamp()
                            + ", at least "
                            + blockPeriodSeconds
                            + " s after the parent's "
                            + parent.timestamp()
                            + " is allowed");
        }
        return Optional.empty();
    }

    private static Optional<HeaderFault> fault(Rule rule, String message) {
        return Optional.of(new HeaderFault(rule, message));
    }
}

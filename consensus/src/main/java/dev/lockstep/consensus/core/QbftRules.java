package dev.lockstep.consensus.core;

import dev.lockstep.consensus.core.HeaderFault.Rule;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import java.util.List;
import java.util.Optional;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * What QBFT asks of a header, given its parent's. Hash, number, gas and fees are the ledger's.
 *
 * <p>The validators are those of the parent: nothing changes them yet, so a header with a vote is
 * refused, and so is a chain whose validators are kept by a contract.
 *
 * @param blockPeriodSeconds least time between two blocks; 0 where a block may follow at once
 * @source EEA QBFT specification, section 5.3
 */
public record QbftRules(long blockPeriodSeconds) {
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
        return fault.isPresent() ? fault : CommitSeals.check(header, validatorsAfter(parent));
    }

    /** All rules but those of seals: for a block that is only proposed. */
    public Optional<HeaderFault> checkUnsealed(BlockHeader header, BlockHeader parent) {
        QbftExtraData extraData;
        QbftExtraData parentExtraData;
        try {
            extraData = QbftExtraData.decode(header.extraData());
            parentExtraData = QbftExtraData.decode(parent.extraData());
        } catch (RlpException malformed) {
            return fault(
                    Rule.EXTRA_DATA,
                    "extra data is not [vanity, validators, vote, round, seals]: "
                            + malformed.getMessage());
        }
        Optional<HeaderFault> fault = checkConstants(header);
        if (fault.isPresent()) return fault;
        fault = checkValidators(extraData, parentExtraData.validators());
        if (fault.isPresent()) return fault;
        return checkPlace(header, parent, parentExtraData.validators());
    }

    /**
     * Who decides on the block after {@code parent}.
     *
     * @fails RlpException where the parent's extra data is not QBFT's; IllegalArgumentException
     *     where it names no validators or not in their order
     */
    public static ValidatorSet validatorsAfter(BlockHeader parent) {
        return new ValidatorSet(QbftExtraData.decode(parent.extraData()).validators());
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

    private static Optional<HeaderFault> checkValidators(
            QbftExtraData extraData, List<Address> expected) {
        QbftExtraData.Vote vote = extraData.vote();
        if (vote != null) {
            return fault(
                    Rule.VOTE,
                    "a vote to "
                            + (vote.add() ? "add " : "drop ")
                            + vote.recipient()
                            + "; votes are not counted yet, none is allowed");
        }
        if (expected.isEmpty()) {
            return fault(
                    Rule.VALIDATORS,
                    "the parent names no validators; validators kept by a contract are not"
                            + " supported");
        }
        if (!extraData.validators().equals(expected)) {
            return fault(
                    Rule.VALIDATORS,
                    "validators "
                            + extraData.validators()
                            + ", those of the parent are allowed: "
                            + expected);
        }
        return Optional.empty();
    }

    private Optional<HeaderFault> checkPlace(
            BlockHeader header, BlockHeader parent, List<Address> validators) {
        if (!validators.contains(header.coinbase())) {
            return fault(
                    Rule.COINBASE,
                    "coinbase " + header.coinbase() + " is none of the validators " + validators);
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

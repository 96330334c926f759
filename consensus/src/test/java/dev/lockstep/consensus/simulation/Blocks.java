package dev.lockstep.consensus.simulation;

import dev.lockstep.consensus.core.QbftRules;
import dev.lockstep.consensus.core.Selection;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.RlpException;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A chain whose execution is a hash: the one right state root and the one right inference root of a
 * block follow from its parent, so that a wrong answer can be told.
 */
public final class Blocks {
    public static final long PERIOD_SECONDS = 1;

    private Blocks() {}

    public static Block genesis(ValidatorSet validators) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        header.mixHash = QbftExtraData.MIX_HASH;
        header.difficulty = UInt256.ONE;
        header.extraData =
                new QbftExtraData(Bytes32.ZERO, validators.addresses(), null, 0, List.of())
                        .encode();
        return new Block(header.build(), List.of(), List.of(), null);
    }

    /**
     * @param selection who decides on it
     * @param salt makes blocks of one proposer different
     */
    public static Block honest(
            BlockHeader parent,
            Selection selection,
            Address proposer,
            long round,
            long timestamp,
            int salt) {
        BlockHeader.Builder header = new BlockHeader.Builder();
        Hash parentHash = HeaderForm.QBFT.hash(parent);
        header.parentHash = parentHash;
        header.number = parent.number() + 1;
        header.timestamp = Math.max(timestamp, parent.timestamp() + PERIOD_SECONDS);
        header.coinbase = proposer;
        header.mixHash = QbftExtraData.MIX_HASH;
        header.difficulty = UInt256.ONE;
        header.gasUsed = salt;
        header.stateRoot = derived(parentHash, 1);
        header.extraData =
                new QbftExtraData(
                                derived(parentHash, 2).bytes(),
                                selection.named(),
                                null,
                                round,
                                List.of())
                        .encode();
        return new Block(header.build(), List.of(), List.of(), null);
    }

    static Block withVote(Block block, QbftExtraData.@Nullable Vote vote) {
        BlockHeader.Builder header = block.header().toBuilder();
        QbftExtraData plain = QbftExtraData.decode(header.extraData);
        header.extraData =
                new QbftExtraData(
                                plain.vanity(),
                                plain.validators(),
                                vote,
                                plain.round(),
                                plain.seals())
                        .encode();
        return new Block(header.build(), List.of(), List.of(), null);
    }

    static Block withWrongState(Block block) {
        BlockHeader.Builder header = block.header().toBuilder();
        header.stateRoot = derived(header.stateRoot, 3);
        return new Block(header.build(), List.of(), List.of(), null);
    }

    static Block withWrongModelAnswer(Block block) {
        BlockHeader.Builder header = block.header().toBuilder();
        QbftExtraData extraData = QbftExtraData.decode(header.extraData);
        header.extraData =
                extraData.withVanity(derived(Hash.of(extraData.vanity()), 4).bytes()).encode();
        return new Block(header.build(), List.of(), List.of(), null);
    }

    static QbftRules rules(Selection selection) {
        return new QbftRules(PERIOD_SECONDS, selection);
    }

    /** What the rules and re-execution say, seals aside. */
    public static boolean isValid(Block block, BlockHeader parent, Selection selection) {
        return rules(selection).checkUnsealed(block.header(), parent).isEmpty()
                && isExecuted(block.header(), parent);
    }

    /** Whether its roots are those of its parent's child. */
    static boolean isExecuted(BlockHeader header, BlockHeader parent) {
        try {
            Hash parentHash = HeaderForm.QBFT.hash(parent);
            return header.parentHash().equals(parentHash)
                    && header.number() == parent.number() + 1
                    && header.stateRoot().equals(derived(parentHash, 1))
                    && QbftExtraData.decode(header.extraData())
                            .vanity()
                            .equals(derived(parentHash, 2).bytes());
        } catch (RlpException malformed) {
            return false;
        }
    }

    private static Hash derived(Hash from, int what) {
        return Keccak.hash(Bytes.concatenate(from.bytes(), Bytes.of(what)));
    }
}

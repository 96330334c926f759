package dev.lockstep.ledger;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.MerkleTrie;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.InferenceRoot;
import dev.lockstep.types.QbftExtraData;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.Transaction;
import dev.lockstep.types.Withdrawal;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a header that follow from something else: from the parent, from the body, from
 * execution. Building writes them, checking compares with them; both come here.
 */
final class HeaderDraft {
    private HeaderDraft() {}

    /** A header with all that the parent and the time fix. */
    static BlockHeader.Builder after(
            BlockHeader parent, Hash parentHash, long timestamp, ChainSpec spec) {
        ChainSpec.Rules rules = spec.schedule().at(parent.number() + 1, timestamp);
        Fork fork = rules.fork();
        BlockHeader.Builder draft = new BlockHeader.Builder();
        draft.parentHash = parentHash;
        draft.number = parent.number() + 1;
        draft.timestamp = timestamp;
        draft.difficulty =
                switch (spec.headerForm()) {
                    case QBFT -> UInt256.ONE;
                    case PLAIN ->
                            fork.isAtLeast(Fork.PARIS)
                                    ? UInt256.ZERO
                                    : ProofOfWork.difficultyAfter(parent, timestamp, fork);
                };
        draft.baseFee = BaseFee.after(parent, timestamp, spec);
        if (fork.isAtLeast(Fork.SHANGHAI)) draft.withdrawalsRoot = Hash.EMPTY_TRIE;
        if (fork.isAtLeast(Fork.CANCUN)) {
            draft.blobGasUsed = 0L;
            draft.excessBlobGas = BlobFee.excessAfter(parent, rules);
            draft.parentBeaconBlockRoot = Hash.ZERO;
        }
        if (fork.isAtLeast(Fork.PRAGUE)) draft.requestsHash = Hash.ZERO;
        return draft;
    }

    /** The header with all that the execution of its block fixes. */
    static BlockHeader complete(
            BlockHeader draft, Execution execution, Hash stateRoot, ChainSpec spec) {
        BlockHeader.Builder header = draft.toBuilder();
        header.gasUsed = execution.gasUsed();
        header.receiptsRoot = execution.receiptsRoot();
        header.bloom = execution.bloom();
        header.stateRoot = stateRoot;
        if (draft.blobGasUsed() != null) header.blobGasUsed = execution.blobGasUsed();
        if (draft.requestsHash() != null) header.requestsHash = execution.requestsHash();
        if (spec.inference() != null && spec.headerForm() == HeaderForm.QBFT) {
            Hash root = InferenceRoot.of(execution.callRecords());
            header.extraData =
                    QbftExtraData.decode(draft.extraData()).withVanity(root.bytes()).encode();
        }
        return header.build();
    }

    static Hash transactionsRoot(List<Transaction> transactions) {
        return MerkleTrie.rootOfList(transactions.stream().map(Transaction::encode).toList());
    }

    static Hash ommersHash(List<BlockHeader> ommers) {
        return Keccak.hash(Rlp.list(list -> ommers.forEach(ommer -> list.raw(ommer.encode()))));
    }

    static @Nullable Hash withdrawalsRoot(@Nullable List<Withdrawal> withdrawals) {
        if (withdrawals == null) return null;
        return MerkleTrie.rootOfList(withdrawals.stream().map(Withdrawal::encode).toList());
    }
}

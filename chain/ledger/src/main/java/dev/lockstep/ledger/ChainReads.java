package dev.lockstep.ledger;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Committed blocks as clients want to see them. */
final class ChainReads {
    private final ChainSpec spec;
    private final BlockStore blocks;

    ChainReads(ChainSpec spec, BlockStore blocks) {
        this.spec = spec;
        this.blocks = blocks;
    }

    @Nullable BlockHeader header(long number) {
        return blocks.header(number);
    }

    /** A block's transactions with their senders, or null where the block is unknown. */
    @Nullable List<SignedTransaction> transactions(long number) {
        Block block = blocks.block(number);
        List<BlockStore.StoredReceipt> stored = blocks.receipts(number);
        if (block == null || stored == null) return null;
        List<SignedTransaction> signed = new ArrayList<>();
        for (int i = 0; i < stored.size(); i++) {
            Transaction tx = block.transactions().get(i);
            Address sender = stored.get(i).sender();
            signed.add(SignedTransaction.of(tx, sender));
        }
        return List.copyOf(signed);
    }

    /** A block's receipts, or null where the block is unknown. */
    @Nullable List<ReceiptView> receipts(long number) {
        BlockHeader header = blocks.header(number);
        Hash hash = blocks.hash(number);
        List<SignedTransaction> transactions = transactions(number);
        List<BlockStore.StoredReceipt> stored = blocks.receipts(number);
        if (header == null || hash == null || transactions == null || stored == null) return null;
        return ReceiptView.of(
                header,
                hash,
                spec.rules(header).blobs(),
                transactions,
                stored.stream().map(BlockStore.StoredReceipt::receipt).toList());
    }
}

package dev.lockstep.ledger;

import dev.lockstep.state.PreparedState;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A block, built or checked, with all that its execution gave: ready to be committed, never to be
 * executed again.
 *
 * @param transactions the block's, with their senders
 * @param touched accounts that the block changes
 * @param state the writes that lead to the header's state root
 */
public record PreparedBlock(
        Block block,
        Hash hash,
        List<SignedTransaction> transactions,
        List<Receipt> receipts,
        List<CallRecord> callRecords,
        SortedSet<Address> touched,
        PreparedState state) {

    static PreparedBlock of(Block block, Hash hash, Execution execution, PreparedState state) {
        return new PreparedBlock(
                block,
                hash,
                execution.transactions(),
                execution.receipts(),
                execution.callRecords(),
                new TreeSet<>(execution.diff().accounts().keySet()),
                state);
    }

    static PreparedBlock of(Genesis genesis, PreparedState state) {
        return new PreparedBlock(
                genesis.block(),
                genesis.hash(),
                List.of(),
                List.of(),
                List.of(),
                new TreeSet<>(genesis.alloc().accounts().keySet()),
                state);
    }

    /** The same under the header with which it was agreed. */
    PreparedBlock sealedAs(BlockHeader header) {
        Block sealed = new Block(header, block.transactions(), block.ommers(), block.withdrawals());
        return new PreparedBlock(sealed, hash, transactions, receipts, callRecords, touched, state);
    }

    HeadEvent event(BlobSchedule blobs) {
        List<ReceiptView> views =
                ReceiptView.of(block.header(), hash, blobs, transactions, receipts);
        return new HeadEvent(block, hash, transactions, views, callRecords, touched);
    }
}

package dev.lockstep.ledger;

import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.SignedTransaction;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A receipt with its surroundings.
 *
 * @param index of the transaction in its block
 * @param gasUsed by this transaction alone
 * @param effectiveGasPrice what a unit of gas cost the sender @unit wei
 * @param created where a creation puts its contract, even where it failed; else null
 * @param firstLogIndex of this receipt's first log in the block
 * @param blobGasPrice for blob transactions @unit wei
 */
public record ReceiptView(
        SignedTransaction transaction,
        Receipt receipt,
        long blockNumber,
        Hash blockHash,
        int index,
        long gasUsed,
        UInt256 effectiveGasPrice,
        @Nullable Address created,
        int firstLogIndex,
        @Nullable UInt256 blobGasPrice) {

    /** The receipts of one block, in order of its transactions. */
    static List<ReceiptView> of(
            BlockHeader header,
            Hash hash,
            BlobSchedule blobs,
            List<SignedTransaction> transactions,
            List<Receipt> receipts) {
        Long excess = header.excessBlobGas();
        UInt256 blobGasPrice = excess == null ? null : BlobFee.price(excess, blobs);
        List<ReceiptView> views = new ArrayList<>();
        long gasBefore = 0;
        int logsBefore = 0;
        for (int i = 0; i < receipts.size(); i++) {
            SignedTransaction tx = transactions.get(i);
            Receipt receipt = receipts.get(i);
            views.add(
                    new ReceiptView(
                            tx,
                            receipt,
                            header.number(),
                            hash,
                            i,
                            receipt.cumulativeGasUsed() - gasBefore,
                            tx.transaction().effectiveGasPrice(header.baseFeeOrZero()),
                            created(tx),
                            logsBefore,
                            tx.transaction().blobHashes().isEmpty() ? null : blobGasPrice));
            gasBefore = receipt.cumulativeGasUsed();
            logsBefore += receipt.logs().size();
        }
        return List.copyOf(views);
    }

    private static @Nullable Address created(SignedTransaction tx) {
        return tx.transaction().isCreation()
                ? Address.created(tx.sender(), tx.transaction().nonce())
                : null;
    }

    /** This receipt's logs with their places. */
    public List<LocatedLog> logs() {
        List<LocatedLog> located = new ArrayList<>();
        for (int i = 0; i < receipt.logs().size(); i++) {
            located.add(
                    new LocatedLog(
                            receipt.logs().get(i),
                            blockNumber,
                            blockHash,
                            transaction.hash(),
                            index,
                            firstLogIndex + i));
        }
        return List.copyOf(located);
    }
}

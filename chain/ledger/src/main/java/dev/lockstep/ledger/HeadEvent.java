package dev.lockstep.ledger;

import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.SortedSet;

/**
 * A block became the head and is on disk.
 *
 * @param receipts with all that clients ask for, in order of the transactions
 * @param touched accounts that the block changed
 */
public record HeadEvent(
        Block block,
        Hash hash,
        List<SignedTransaction> transactions,
        List<ReceiptView> receipts,
        List<CallRecord> callRecords,
        SortedSet<Address> touched) {}

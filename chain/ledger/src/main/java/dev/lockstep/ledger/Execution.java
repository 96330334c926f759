package dev.lockstep.ledger;

import dev.lockstep.state.MerkleTrie;
import dev.lockstep.types.Bloom;
import dev.lockstep.types.CallRecord;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * What running a block gave.
 *
 * @param requests to the consensus layer, each its type byte and then its data; none empty
 * @param diff all that the block changes
 */
record Execution(
        List<SignedTransaction> transactions,
        List<Receipt> receipts,
        List<CallRecord> callRecords,
        long gasUsed,
        long blobGasUsed,
        List<Bytes> requests,
        StateDiff diff) {

    Hash receiptsRoot() {
        return MerkleTrie.rootOfList(receipts.stream().map(Receipt::encode).toList());
    }

    Bloom bloom() {
        return Bloom.union(receipts.stream().map(Receipt::bloom).toList());
    }

    /**
     * @source EIP-7685
     */
    Hash requestsHash() {
        MessageDigest outer = sha256();
        for (Bytes request : requests) {
            outer.update(sha256().digest(request.toArrayUnsafe()));
        }
        return Hash.of(Bytes.wrap(outer.digest()));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new LocalFault("this Java has no SHA-256", missing);
        }
    }
}

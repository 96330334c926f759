package dev.lockstep.types;

import dev.lockstep.crypto.Secp256k1;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A transaction, its hash and its recovered sender: made once at the edge, taken by everything
 * inside.
 */
public record SignedTransaction(Transaction transaction, Hash hash, Address sender) {
    /** With its sender, or null where the signature is out of range or recovers to nobody. */
    public static @Nullable SignedTransaction recover(Transaction transaction) {
        Signature signature = transaction.signature();
        if (!signature.isInRange()) return null;
        Address sender = Secp256k1.recover(transaction.signingHash(), signature);
        return sender == null
                ? null
                : new SignedTransaction(transaction, transaction.hash(), sender);
    }

    /**
     * @fails RlpException where the bytes are no transaction or its signature recovers to nobody
     */
    public static SignedTransaction decode(Bytes encoded) {
        SignedTransaction recovered = recover(Transaction.decode(encoded));
        if (recovered == null) throw new RlpException("the signature recovers to nobody");
        return recovered;
    }
}

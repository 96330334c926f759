package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.Secp256k1;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A transaction with what is worked out of it but once, at the edge: its encoding, its hash and its
 * recovered sender. Everything inside takes it.
 *
 * @param encoded as {@link Transaction#encode} has it
 */
public record SignedTransaction(Transaction transaction, Bytes encoded, Hash hash, Address sender) {
    /** With a sender that is known. */
    public static SignedTransaction of(Transaction transaction, Address sender) {
        Bytes encoded = transaction.encode();
        return new SignedTransaction(transaction, encoded, Keccak.hash(encoded), sender);
    }

    /** With its sender, or null where the signature is out of range or recovers to nobody. */
    public static @Nullable SignedTransaction recover(Transaction transaction) {
        Bytes encoded = transaction.encode();
        return recover(transaction, encoded, Keccak.hash(encoded));
    }

    /** The same, where its encoding and hash are known. */
    public static @Nullable SignedTransaction recover(
            Transaction transaction, Bytes encoded, Hash hash) {
        Signature signature = transaction.signature();
        if (!signature.isInRange()) return null;
        Address sender = Secp256k1.recover(transaction.signingHash(), signature);
        return sender == null ? null : new SignedTransaction(transaction, encoded, hash, sender);
    }

    /**
     * @fails RlpException where the bytes are no transaction or its signature recovers to nobody
     */
    public static SignedTransaction decode(Bytes encoded) {
        SignedTransaction recovered = recover(Transaction.decode(encoded));
        if (recovered == null) throw new RlpException("the signature recovers to nobody");
        return recovered;
    }

    /** Into a block's list of transactions. */
    public void write(Rlp out) {
        if (transaction.type() == 0) out.raw(encoded);
        else out.bytes(encoded);
    }
}

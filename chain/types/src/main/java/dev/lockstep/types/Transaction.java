package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as signed. It knows its encoding, its hash and what its signature is over.
 *
 * @source EIP-2718 and the EIP of each type
 */
public sealed interface Transaction
        permits LegacyTransaction,
                AccessListTransaction,
                DynamicFeeTransaction,
                BlobTransaction,
                SetCodeTransaction {

    /** The EIP-2718 type byte, 0 for legacy. */
    int type();

    /** Unsigned; 2^64-1 is refused by admission. @source EIP-2681 */
    long nonce();

    /** Unsigned; no block has room for one from 2^63 on. @unit gas */
    long gasLimit();

    /** The callee, or null where the transaction makes a contract. */
    @Nullable Address to();

    /**
     * @unit wei
     */
    UInt256 value();

    /** Call data or init code. */
    Bytes data();

    /** The chain this is for, or null for a legacy transaction without replay protection. */
    @Nullable UInt256 chainId();

    Signature signature();

    /** The most that a unit of gas may cost, base fee included. @unit wei */
    UInt256 maxFeePerGas();

    /** The most of it that goes to the proposer. @unit wei */
    UInt256 maxPriorityFeePerGas();

    default List<AccessListEntry> accessList() {
        return List.of();
    }

    default List<Authorization> authorizations() {
        return List.of();
    }

    default List<Hash> blobHashes() {
        return List.of();
    }

    default UInt256 maxFeePerBlobGas() {
        return UInt256.ZERO;
    }

    /** The same transaction with another signature. */
    Transaction withSignature(Signature signature);

    /** As it travels and as the transactions trie holds it. */
    Bytes encode();

    /** What the signature is over, less the hash. */
    Bytes signingPayload();

    default Hash hash() {
        return Keccak.hash(encode());
    }

    default Hash signingHash() {
        return Keccak.hash(signingPayload());
    }

    default boolean isCreation() {
        return to() == null;
    }

    /**
     * What a unit of gas costs the sender at this base fee. @unit wei
     *
     * @source EIP-1559
     */
    default UInt256 effectiveGasPrice(UInt256 baseFee) {
        if (baseFee.compareTo(maxFeePerGas()) > 0) return maxFeePerGas();
        UInt256 headroom = maxFeePerGas().subtract(baseFee);
        UInt256 priority = maxPriorityFeePerGas();
        return baseFee.add(priority.compareTo(headroom) < 0 ? priority : headroom);
    }

    /**
     * @fails RlpException where the bytes are no transaction of a known type
     */
    static Transaction decode(Bytes encoded) {
        if (encoded.isEmpty()) throw new RlpException("an empty transaction");
        int first = encoded.get(0) & 0xff;
        if (first >= 0xc0) return RlpReader.list(encoded, LegacyTransaction::read);
        Bytes payload = encoded.slice(1);
        return switch (first) {
            case AccessListTransaction.TYPE -> RlpReader.list(payload, AccessListTransaction::read);
            case DynamicFeeTransaction.TYPE -> RlpReader.list(payload, DynamicFeeTransaction::read);
            case BlobTransaction.TYPE -> RlpReader.list(payload, BlobTransaction::read);
            case SetCodeTransaction.TYPE -> RlpReader.list(payload, SetCodeTransaction::read);
            default ->
                    throw new RlpException(
                            "transaction type " + first + " is unknown; known are 0 to 4");
        };
    }

    /** From a block's list of transactions: a legacy one is a list, a typed one a string. */
    static Transaction read(RlpReader in) {
        if (in.nextIsList()) return decode(in.raw());
        Bytes typed = in.bytes();
        if (typed.isEmpty() || (typed.get(0) & 0xff) >= 0xc0) {
            throw in.refuse("a legacy transaction wrapped in a string");
        }
        return decode(typed);
    }

    /** Into a block's list of transactions. */
    default void write(Rlp out) {
        if (type() == 0) out.raw(encode());
        else out.bytes(encode());
    }

    /** The callee from its encoding: empty for a creation. */
    static @Nullable Address readTo(RlpReader in) {
        Bytes to = in.bytes();
        if (to.isEmpty()) return null;
        if (to.size() != Address.SIZE_BYTES) {
            throw in.refuse("a callee of " + to.size() + " bytes, 0 or 20 are allowed");
        }
        return Address.of(to);
    }

    static Bytes encodeTo(@Nullable Address to) {
        return to == null ? Bytes.EMPTY : to.bytes();
    }

    /** The three last items of a typed transaction. */
    static Signature readSignature(RlpReader in) {
        long yParity = in.number();
        if (yParity < 0 || yParity > 1) {
            throw in.refuse(
                    "a y parity of " + Long.toUnsignedString(yParity) + ", 0 or 1 are allowed");
        }
        return new Signature((int) yParity, in.number256(), in.number256());
    }

    static void writeSignature(Rlp out, Signature signature) {
        out.number(signature.yParity()).number(signature.r()).number(signature.s());
    }
}

package dev.lockstep.ledger;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/** An account that signs: transactions of type 2 with modest fees unless a test says otherwise. */
public final class Wallet {
    public static final UInt256 CHAIN_ID = UInt256.valueOf(1337);
    public static final UInt256 GWEI = UInt256.valueOf(1_000_000_000L);
    public static final Signature UNSIGNED = new Signature(0, UInt256.ZERO, UInt256.ZERO);

    private final KeyPair keys;

    public Wallet(int secret) {
        keys = KeyPair.of(UInt256.valueOf(secret).toBytes());
    }

    public Address address() {
        return keys.address();
    }

    public SignedTransaction sign(Transaction unsigned) {
        Bytes32 digest = unsigned.signingHash().bytes();
        Transaction signed =
                unsigned.withSignature(Secp256k1.sign(dev.lockstep.types.Hash.of(digest), keys));
        return Objects.requireNonNull(SignedTransaction.recover(signed));
    }

    public SignedTransaction transfer(long nonce, Address to, long wei) {
        return call(nonce, to, wei, Bytes.EMPTY, 21_000);
    }

    public SignedTransaction call(long nonce, Address to, long wei, Bytes data, long gasLimit) {
        return sign(unsigned(nonce, 1, 10, gasLimit, to, wei, data));
    }

    public SignedTransaction create(long nonce, Bytes initCode, long gasLimit) {
        return sign(unsigned(nonce, 1, 10, gasLimit, null, 0, initCode));
    }

    /** A transfer of 1 wei to nobody in particular, with these fees in gwei. */
    public SignedTransaction priced(long nonce, long tipGwei, long feeGwei) {
        return sign(
                unsigned(nonce, tipGwei, feeGwei, 21_000, Address.ofNumber(0xb0b), 1, Bytes.EMPTY));
    }

    public static DynamicFeeTransaction unsigned(
            long nonce,
            long tipGwei,
            long feeGwei,
            long gasLimit,
            Address to,
            long wei,
            Bytes data) {
        return new DynamicFeeTransaction(
                CHAIN_ID,
                nonce,
                GWEI.multiply(UInt256.valueOf(tipGwei)),
                GWEI.multiply(UInt256.valueOf(feeGwei)),
                gasLimit,
                to,
                UInt256.valueOf(wei),
                data,
                List.of(),
                UNSIGNED);
    }
}

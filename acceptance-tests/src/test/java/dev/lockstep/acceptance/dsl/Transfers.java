package dev.lockstep.acceptance.dsl;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Signed transactions for a chain with the id 1337. */
public final class Transfers {
    private static final UInt256 GWEI = UInt256.valueOf(1_000_000_000L);
    private static final Address SOMEBODY =
            Address.fromHex("0x00000000000000000000000000000000000ca11e");

    private Transfers() {}

    /** One wei, to somebody. */
    public static SignedTransaction of(KeyPair from, long nonce) {
        return call(from, nonce, SOMEBODY, UInt256.ONE, Bytes.EMPTY, 21_000);
    }

    public static SignedTransaction call(
            KeyPair from,
            long nonce,
            @Nullable Address to,
            UInt256 value,
            Bytes data,
            long gasLimit) {
        DynamicFeeTransaction unsigned =
                new DynamicFeeTransaction(
                        UInt256.valueOf(1337),
                        nonce,
                        GWEI,
                        GWEI.multiply(100),
                        gasLimit,
                        to,
                        value,
                        data,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        return Objects.requireNonNull(
                SignedTransaction.recover(
                        unsigned.withSignature(Secp256k1.sign(unsigned.signingHash(), from))));
    }
}

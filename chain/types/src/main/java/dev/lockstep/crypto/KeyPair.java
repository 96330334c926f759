package dev.lockstep.crypto;

import dev.lockstep.types.Address;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * A secret key with its public key.
 *
 * @param secret 32 bytes in [1, n)
 * @param publicKey 64 bytes, x‖y
 */
public record KeyPair(Bytes32 secret, Bytes publicKey) {
    /**
     * @fails IllegalArgumentException where the secret is not in [1, n)
     */
    public static KeyPair of(Bytes32 secret) {
        UInt256 value = UInt256.fromBytes(secret);
        if (value.isZero() || value.compareTo(Secp256k1.ORDER) >= 0) {
            throw new IllegalArgumentException(
                    "a secret key is a number from 1 to n-1 of secp256k1");
        }
        return new KeyPair(secret, Secp256k1.publicKeyOf(secret));
    }

    public Address address() {
        return Secp256k1.addressOf(publicKey);
    }

    /** Never shows the secret. */
    @Override
    public String toString() {
        return "KeyPair[" + address() + "]";
    }
}

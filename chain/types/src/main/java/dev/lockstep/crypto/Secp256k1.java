package dev.lockstep.crypto;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * ECDSA over secp256k1: libsecp256k1 where its native library loads, Bouncy Castle elsewhere, with
 * equal results.
 *
 * @source SEC 1, section 4.1; RFC 6979 for signing
 */
public final class Secp256k1 {
    /** The order n of the group. */
    public static final UInt256 ORDER =
            UInt256.fromHexString(
                    "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    public static final UInt256 HALF_ORDER = ORDER.shiftRight(1);

    private static final Curve CURVE =
            NativeCurve.isAvailable() ? new NativeCurve() : new BouncyCurve();

    private Secp256k1() {}

    /** Who signed this digest, or null where the signature recovers to nobody. */
    public static @Nullable Address recover(Hash digest, Signature signature) {
        Bytes key = recoverPublicKey(digest, signature);
        return key == null ? null : addressOf(key);
    }

    /** The signer's 64-byte public key, or null where the signature recovers to nobody. */
    public static @Nullable Bytes recoverPublicKey(Hash digest, Signature signature) {
        return signature.isInRange() ? CURVE.recover(digest, signature) : null;
    }

    /** The account of a 64-byte public key. */
    public static Address addressOf(Bytes publicKey) {
        return Address.of(Keccak.hash(publicKey).bytes().slice(12));
    }

    /** A deterministic signature with low s. @source RFC 6979 */
    public static Signature sign(Hash digest, KeyPair keys) {
        return CURVE.sign(digest, keys);
    }

    /**
     * Diffie-Hellman: what both sides compute from their own key and the other's public one.
     *
     * @shape 64 bytes to 32, the x of the common point; null where the key is no point of the curve
     * @source SEC 1, section 3.3.1
     */
    public static @Nullable Bytes32 agree(KeyPair keys, Bytes publicKey) {
        return CURVE.agree(keys.secret(), publicKey);
    }

    static Bytes publicKeyOf(Bytes secret) {
        return CURVE.publicKey(secret);
    }

    /** What a backend offers; both give equal answers. */
    interface Curve {
        @Nullable Bytes recover(Hash digest, Signature signature);

        Signature sign(Hash digest, KeyPair keys);

        /**
         * @shape 32 bytes in [1, n) to 64 bytes
         */
        Bytes publicKey(Bytes secret);

        @Nullable Bytes32 agree(Bytes secret, Bytes publicKey);
    }
}

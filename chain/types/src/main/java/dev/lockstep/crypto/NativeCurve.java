package dev.lockstep.crypto;

import dev.lockstep.types.Hash;
import dev.lockstep.types.Signature;
import fr.acinq.secp256k1.Secp256k1Exception;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** libsecp256k1 by JNI. */
final class NativeCurve implements Secp256k1.Curve {
    private static final int UNCOMPRESSED_PREFIX_BYTES = 1;
    private static final Bytes UNCOMPRESSED = Bytes.of(4);
    private static final int PUBLIC_KEY_BYTES = 64;

    static boolean isAvailable() {
        try {
            return fr.acinq.secp256k1.Secp256k1.get() != null;
        } catch (IllegalStateException | LinkageError noNativeLibrary) {
            return false;
        }
    }

    @Override
    public @Nullable Bytes recover(Hash digest, Signature signature) {
        byte[] compact =
                Bytes.concatenate(signature.r().toBytes(), signature.s().toBytes()).toArray();
        try {
            byte[] key =
                    fr.acinq.secp256k1.Secp256k1.get()
                            .ecdsaRecover(compact, digest.bytes().toArray(), signature.yParity());
            return Bytes.wrap(key).slice(UNCOMPRESSED_PREFIX_BYTES);
        } catch (Secp256k1Exception recoversToNobody) {
            return null;
        }
    }

    @Override
    public Signature sign(Hash digest, KeyPair keys) {
        byte[] compact =
                fr.acinq.secp256k1.Secp256k1.get()
                        .sign(digest.bytes().toArray(), keys.secret().toArray(), null);
        UInt256 r = UInt256.fromBytes(Bytes32.wrap(compact, 0));
        UInt256 s = UInt256.fromBytes(Bytes32.wrap(compact, 32));
        Signature even = new Signature(0, r, s);
        return keys.publicKey().equals(recover(digest, even)) ? even : new Signature(1, r, s);
    }

    @Override
    public Bytes publicKey(Bytes secret) {
        return Bytes.wrap(fr.acinq.secp256k1.Secp256k1.get().pubkeyCreate(secret.toArray()))
                .slice(UNCOMPRESSED_PREFIX_BYTES);
    }

    @Override
    public @Nullable Bytes32 agree(Bytes secret, Bytes publicKey) {
        if (publicKey.size() != PUBLIC_KEY_BYTES) return null;
        byte[] uncompressed = Bytes.concatenate(UNCOMPRESSED, publicKey).toArray();
        try {
            byte[] point =
                    fr.acinq.secp256k1.Secp256k1.get()
                            .pubKeyTweakMul(uncompressed, secret.toArray());
            return Bytes32.wrap(point, UNCOMPRESSED_PREFIX_BYTES);
        } catch (Secp256k1Exception noPoint) {
            return null;
        }
    }
}

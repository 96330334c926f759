package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.Signature;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A datagram of discovery v4: {@code hash ‖ signature ‖ type ‖ data}. Who signed it is found only
 * when asked for, since that takes more than all the rest.
 *
 * @param hash of what follows it
 * @param digest that was signed
 * @source devp2p, Node Discovery Protocol v4, "Wire Protocol"
 */
record V4Packet(Hash hash, Signature signature, Hash digest, V4Message message)
        implements V4Reading {
    static final int SIZE_BYTES_MAX = 1280;

    private static final int HASH_BYTES = 32;
    private static final int TYPE_AT = HASH_BYTES + Signature.SIZE_BYTES;

    /**
     * A packet to be sent.
     *
     * @param hash by which answers name it
     */
    record Sealed(Hash hash, Bytes bytes) {}

    static V4Reading read(Bytes datagram) {
        if (datagram.size() <= TYPE_AT || datagram.size() > SIZE_BYTES_MAX) return V4Refusal.SIZE;
        Hash hash = Hash.of(datagram.slice(0, HASH_BYTES));
        if (!Keccak.hash(datagram.slice(HASH_BYTES)).equals(hash)) return V4Refusal.HASH;
        try {
            V4Message message =
                    V4Message.read(datagram.get(TYPE_AT) & 0xff, datagram.slice(TYPE_AT + 1));
            if (message == null) return V4Refusal.TYPE;
            return new V4Packet(
                    hash,
                    Signature.of(datagram.slice(HASH_BYTES, Signature.SIZE_BYTES)),
                    Keccak.hash(datagram.slice(TYPE_AT)),
                    message);
        } catch (RlpException malformed) {
            return V4Refusal.MALFORMED;
        }
    }

    /** The 64 bytes of the sender's public key, or null where nobody can have signed this. */
    @Nullable Bytes sender() {
        return Secp256k1.recoverPublicKey(digest, signature);
    }

    static Sealed seal(KeyPair keys, V4Message message) {
        Bytes data = Rlp.list(message::writeItems);
        return seal(keys, Bytes.concatenate(Bytes.of(message.type()), data));
    }

    /**
     * @param content type and data
     */
    static Sealed seal(KeyPair keys, Bytes content) {
        Signature signature = Secp256k1.sign(Keccak.hash(content), keys);
        return hashed(Bytes.concatenate(signature.bytes(), content));
    }

    /**
     * @param signed signature, type and data
     */
    static Sealed hashed(Bytes signed) {
        Hash hash = Keccak.hash(signed);
        return new Sealed(hash, Bytes.concatenate(hash.bytes(), signed));
    }
}

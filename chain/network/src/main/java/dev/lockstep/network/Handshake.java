package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import dev.lockstep.types.Signature;
import java.security.SecureRandom;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * One side of the exchange of keys that begins a link. Each side proves that it holds the key of
 * its identity, and both derive the same secrets from keys made for this link alone.
 *
 * <p>Only the form of EIP-8 is spoken, as all nodes of today do.
 *
 * @source devp2p, RLPx, "Initial Handshake"; EIP-8
 */
final class Handshake {
    /** More would be nobody's; an honest handshake has some 500. */
    static final int PACKET_BYTES_MAX = 4096;

    static final int SIZE_BYTES = 2;
    private static final int VERSION = 4;
    private static final int PADDING_BYTES_MIN = 100;
    private static final int PADDING_BYTES_MAX = 300;
    private static final int IV_BYTES = 16;

    private final KeyPair self;
    private final KeyPair ephemeral;
    private final Bytes32 nonce;
    private final SecureRandom random;

    /**
     * @param ephemeral made for this link alone, as {@code nonce} is
     */
    Handshake(KeyPair self, KeyPair ephemeral, Bytes32 nonce, SecureRandom random) {
        this.self = self;
        this.ephemeral = ephemeral;
        this.nonce = nonce;
        this.random = random;
    }

    static Handshake of(KeyPair self, SecureRandom random) {
        return new Handshake(self, randomKeys(random), Bytes32.random(random), random);
    }

    private static KeyPair randomKeys(SecureRandom random) {
        while (true) {
            try {
                return KeyPair.of(Bytes32.random(random));
            } catch (IllegalArgumentException notInRange) {
                // One in 2^127 is not; the next is.
            }
        }
    }

    /** What the other side said of itself. */
    record Partner(Bytes id, Bytes ephemeralKey, Bytes32 nonce) {}

    /** The initiator's packet. */
    Bytes auth(Bytes recipientId) throws PeerFault {
        Signature signature = Secp256k1.sign(proof(agree(self, recipientId), nonce), ephemeral);
        return packet(
                recipientId,
                Rlp.list(
                        body ->
                                body.bytes(signature.bytes())
                                        .bytes(self.publicKey())
                                        .bytes(nonce)
                                        .number(VERSION)));
    }

    /** Reads the initiator's packet, as its recipient. */
    Partner readAuth(Bytes packet) throws PeerFault {
        Bytes body = open(packet);
        Bytes[] items = items(body, Signature.SIZE_BYTES, Enode.ID_BYTES, Bytes32.SIZE);
        Bytes32 theirNonce = Bytes32.wrap(items[2]);
        Hash proof = proof(agree(self, items[1]), theirNonce);
        Bytes ephemeralKey = Secp256k1.recoverPublicKey(proof, signature(items[0]));
        if (ephemeralKey == null) {
            throw PeerFault.breach("the signature of a handshake is nobody's");
        }
        return new Partner(items[1], ephemeralKey, theirNonce);
    }

    /** The recipient's answer. */
    Bytes ack(Bytes initiatorId) throws PeerFault {
        return packet(
                initiatorId,
                Rlp.list(body -> body.bytes(ephemeral.publicKey()).bytes(nonce).number(VERSION)));
    }

    /** Reads the recipient's answer, as the initiator. */
    Partner readAck(Bytes recipientId, Bytes packet) throws PeerFault {
        Bytes[] items = items(open(packet), Enode.ID_BYTES, Bytes32.SIZE);
        return new Partner(recipientId, items[0], Bytes32.wrap(items[1]));
    }

    /**
     * What both sides end with.
     *
     * @param egress what this side's running MAC begins with
     * @param ingress what the other side's begins with
     */
    record Secrets(Bytes aes, Bytes mac, Bytes egress, Bytes ingress) {}

    /**
     * @param auth the initiator's packet, with its size before it, as it was sent
     * @param ack the recipient's
     */
    Secrets secrets(Partner partner, boolean isInitiator, Bytes auth, Bytes ack) throws PeerFault {
        Bytes32 key = agree(ephemeral, partner.ephemeralKey);
        Bytes32 initiatorNonce = isInitiator ? nonce : partner.nonce;
        Bytes32 recipientNonce = isInitiator ? partner.nonce : nonce;
        Bytes nonces = keccak(recipientNonce, initiatorNonce);
        Bytes aes = keccak(key, keccak(key, nonces));
        Bytes mac = keccak(key, aes);
        Bytes ofInitiator = Bytes.concatenate(mac.xor(recipientNonce), auth);
        Bytes ofRecipient = Bytes.concatenate(mac.xor(initiatorNonce), ack);
        return isInitiator
                ? new Secrets(aes, mac, ofInitiator, ofRecipient)
                : new Secrets(aes, mac, ofRecipient, ofInitiator);
    }

    /** What the initiator signs, by which the recipient finds its ephemeral key. */
    private static Hash proof(Bytes32 agreed, Bytes32 nonce) {
        return new Hash(Bytes32.wrap(agreed.xor(nonce)));
    }

    /**
     * @fails PeerFault where the other's key is no point of the curve
     */
    static Bytes32 agree(KeyPair own, Bytes other) throws PeerFault {
        Bytes32 agreed = Secp256k1.agree(own, other);
        if (agreed == null)
            throw PeerFault.breach("the key " + other + " is no point of secp256k1");
        return agreed;
    }

    private Bytes packet(Bytes recipientId, Bytes body) throws PeerFault {
        int padding = PADDING_BYTES_MIN + random.nextInt(PADDING_BYTES_MAX - PADDING_BYTES_MIN + 1);
        Bytes message = Bytes.concatenate(body, Bytes.random(padding, random));
        Bytes size = Bytes.ofUnsignedShort(message.size() + Ecies.OVERHEAD_BYTES);
        Bytes iv = Bytes.random(IV_BYTES, random);
        Bytes encrypted = Ecies.encrypt(recipientId, randomKeys(random), iv, message, size);
        return Bytes.concatenate(size, encrypted);
    }

    private Bytes open(Bytes packet) throws PeerFault {
        return Ecies.decrypt(self, packet.slice(SIZE_BYTES), packet.slice(0, SIZE_BYTES));
    }

    /** The first items of a list; what follows in it and behind it may be anything. */
    private static Bytes[] items(Bytes body, int... sizesBytes) throws PeerFault {
        try {
            return RlpReader.of(body)
                    .nested(
                            list -> {
                                Bytes[] items = new Bytes[sizesBytes.length];
                                for (int i = 0; i < items.length; i++) {
                                    items[i] = list.bytes(sizesBytes[i]);
                                }
                                while (list.hasMore()) list.raw();
                                return items;
                            });
        } catch (RlpException malformed) {
            throw PeerFault.breach("a handshake's body: " + malformed.getMessage());
        }
    }

    private static Signature signature(Bytes bytes) throws PeerFault {
        try {
            return Signature.of(bytes);
        } catch (RlpException malformed) {
            throw PeerFault.breach("a handshake's signature: " + malformed.getMessage());
        }
    }

    private static Bytes keccak(Bytes first, Bytes second) {
        return Keccak.hash(Bytes.concatenate(first, second)).bytes();
    }
}

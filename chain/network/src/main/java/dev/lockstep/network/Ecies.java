package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.LocalFault;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * Encryption to the holder of a secp256k1 key, as RLPx has it: ECDH, concat KDF with SHA-256,
 * AES-128 in counter mode, HMAC-SHA-256.
 *
 * @source devp2p, RLPx, "ECIES Encryption"; NIST SP 800-56A, 5.8.1
 */
final class Ecies {
    private static final int POINT_BYTES = 65;
    private static final int IV_BYTES = 16;
    private static final int TAG_BYTES = 32;
    private static final int KEY_BYTES = 16;

    /** What an encrypted message is longer than the message. */
    static final int OVERHEAD_BYTES = POINT_BYTES + IV_BYTES + TAG_BYTES;

    private static final Bytes UNCOMPRESSED = Bytes.of(4);
    private static final Bytes COUNTER = Bytes.of(0, 0, 0, 1);

    private Ecies() {}

    /**
     * @param ephemeral a key for this message alone
     * @param iv 16 random bytes
     * @param macData authenticated along, not sent
     * @fails PeerFault where the recipient's key is no point of the curve
     */
    static Bytes encrypt(Bytes recipient, KeyPair ephemeral, Bytes iv, Bytes message, Bytes macData)
            throws PeerFault {
        MessageKeys keys = MessageKeys.of(ephemeral, recipient);
        Bytes cipherText = Bytes.concatenate(iv, keys.crypt(iv, message));
        Bytes tag = keys.tag(cipherText, macData);
        return Bytes.concatenate(UNCOMPRESSED, ephemeral.publicKey(), cipherText, tag);
    }

    /**
     * @fails PeerFault where it was not encrypted to this key, or was altered
     */
    static Bytes decrypt(KeyPair recipient, Bytes encrypted, Bytes macData) throws PeerFault {
        int size = encrypted.size() - OVERHEAD_BYTES;
        if (size < 0 || encrypted.get(0) != UNCOMPRESSED.get(0)) {
            throw PeerFault.breach("a handshake of " + encrypted.size() + " bytes is no ECIES");
        }
        Bytes ephemeral = encrypted.slice(1, POINT_BYTES - 1);
        Bytes cipherText = encrypted.slice(POINT_BYTES, IV_BYTES + size);
        Bytes tag = encrypted.slice(POINT_BYTES + IV_BYTES + size);
        MessageKeys keys = MessageKeys.of(recipient, ephemeral);
        if (!MessageDigest.isEqual(tag.toArray(), keys.tag(cipherText, macData).toArray())) {
            throw PeerFault.breach("the MAC of a handshake is wrong");
        }
        return keys.crypt(cipherText.slice(0, IV_BYTES), cipherText.slice(IV_BYTES));
    }

    private record MessageKeys(Bytes encryption, Bytes authentication) {
        static MessageKeys of(KeyPair own, Bytes other) throws PeerFault {
            Bytes32 common = Handshake.agree(own, other);
            Bytes derived = sha256(Bytes.concatenate(COUNTER, common));
            return new MessageKeys(
                    derived.slice(0, KEY_BYTES), sha256(derived.slice(KEY_BYTES, KEY_BYTES)));
        }

        /** Encrypts, and decrypts. */
        Bytes crypt(Bytes iv, Bytes data) {
            try {
                Cipher cipher = FrameCipher.counterMode(encryption, iv);
                return Bytes.wrap(cipher.doFinal(data.toArray()));
            } catch (GeneralSecurityException e) {
                throw new LocalFault("AES in counter mode failed", e);
            }
        }

        Bytes tag(Bytes cipherText, Bytes macData) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(authentication.toArray(), "HmacSHA256"));
                mac.update(cipherText.toArray());
                mac.update(macData.toArray());
                return Bytes.wrap(mac.doFinal());
            } catch (GeneralSecurityException e) {
                throw new LocalFault("this Java has no HMAC-SHA-256", e);
            }
        }
    }

    private static Bytes sha256(Bytes data) {
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(data.toArray()));
        } catch (GeneralSecurityException e) {
            throw new LocalFault("this Java has no SHA-256", e);
        }
    }
}

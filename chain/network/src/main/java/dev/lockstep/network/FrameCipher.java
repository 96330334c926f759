package dev.lockstep.network;

import dev.lockstep.types.LocalFault;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.apache.tuweni.bytes.Bytes;
import org.bouncycastle.crypto.digests.KeccakDigest;

/**
 * Encrypts and authenticates what goes over a link after its handshake. Each direction has a state
 * of its own that every frame moves on, so frames must be sealed in the order in which they are
 * sent. Sealing and opening may run in two threads.
 *
 * @source devp2p, RLPx, "Framing"
 */
final class FrameCipher {
    static final int BLOCK_BYTES = 16;
    static final int HEADER_BYTES = 2 * BLOCK_BYTES;

    /** As three bytes can say. */
    static final int FRAME_BYTES_MAX = (1 << 24) - 1;

    private static final Bytes NO_IV = Bytes.wrap(new byte[BLOCK_BYTES]);

    /** RLP of a capability and a context that nobody uses. */
    private static final byte[] HEADER_DATA = {(byte) 0xc2, (byte) 0x80, (byte) 0x80};

    private final Cipher encryption;
    private final Cipher decryption;
    private final RunningMac egress;
    private final RunningMac ingress;

    FrameCipher(Handshake.Secrets secrets) {
        encryption = counterMode(secrets.aes(), NO_IV);
        decryption = counterMode(secrets.aes(), NO_IV);
        egress = new RunningMac(secrets.mac(), secrets.egress());
        ingress = new RunningMac(secrets.mac(), secrets.ingress());
    }

    /** Encrypts, and decrypts. */
    static Cipher counterMode(Bytes secret, Bytes iv) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(secret.toArray(), "AES"),
                    new IvParameterSpec(iv.toArray()));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new LocalFault("this Java has no AES in counter mode", e);
        }
    }

    /**
     * A frame with this data, ready to be sent.
     *
     * @param data at most {@link #FRAME_BYTES_MAX} bytes
     */
    byte[] seal(byte[] data) {
        int padded = paddedBytes(data.length);
        byte[] frame = new byte[HEADER_BYTES + padded + BLOCK_BYTES];
        byte[] header = new byte[BLOCK_BYTES];
        header[0] = (byte) (data.length >> 16);
        header[1] = (byte) (data.length >> 8);
        header[2] = (byte) data.length;
        System.arraycopy(HEADER_DATA, 0, header, 3, HEADER_DATA.length);
        update(encryption, header, frame, 0);
        System.arraycopy(egress.ofHeader(frame, 0), 0, frame, BLOCK_BYTES, BLOCK_BYTES);
        update(encryption, Arrays.copyOf(data, padded), frame, HEADER_BYTES);
        byte[] mac = egress.ofBody(frame, HEADER_BYTES, padded);
        System.arraycopy(mac, 0, frame, HEADER_BYTES + padded, BLOCK_BYTES);
        return frame;
    }

    /**
     * The size of the frame whose header this is.
     *
     * @param header {@link #HEADER_BYTES} bytes
     */
    int openHeader(byte[] header) throws PeerFault {
        check(ingress.ofHeader(header, 0), header, BLOCK_BYTES);
        byte[] plain = new byte[BLOCK_BYTES];
        update(decryption, Arrays.copyOf(header, BLOCK_BYTES), plain, 0);
        return (plain[0] & 0xff) << 16 | (plain[1] & 0xff) << 8 | (plain[2] & 0xff);
    }

    /** What follows a header of a frame of {@code size} bytes: padded data and a MAC. */
    static int bodyBytes(int size) {
        return paddedBytes(size) + BLOCK_BYTES;
    }

    /**
     * @param body {@link #bodyBytes} bytes
     */
    byte[] openBody(byte[] body, int size) throws PeerFault {
        int padded = paddedBytes(size);
        check(ingress.ofBody(body, 0, padded), body, padded);
        byte[] plain = new byte[padded];
        update(decryption, Arrays.copyOf(body, padded), plain, 0);
        return Arrays.copyOf(plain, size);
    }

    private static int paddedBytes(int size) {
        return (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    private static void update(Cipher cipher, byte[] from, byte[] to, int at) {
        try {
            int done = cipher.update(from, 0, from.length, to, at);
            if (done != from.length) throw new LocalFault("AES in counter mode kept bytes back");
        } catch (GeneralSecurityException e) {
            throw new LocalFault("AES in counter mode failed", e);
        }
    }

    private static void check(byte[] expected, byte[] found, int at) throws PeerFault {
        byte[] mac = Arrays.copyOfRange(found, at, at + BLOCK_BYTES);
        if (!MessageDigest.isEqual(expected, mac))
            throw PeerFault.breach("the MAC of a frame is wrong");
    }

    /** A hash over all that went one way, and the MACs that it gives on the way. */
    private static final class RunningMac {
        private final Cipher blocks;
        private final KeccakDigest hash = new KeccakDigest(256);

        RunningMac(Bytes secret, Bytes seed) {
            try {
                blocks = Cipher.getInstance("AES/ECB/NoPadding");
                blocks.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(secret.toArray(), "AES"));
            } catch (GeneralSecurityException e) {
                throw new LocalFault("this Java has no AES", e);
            }
            hash.update(seed.toArray(), 0, seed.size());
        }

        byte[] ofHeader(byte[] cipherText, int at) {
            return mix(Arrays.copyOfRange(cipherText, at, at + BLOCK_BYTES));
        }

        byte[] ofBody(byte[] cipherText, int at, int size) {
            hash.update(cipherText, at, size);
            return mix(digest());
        }

        private byte[] mix(byte[] block) {
            byte[] seed = encrypt(digest());
            for (int i = 0; i < BLOCK_BYTES; i++) seed[i] ^= block[i];
            hash.update(seed, 0, BLOCK_BYTES);
            return digest();
        }

        /** Of all so far; the hash goes on. */
        private byte[] digest() {
            byte[] digest = new byte[32];
            new KeccakDigest(hash).doFinal(digest, 0);
            return Arrays.copyOf(digest, BLOCK_BYTES);
        }

        private byte[] encrypt(byte[] block) {
            try {
                return blocks.doFinal(block);
            } catch (GeneralSecurityException e) {
                throw new LocalFault("AES failed", e);
            }
        }
    }
}

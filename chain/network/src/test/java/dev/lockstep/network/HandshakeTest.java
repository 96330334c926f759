package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The handshake against the vectors of EIP-8, and against itself. */
class HandshakeTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final KeyPair STATIC_A =
            keys("49a7b37aa6f6645917e7b807e9d1c00d4fa71f18343b0d4122a4d2df64dd6fee");
    private static final KeyPair STATIC_B =
            keys("b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291");
    private static final KeyPair EPHEMERAL_A =
            keys("869d6ecf5211f1cc60418a13b9d870b22959d0c16f02bec714c960dd2298a32d");
    private static final KeyPair EPHEMERAL_B =
            keys("e238eb8e04fee6511ab04c6dd3c89ce097b11f25d584863ac2b6d5b35b1847e4");
    private static final Bytes32 NONCE_A =
            Bytes32.fromHexString(
                    "7e968bba13b6c50e2c4cd7f241cc0d64d1ac25c7f5952df231ac6a2bda8ee5d6");
    private static final Bytes32 NONCE_B =
            Bytes32.fromHexString(
                    "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd");

    private final Handshake initiator = new Handshake(STATIC_A, EPHEMERAL_A, NONCE_A, RANDOM);
    private final Handshake recipient = new Handshake(STATIC_B, EPHEMERAL_B, NONCE_B, RANDOM);

    private static KeyPair keys(String secret) {
        return KeyPair.of(Bytes32.fromHexString(secret));
    }

    /** A packet that EIP-8 prints under this name. */
    private static Bytes vector(String name) throws IOException {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) System.out.println("skipped: LOCKSTEP_FIXTURES is not set");
        Assumptions.assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        String eip = Files.readString(Path.of(root, "ethereum/p2p/eips/eip-8.md"));
        Matcher block =
                Pattern.compile("\\(" + name + "\\).*?```text\n(.*?)```", Pattern.DOTALL)
                        .matcher(eip);
        assertThat(block.find()).as(name).isTrue();
        return Bytes.fromHexString(block.group(1).replace("\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Auth₂", "Auth₃"})
    void theInitiatorsPacketsOfTheEipAreRead(String name) throws IOException {
        Handshake.Partner partner = recipient.readAuth(vector(name));
        assertThat(partner.id()).isEqualTo(STATIC_A.publicKey());
        assertThat(partner.ephemeralKey()).isEqualTo(EPHEMERAL_A.publicKey());
        assertThat(partner.nonce()).isEqualTo(NONCE_A);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ack₂", "Ack₃"})
    void theRecipientsPacketsOfTheEipAreRead(String name) throws IOException {
        Handshake.Partner partner = initiator.readAck(STATIC_B.publicKey(), vector(name));
        assertThat(partner.ephemeralKey()).isEqualTo(EPHEMERAL_B.publicKey());
        assertThat(partner.nonce()).isEqualTo(NONCE_B);
    }

    @Test
    void bothSidesOfTheEipsExchangeUnderstandEachOthersFrames() throws IOException {
        Bytes auth = vector("Auth₂");
        Bytes ack = vector("Ack₂");
        Handshake.Partner b = initiator.readAck(STATIC_B.publicKey(), ack);
        Handshake.Secrets ofA = initiator.secrets(b, true, auth, ack);
        Handshake.Secrets ofB = recipient.secrets(recipient.readAuth(auth), false, auth, ack);
        assertThat(ofB.aes().toUnprefixedHexString())
                .isEqualTo("80e8632c05fed6fc2a13b0f8d31a3cf645366239170ea067065aba8e28bac487");
        assertThat(ofB.mac().toUnprefixedHexString())
                .isEqualTo("2ea74ec5dae199227dff1af715362700e989d889d7a493cb0639691efb8e5f98");
        Bytes foo = Bytes.wrap("foo".getBytes(StandardCharsets.US_ASCII));
        assertThat(Keccak.hash(Bytes.concatenate(ofB.ingress(), foo)))
                .isEqualTo(
                        Hash.fromHex(
                                "0x0c7ec6340062cc46f5e9f1e3cf86f8c8c403c5a0964f5df0ebd34a75ddc86db5"));
        FrameCipher one = new FrameCipher(ofA);
        FrameCipher other = new FrameCipher(ofB);
        talk(one, other);
        talk(other, one);
    }

    @Test
    void aHandshakeOfOurOwnIsReadByTheOtherSide() throws IOException {
        Bytes auth = initiator.auth(STATIC_B.publicKey());
        Handshake.Partner a = recipient.readAuth(auth);
        assertThat(a.id()).isEqualTo(STATIC_A.publicKey());
        Bytes ack = recipient.ack(a.id());
        Handshake.Partner b = initiator.readAck(STATIC_B.publicKey(), ack);
        FrameCipher one = new FrameCipher(initiator.secrets(b, true, auth, ack));
        FrameCipher other = new FrameCipher(recipient.secrets(a, false, auth, ack));
        talk(one, other);
        talk(other, one);
    }

    private static void talk(FrameCipher from, FrameCipher to) throws IOException {
        long seed = 8;
        Random random = new Random(seed);
        for (int size : new int[] {0, 1, 15, 16, 17, 31, 32, 33, 1000, 70_000}) {
            byte[] data = new byte[size];
            random.nextBytes(data);
            Bytes frame = Bytes.wrap(from.seal(data));
            int found = to.openHeader(frame.slice(0, FrameCipher.HEADER_BYTES).toArray());
            assertThat(found).isEqualTo(size);
            byte[] body = frame.slice(FrameCipher.HEADER_BYTES).toArray();
            assertThat(body).hasSize(FrameCipher.bodyBytes(size));
            assertThat(to.openBody(body, size)).as("seed %d", seed).isEqualTo(data);
        }
    }

    @Test
    void anAlteredPacketIsRefused() throws IOException {
        Bytes auth = initiator.auth(STATIC_B.publicKey());
        long seed = 9;
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] altered = auth.toArray();
            int at = 2 + random.nextInt(altered.length - 2);
            altered[at] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> recipient.readAuth(Bytes.wrap(altered)))
                    .as("seed %d, byte %d", seed, at)
                    .isInstanceOf(PeerFault.class);
        }
        for (int size = 2; size < auth.size(); size += 7) {
            Bytes cut = auth.slice(0, size);
            assertThatThrownBy(() -> recipient.readAuth(cut)).isInstanceOf(PeerFault.class);
        }
    }

    @Test
    void anAlteredFrameIsRefused() throws IOException {
        long seed = 10;
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            Bytes auth = initiator.auth(STATIC_B.publicKey());
            Handshake.Partner partner = recipient.readAuth(auth);
            Bytes ack = recipient.ack(partner.id());
            Handshake.Partner answer = initiator.readAck(STATIC_B.publicKey(), ack);
            FrameCipher one = new FrameCipher(initiator.secrets(answer, true, auth, ack));
            FrameCipher other = new FrameCipher(recipient.secrets(partner, false, auth, ack));
            byte[] frame = one.seal(new byte[40]);
            int at = random.nextInt(frame.length);
            frame[at] ^= (byte) (1 << random.nextInt(8));
            Bytes altered = Bytes.wrap(frame);
            assertThatThrownBy(
                            () -> {
                                int size =
                                        other.openHeader(
                                                altered.slice(0, FrameCipher.HEADER_BYTES)
                                                        .toArray());
                                other.openBody(
                                        altered.slice(FrameCipher.HEADER_BYTES).toArray(), size);
                            })
                    .as("seed %d, byte %d", seed, at)
                    .isInstanceOf(PeerFault.class);
        }
    }
}

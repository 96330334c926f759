package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.xerial.snappy.Snappy;

/**
 * A link from its first byte on, with keys and nonces that never change: what was once sent is sent
 * again to the byte, and what was recorded is read. A change of either is a change of the wire.
 */
class RecordedLinkTest {
    private static final KeyPair A = KeyPair.of(Keccak.hash(Bytes.of(1)).bytes());
    private static final KeyPair B = KeyPair.of(Keccak.hash(Bytes.of(2)).bytes());
    private static final List<Capability> OFFERED =
            List.of(EthProtocol.ETH_68, EthProtocol.ETH_69, new Capability("istanbul", 100, 22));
    private static final Hash GENESIS = Keccak.hash(Bytes.of(7));

    /** As PREPARE of istanbul/100. */
    private static final int PREPARE = 0x13;

    /** Random bytes that are the same every time. */
    private static final class FixedRandom extends SecureRandom {
        @Serial private static final long serialVersionUID = 1L;

        private transient SplittableRandom bytes = new SplittableRandom(0);

        FixedRandom(long seed) {
            bytes = new SplittableRandom(seed);
        }

        @Override
        public void nextBytes(byte[] to) {
            bytes.nextBytes(to);
        }
    }

    private static Handshake side(KeyPair self, int number) {
        KeyPair ephemeral = KeyPair.of(Keccak.hash(Bytes.of(10 + number)).bytes());
        Bytes32 nonce = Keccak.hash(Bytes.of(20 + number)).bytes();
        return new Handshake(self, ephemeral, nonce, new FixedRandom(number));
    }

    private static Bytes hello(KeyPair self) {
        return new Link.Introduction(self, "Lockstep/recorded", 30303, OFFERED).hello().encode();
    }

    private static Bytes status(int version) {
        ForkId forkId = new ForkId(Bytes.fromHexString("0x01020304"), 0);
        EthMessage status =
                version == 68
                        ? new EthMessage.HeadStatus(
                                UInt256.valueOf(1337), UInt256.valueOf(6), GENESIS, GENESIS, forkId)
                        : new EthMessage.RangeStatus(
                                UInt256.valueOf(1337),
                                GENESIS,
                                forkId,
                                new EthMessage.Range(0, 5, GENESIS));
        return EthProtocol.encode(status, version);
    }

    /** A vote: sequence 5, round 1, a digest of 11s. */
    private static Bytes prepare() {
        Bytes digest = Bytes.repeat((byte) 0x11, 32);
        Bytes payload = Rlp.list(list -> list.number(5).number(1).bytes(digest));
        Bytes signed = Rlp.list(list -> list.number(PREPARE).raw(payload));
        return Rlp.list(
                list -> list.raw(payload).bytes(Secp256k1.sign(Keccak.hash(signed), A).bytes()));
    }

    private static byte[] frame(int id, byte[] body) {
        return Bytes.concatenate(Bytes.of(id == 0 ? 0x80 : id), Bytes.wrap(body)).toArray();
    }

    private static String line(String what, Bytes bytes) {
        return what + " " + bytes.toUnprefixedHexString();
    }

    private static String line(String what, byte[] bytes) {
        return line(what, Bytes.wrap(bytes));
    }

    /** What both sides send, in order. */
    static List<String> sent() throws IOException {
        List<String> lines = new ArrayList<>();
        Handshake a = side(A, 1);
        Handshake b = side(B, 2);
        Bytes auth = a.auth(B.publicKey());
        Bytes ack = b.ack(A.publicKey());
        lines.add(line("A auth", auth));
        lines.add(line("B ack", ack));
        FrameCipher ofA =
                new FrameCipher(a.secrets(a.readAck(B.publicKey(), ack), true, auth, ack));
        FrameCipher ofB = new FrameCipher(b.secrets(b.readAuth(auth), false, auth, ack));
        MessageIds ids = ids();
        int statusId = ids.id(EthProtocol.ETH_69, 0);
        int prepareId = ids.id(OFFERED.getLast(), PREPARE);
        lines.add(line("A hello", ofA.seal(frame(0, hello(A).toArray()))));
        lines.add(line("B hello", ofB.seal(frame(0, hello(B).toArray()))));
        byte[] status = Snappy.compress(status(69).toArray());
        lines.add(line("A status", ofA.seal(frame(statusId, status))));
        lines.add(line("B status", ofB.seal(frame(statusId, status))));
        byte[] prepare = Snappy.compress(prepare().toArray());
        lines.add(line("A prepare", ofA.seal(frame(prepareId, prepare))));
        return lines;
    }

    private static MessageIds ids() {
        List<Hello.Offer> offers =
                OFFERED.stream().map(c -> new Hello.Offer(c.name(), c.version())).toList();
        return MessageIds.agree(OFFERED, offers);
    }

    private static List<String> recorded() throws IOException {
        try (InputStream in = RecordedLinkTest.class.getResourceAsStream("recorded-link.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
        }
    }

    @Test
    void whatWasSentOnceIsSentAgainToTheByte() throws IOException {
        assertThat(sent()).isEqualTo(recorded());
    }

    @Test
    void whatWasRecordedIsReadByTheOtherSide() throws IOException {
        Map<String, Bytes> record =
                recorded().stream()
                        .collect(
                                Collectors.toMap(
                                        line -> line.substring(0, line.lastIndexOf(' ')),
                                        line ->
                                                Bytes.fromHexString(
                                                        line.substring(
                                                                line.lastIndexOf(' ') + 1))));
        Bytes auth = record.get("A auth");
        Bytes ack = record.get("B ack");
        Handshake b = side(B, 2);
        Handshake.Partner partner = b.readAuth(auth);
        assertThat(partner.id()).isEqualTo(A.publicKey());
        FrameCipher cipher = new FrameCipher(b.secrets(partner, false, auth, ack));

        byte[] hello = open(cipher, record.get("A hello"));
        assertThat(hello[0]).isEqualTo((byte) 0x80);
        Hello said = Hello.decode(Bytes.wrap(hello).slice(1));
        assertThat(said.id()).isEqualTo(A.publicKey());
        assertThat(said.protocolVersion()).isEqualTo(5);
        assertThat(said.offers())
                .map(Hello.Offer::toString)
                .containsExactly("eth/68", "eth/69", "istanbul/100");

        byte[] status = open(cipher, record.get("A status"));
        assertThat(status[0]).isEqualTo((byte) 16);
        assertThat(EthProtocol.decode(0, decompressed(status), 69))
                .isEqualTo(EthProtocol.decode(0, status(69), 69));

        byte[] prepare = open(cipher, record.get("A prepare"));
        // After 18 ids of eth/69.
        assertThat(prepare[0]).isEqualTo((byte) (16 + 18 + PREPARE));
        assertThat(decompressed(prepare)).isEqualTo(prepare());
    }

    /** Where Besu expects them: eth/68 takes 17 ids, and one version of a protocol alone counts. */
    @Test
    void idsOfIstanbulFollowThoseOfTheHighestSharedEth() {
        Capability istanbul = OFFERED.getLast();
        List<Hello.Offer> older =
                List.of(new Hello.Offer("istanbul", 100), new Hello.Offer("eth", 68));
        MessageIds ids = MessageIds.agree(OFFERED, older);
        assertThat(ids.id(istanbul, 0x12)).isEqualTo(51);
        assertThat(ids.place(51)).isEqualTo(new MessageIds.Place(istanbul, 0x12));
        assertThat(ids().id(istanbul, 0x12)).isEqualTo(52);
    }

    /** What Besu sends as Ping and Pong: no bytes, compressed. */
    @Test
    void aMessageWithoutBytesIsRead() throws IOException {
        assertThat(decompressed(new byte[] {2, 0})).isEqualTo(Bytes.EMPTY);
    }

    private static byte[] open(FrameCipher cipher, Bytes frame) throws IOException {
        byte[] bytes = frame.toArray();
        int size = cipher.openHeader(Arrays.copyOf(bytes, FrameCipher.HEADER_BYTES));
        byte[] body = Arrays.copyOfRange(bytes, FrameCipher.HEADER_BYTES, bytes.length);
        return cipher.openBody(body, size);
    }

    private static Bytes decompressed(byte[] data) throws IOException {
        return Link.decompress(data, _ -> {});
    }
}

package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.network.V4Message.Endpoint;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packets that EIP-8 prints, and what is no packet. */
class V4PacketTest {
    private static final KeyPair KEYS =
            KeyPair.of(
                    Bytes32.fromHexString(
                            "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291"));

    /** In all packets of the EIP. */
    private static final long EXPIRATION = 1_136_239_445;

    private static final int HASH_BYTES = 32;
    private static final int TYPE_AT = 97;

    private static Bytes vector(String title) {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) System.out.println("skipped: LOCKSTEP_FIXTURES is not set");
        Assumptions.assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        try {
            String eip = Files.readString(Path.of(root, "ethereum/p2p/eips/eip-8.md"));
            Matcher block =
                    Pattern.compile("\n" + title + "[^\n]*\n\n```text\n(.*?)```", Pattern.DOTALL)
                            .matcher(eip);
            assertThat(block.find()).as(title).isTrue();
            return Bytes.fromHexString(block.group(1).replace("\n", ""));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static V4Message read(Bytes datagram) {
        V4Reading reading = V4Packet.read(datagram);
        assertThat(reading).isInstanceOf(V4Packet.class);
        V4Packet packet = (V4Packet) reading;
        assertThat(packet.sender()).isEqualTo(KEYS.publicKey());
        return packet.message();
    }

    private static InetAddress address(String name) {
        try {
            return InetAddress.getByName(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Endpoint endpoint(String ip, int udpPort, int tcpPort) {
        return Endpoint.of(address(ip), udpPort, tcpPort);
    }

    private static V4Node node(String id, String ip, int udpPort, int tcpPort) {
        return V4Node.of(
                Bytes.fromHexString(id), new InetSocketAddress(address(ip), udpPort), tcpPort);
    }

    @Test
    void thePingsOfTheEipAreReadWhateverTheirVersion() {
        assertThat(read(vector("ping packet with version 4")))
                .isEqualTo(
                        new V4Message.Ping(
                                endpoint("127.0.0.1", 3322, 5544),
                                endpoint("::1", 2222, 3333),
                                EXPIRATION,
                                1));
        assertThat(read(vector("ping packet with version 555")))
                .isEqualTo(
                        new V4Message.Ping(
                                endpoint("2001:db8:3c4d:15::abcd:ef12", 3322, 5544),
                                endpoint("2001:db8:85a3:8d3:1319:8a2e:370:7348", 2222, 33338),
                                EXPIRATION,
                                V4Message.NO_RECORD));
    }

    @Test
    void thePongOfTheEipIsRead() {
        assertThat(read(vector("pong packet")))
                .isEqualTo(
                        new V4Message.Pong(
                                endpoint("2001:db8:85a3:8d3:1319:8a2e:370:7348", 2222, 33338),
                                Hash.of(
                                        Bytes.fromHexString(
                                                "fbc914b16819237dcd8801d7e53f69e9"
                                                        + "719adecb3cc0e790c57e91ca4461c954")),
                                EXPIRATION,
                                V4Message.NO_RECORD));
    }

    @Test
    void theFindNodeOfTheEipIsRead() {
        assertThat(read(vector("findnode packet")))
                .isEqualTo(new V4Message.FindNode(KEYS.publicKey(), EXPIRATION));
    }

    @Test
    void theNeighborsOfTheEipAreRead() {
        assertThat(read(vector("neighbours packet")))
                .isEqualTo(
                        new V4Message.Neighbors(
                                List.of(
                                        node(
                                                "3155e1427f85f10a5c9a7755877748041af1bcd8d474ec06"
                                                        + "5eb33df57a97babf54bfd2103575fa829115d224c5"
                                                        + "23596b401065a97f74010610fce76382c0bf32",
                                                "99.33.22.55",
                                                4444,
                                                4445),
                                        node(
                                                "312c55512422cf9b8a4097e9a6ad79402e87a15ae909a4bf"
                                                        + "efa22398f03d20951933beea1e4dfa6f968212385e"
                                                        + "829f04c2d314fc2d4e255e0d3bc08792b069db",
                                                "1.2.3.4",
                                                1,
                                                1),
                                        node(
                                                "38643200b172dcfef857492156971f0e6aa2c538d8b74010"
                                                        + "f8e140811d53b98c765dd2d96126051913f44582e8"
                                                        + "c199ad7c6d6819e9a56483f637feaac9448aac",
                                                "2001:db8:3c4d:15::abcd:ef12",
                                                3333,
                                                3333),
                                        node(
                                                "8dcab8618c3253b558d459da53bd8fa68935a719aff8b811"
                                                        + "197101a4b2b47dd2d47295286fc00cc081bb542d76"
                                                        + "0717d1bdd6bec2c37cd72eca367d6dd3b9df73",
                                                "2001:db8:85a3:8d3:1319:8a2e:370:7348",
                                                999,
                                                1000)),
                                EXPIRATION));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ping packet with version 4",
                "ping packet with version 555",
                "pong packet",
                "findnode packet",
                "neighbours packet"
            })
    void thePacketsOfTheEipAreHashedAlikeAndTheirContentSignedAnewHasTheSameSender(String title) {
        Bytes packet = vector(title);
        assertThat(V4Packet.hashed(packet.slice(HASH_BYTES)).bytes()).isEqualTo(packet);
        V4Message anew = read(V4Packet.seal(KEYS, packet.slice(TYPE_AT)).bytes());
        assertThat(anew).isEqualTo(read(packet));
    }

    /** As the EIP's ping is but for the version and the elements that it has more. */
    @Test
    void aPingIsWrittenAsTheSpecificationHasIt() {
        V4Message.Ping ping =
                new V4Message.Ping(
                        endpoint("127.0.0.1", 3322, 5544),
                        endpoint("::1", 2222, 3333),
                        EXPIRATION,
                        7);
        V4Packet.Sealed sealed = V4Packet.seal(KEYS, ping);
        assertThat(sealed.bytes().slice(TYPE_AT))
                .isEqualTo(
                        Bytes.fromHexString(
                                "01eb04cb847f000001820cfa8215a8d79000000000000000000000000000000001"
                                        + "8208ae820d058443b9a35507"));
        assertThat(sealed.bytes().slice(0, HASH_BYTES)).isEqualTo(sealed.hash().bytes());
    }

    @Test
    void whatIsWrittenIsRead() {
        List<V4Message> messages =
                List.of(
                        new V4Message.Ping(endpoint("1.2.3.4", 1, 0), endpoint("::2", 3, 4), 5, 0),
                        new V4Message.Pong(endpoint("1.2.3.4", 1, 65535), Hash.EMPTY, -1, -1),
                        new V4Message.FindNode(KEYS.publicKey(), 9),
                        new V4Message.Neighbors(List.of(), 9),
                        new V4Message.RecordRequest(9),
                        new V4Message.RecordResponse(Hash.EMPTY, Rlp.list(list -> list.number(1))));
        for (V4Message message : messages) {
            assertThat(read(V4Packet.seal(KEYS, message).bytes())).isEqualTo(message);
        }
    }

    @Test
    void aFullNeighborsPacketFits() {
        V4Node node = node("ff".repeat(64), "2001:db8:3c4d:15::abcd:ef12", 65535, 65535);
        V4Message message =
                new V4Message.Neighbors(
                        Collections.nCopies(V4Message.Neighbors.NODES_MAX, node), EXPIRATION);
        Bytes bytes = V4Packet.seal(KEYS, message).bytes();
        assertThat(bytes.size()).isLessThanOrEqualTo(V4Packet.SIZE_BYTES_MAX);
        assertThat(read(bytes)).isEqualTo(message);
    }

    @Test
    void aNodeWhoseAddressIsNoneIsLeftOut() {
        Bytes id = KEYS.publicKey();
        Bytes node = Rlp.list(item -> item.bytes(Bytes.of(1, 2)).number(1).number(2).bytes(id));
        Bytes data = Rlp.list(list -> list.nested(nodes -> nodes.raw(node)).number(9));
        assertThat(read(V4Packet.seal(KEYS, Bytes.concatenate(Bytes.of(4), data)).bytes()))
                .isEqualTo(new V4Message.Neighbors(List.of(), 9));
    }

    @Test
    void whatIsNoPacketIsRefusedForWhatIsWrong() {
        Bytes good = V4Packet.seal(KEYS, new V4Message.RecordRequest(9)).bytes();
        assertThat(V4Packet.read(Bytes.EMPTY)).isEqualTo(V4Refusal.SIZE);
        assertThat(V4Packet.read(good.slice(0, 97))).isEqualTo(V4Refusal.SIZE);
        assertThat(V4Packet.read(Bytes.wrap(new byte[1281]))).isEqualTo(V4Refusal.SIZE);
        assertThat(V4Packet.read(Bytes.wrap(new byte[1280]))).isEqualTo(V4Refusal.HASH);
        for (int at = 0; at < good.size(); at++) {
            byte[] altered = good.toArray();
            altered[at] ^= 1;
            assertThat(V4Packet.read(Bytes.wrap(altered))).isEqualTo(V4Refusal.HASH);
        }
        assertThat(V4Packet.read(sealed("00c109"))).isEqualTo(V4Refusal.TYPE);
        assertThat(V4Packet.read(sealed("07c109"))).isEqualTo(V4Refusal.TYPE);
        assertThat(V4Packet.read(sealed("05"))).isEqualTo(V4Refusal.MALFORMED);
        assertThat(V4Packet.read(sealed("05c0"))).isEqualTo(V4Refusal.MALFORMED);
        assertThat(V4Packet.read(sealed("05c209"))).isEqualTo(V4Refusal.MALFORMED);
        assertThat(V4Packet.read(sealed("03c4820102" + "09"))).isEqualTo(V4Refusal.MALFORMED);
        Bytes portTooLarge = Bytes.fromHexString("01cf04c984010203048301000080c3800180" + "09");
        assertThat(V4Packet.read(V4Packet.seal(KEYS, portTooLarge).bytes()))
                .isEqualTo(V4Refusal.MALFORMED);
        byte[] badParity = good.slice(HASH_BYTES).toArray();
        badParity[64] = 27;
        assertThat(V4Packet.read(V4Packet.hashed(Bytes.wrap(badParity)).bytes()))
                .isEqualTo(V4Refusal.MALFORMED);
    }

    @Test
    void whatNobodySignedHasNoSender() {
        Bytes good = V4Packet.seal(KEYS, new V4Message.RecordRequest(9)).bytes();
        Bytes unsigned = Bytes.concatenate(Bytes.wrap(new byte[65]), good.slice(TYPE_AT));
        V4Reading reading = V4Packet.read(V4Packet.hashed(unsigned).bytes());
        assertThat(((V4Packet) reading).sender()).isNull();
    }

    private static Bytes sealed(String content) {
        return V4Packet.seal(KEYS, Bytes.fromHexString(content)).bytes();
    }
}

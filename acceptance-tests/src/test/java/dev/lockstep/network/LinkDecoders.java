package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.Signature;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;
import org.xerial.snappy.Snappy;

/** What arrives on a link before it is a message, with the keys of a fixed link. */
public final class LinkDecoders {
    private static final KeyPair ONE = KeyPair.of(Keccak.hash(Bytes.of(1)).bytes());
    private static final KeyPair TWO = KeyPair.of(Keccak.hash(Bytes.of(2)).bytes());
    private static final Bytes32 NONCE = Keccak.hash(Bytes.of(3)).bytes();
    private static final Handshake.Secrets SECRETS =
            new Handshake.Secrets(NONCE, NONCE, Bytes.of(4), Bytes.of(4));
    private static final Handshake HANDSHAKE = new Handshake(ONE, TWO, NONCE, new SecureRandom());

    private LinkDecoders() {}

    public static Bytes hello() {
        return new Hello(5, "a/1", List.of(new Hello.Offer("eth", 69)), 30303, ONE.publicKey())
                .encode();
    }

    public static void hello(Bytes encoded) {
        Hello.decode(encoded);
    }

    public static String enr() {
        ForkId forkId = new ForkId(Bytes.of(1, 2, 3, 4), 7);
        try {
            return Discovery.enr(
                    new Discovery.Config(
                            ONE, "0.0.0.0", "10.1.2.3", 30301, 30303, forkId, List.of()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The body of an initiator's packet, as it is within its encryption. */
    public static Bytes auth() {
        Bytes signature = new Signature(0, UInt256.valueOf(5), UInt256.valueOf(6)).bytes();
        return Rlp.list(
                body -> body.bytes(signature).bytes(TWO.publicKey()).bytes(NONCE).number(4));
    }

    public static void auth(Bytes body) throws IOException {
        HANDSHAKE.readAuth(packet(body));
    }

    public static Bytes ack() {
        return Rlp.list(body -> body.bytes(TWO.publicKey()).bytes(NONCE).number(4));
    }

    public static void ack(Bytes body) throws IOException {
        HANDSHAKE.readAck(TWO.publicKey(), packet(body));
    }

    private static Bytes packet(Bytes body) throws IOException {
        Bytes size = Bytes.ofUnsignedShort((body.size() + Ecies.OVERHEAD_BYTES) & 0xffff);
        Bytes iv = Bytes.wrap(new byte[16]);
        return Bytes.concatenate(size, Ecies.encrypt(ONE.publicKey(), TWO, iv, body, size));
    }

    /** A packet as it is on the wire. */
    public static Bytes sealedAuth() {
        try {
            return packet(auth());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void sealedAuth(Bytes packet) throws IOException {
        if (packet.size() >= Handshake.SIZE_BYTES) HANDSHAKE.readAuth(packet);
    }

    public static Bytes frame() {
        return Bytes.wrap(new FrameCipher(SECRETS).seal(new byte[40]));
    }

    public static void frame(Bytes frame) throws IOException {
        if (frame.size() < FrameCipher.HEADER_BYTES) return;
        FrameCipher cipher = new FrameCipher(SECRETS);
        int size = cipher.openHeader(frame.slice(0, FrameCipher.HEADER_BYTES).toArray());
        Bytes body = frame.slice(FrameCipher.HEADER_BYTES);
        if (body.size() >= FrameCipher.bodyBytes(size)) cipher.openBody(body.toArray(), size);
    }

    /** Signature, type and data of packets of discovery v4, one of each type. */
    public static List<Bytes> discoveryPackets() {
        V4Node node = V4Node.of(TWO.publicKey(), new InetSocketAddress("10.1.2.3", 30301), 30303);
        V4Message.Endpoint place = V4Message.Endpoint.of(node.address(), 30301, 30303);
        Hash hash = Keccak.hash(Bytes.of(5));
        List<V4Message> messages =
                List.of(
                        new V4Message.Ping(place, place, 2_000_000_000, 7),
                        new V4Message.Pong(place, hash, 2_000_000_000, 7),
                        new V4Message.FindNode(TWO.publicKey(), 2_000_000_000),
                        new V4Message.Neighbors(List.of(node, node), 2_000_000_000),
                        new V4Message.RecordRequest(2_000_000_000),
                        new V4Message.RecordResponse(
                                hash, NodeRecords.of(enr()).orElseThrow().serialize()));
        return messages.stream()
                .map(message -> V4Packet.seal(ONE, message).bytes().slice(32))
                .toList();
    }

    public static void discoveryPacket(Bytes signed) throws PeerFault {
        switch (V4Packet.read(V4Packet.hashed(signed).bytes())) {
            case V4Refusal refusal -> throw PeerFault.breach(refusal.toString());
            case V4Packet packet when packet.sender() == null ->
                    throw PeerFault.breach("signed by nobody");
            case V4Packet packet -> {
                if (packet.message() instanceof V4Message.RecordResponse response
                        && NodeRecords.read(response.record()) == null) {
                    throw PeerFault.breach("no record");
                }
            }
        }
    }

    public static Bytes compressed() {
        try {
            byte[] data = Snappy.compress(new byte[5000]);
            return Bytes.concatenate(Bytes.of(16), Bytes.wrap(data));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void compressed(Bytes frame) throws IOException {
        if (!frame.isEmpty()) Link.decompress(frame.toArray(), _ -> {});
    }
}

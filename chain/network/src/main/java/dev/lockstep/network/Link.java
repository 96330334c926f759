package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.Snappy;

/**
 * An encrypted link to another node whose identity is proven, and the messages on it. One thread
 * may receive while others send.
 */
final class Link implements Closeable {
    /** Larger messages are refused before they are decompressed. */
    static final int MESSAGE_BYTES_MAX = 10 << 20;

    /** What such a message may grow to where it cannot be compressed. */
    static final int FRAME_BYTES_MAX = Snappy.maxCompressedLength(MESSAGE_BYTES_MAX) + 1;

    private static final int BUFFER_BYTES = 4 << 10;

    private static final int HELLO = 0x00;
    private static final int DISCONNECT = 0x01;
    private static final int PING = 0x02;
    private static final int PONG = 0x03;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final FrameCipher cipher;
    private final Hello remote;
    private final MessageIds ids;
    private final boolean isCompressed;
    private final ReentrantLock sending = new ReentrantLock();

    /** Since when a frame's body is awaited, 0 between frames. */
    private volatile long frameSinceNanos;

    private Link(
            Socket socket, DataInputStream in, FrameCipher cipher, Hello remote, MessageIds ids)
            throws IOException {
        this.socket = socket;
        this.in = in;
        this.out = socket.getOutputStream();
        this.cipher = cipher;
        this.remote = remote;
        this.ids = ids;
        this.isCompressed = remote.protocolVersion() >= Hello.COMPRESSION_VERSION;
    }

    /** What this node says of itself on every link. */
    record Introduction(KeyPair keys, String clientId, int listenPort, List<Capability> offered) {
        Hello hello() {
            List<Hello.Offer> offers =
                    offered.stream().map(c -> new Hello.Offer(c.name(), c.version())).toList();
            return new Hello(Hello.VERSION, clientId, offers, listenPort, keys.publicKey());
        }
    }

    /**
     * Begins a link on a connection that this side opened.
     *
     * @param id who must be on the other side
     */
    static Link initiate(Socket socket, Bytes id, Introduction self, SecureRandom random)
            throws IOException {
        DataInputStream in = input(socket);
        Handshake handshake = Handshake.of(self.keys, random);
        Bytes auth = handshake.auth(id);
        write(socket.getOutputStream(), auth.toArray());
        Bytes ack = packet(in);
        Handshake.Partner partner = handshake.readAck(id, ack);
        return greet(socket, in, handshake.secrets(partner, true, auth, ack), id, self);
    }

    /** Begins a link on a connection that the other side opened. */
    static Link accept(Socket socket, Introduction self, SecureRandom random) throws IOException {
        DataInputStream in = input(socket);
        Handshake handshake = Handshake.of(self.keys, random);
        Bytes auth = packet(in);
        Handshake.Partner partner = handshake.readAuth(auth);
        Bytes ack = handshake.ack(partner.id());
        write(socket.getOutputStream(), ack.toArray());
        return greet(socket, in, handshake.secrets(partner, false, auth, ack), partner.id(), self);
    }

    /** Small messages come by one call of the system, header and body together. */
    private static DataInputStream input(Socket socket) throws IOException {
        return new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
    }

    /** A packet of the handshake, its size before it. */
    private static Bytes packet(DataInputStream in) throws IOException {
        int size = in.readUnsignedShort();
        if (size > Handshake.PACKET_BYTES_MAX) {
            throw PeerFault.breach(
                    "a handshake of " + size + " bytes; at most " + Handshake.PACKET_BYTES_MAX);
        }
        byte[] body = new byte[size];
        in.readFully(body);
        return Bytes.concatenate(Bytes.ofUnsignedShort(size), Bytes.wrap(body));
    }

    private static Link greet(
            Socket socket,
            DataInputStream in,
            Handshake.Secrets secrets,
            Bytes id,
            Introduction self)
            throws IOException {
        FrameCipher cipher = new FrameCipher(secrets);
        byte[] hello = message(HELLO, self.hello().encode().toArray());
        write(socket.getOutputStream(), cipher.seal(hello));
        byte[] frame = frame(in, cipher, size -> limit(size, Hello.BYTES_MAX));
        int kind = frame.length == 0 ? -1 : frame[0] & 0xff;
        Bytes body = frame.length == 0 ? Bytes.EMPTY : Bytes.wrap(frame).slice(1);
        if (kind == DISCONNECT) throw disconnected(body);
        // The id 0 is the byte 0x80 as RLP has it, and some write 0x00.
        if (kind != 0x80 && kind != HELLO) throw PeerFault.breach("no Hello but message " + kind);
        Hello remote = hello(body);
        MessageIds ids = MessageIds.agree(self.offered, remote.offers());
        Link link = new Link(socket, in, cipher, remote, ids);
        PeerFault fault = fault(remote, id, self, ids);
        if (fault != null) {
            link.disconnect(fault.reason());
            throw fault;
        }
        return link;
    }

    private static @Nullable PeerFault fault(
            Hello remote, Bytes id, Introduction self, MessageIds ids) {
        if (!remote.id().equals(id)) {
            return new PeerFault(
                    DisconnectReason.UNEXPECTED_IDENTITY,
                    "it says that it is " + remote.id() + " but holds the key of " + id);
        }
        if (id.equals(self.keys.publicKey())) {
            return new PeerFault(DisconnectReason.CONNECTED_TO_ITSELF, "it is this node");
        }
        if (ids.shared().isEmpty()) {
            return new PeerFault(
                    DisconnectReason.USELESS_PEER,
                    "it offers " + remote.offers() + ", this node " + self.offered);
        }
        return null;
    }

    private static Hello hello(Bytes body) throws PeerFault {
        try {
            return Hello.decode(body);
        } catch (RlpException malformed) {
            throw PeerFault.breach("its Hello: " + malformed.getMessage());
        }
    }

    Hello remote() {
        return remote;
    }

    /** The version of a capability that this link has, or null where it has none. */
    @Nullable Capability shared(String name) {
        for (Capability capability : ids.shared()) {
            if (capability.name().equals(name)) return capability;
        }
        return null;
    }

    /**
     * What was received: a message of a shared capability.
     *
     * @param code within the capability
     */
    record Message(Capability capability, int code, Bytes payload) {}

    /** Who lets a message in before memory is given to it. */
    interface Gate {
        /**
         * Waits until there is room.
         *
         * @param sizeBytes of what is about to be read or decompressed
         * @fails PeerFault where so much is not allowed
         */
        void enter(int sizeBytes) throws IOException;
    }

    /**
     * Waits for the next message of a capability; null after one of the base protocol, which is
     * dealt with here.
     *
     * @fails PeerFault where the other side breaks a rule or ends the link; IOException where the
     *     connection ends
     */
    @Nullable Message receive(Gate gate) throws IOException {
        byte[] frame;
        try {
            frame =
                    frame(
                            in,
                            cipher,
                            size -> {
                                gate.enter(size);
                                frameSinceNanos = System.nanoTime();
                            });
        } finally {
            frameSinceNanos = 0;
        }
        if (frame.length == 0) throw PeerFault.breach("a frame without a message id");
        int id = frame[0] & 0xff;
        if (id == 0x80) id = HELLO;
        if (id > 0x80) throw PeerFault.breach("a message id of 0x" + Integer.toHexString(id));
        Bytes payload = payload(frame, gate);
        MessageIds.Place place = id < MessageIds.FIRST ? null : ids.place(id);
        if (place != null) return new Message(place.capability(), place.code(), payload);
        switch (id) {
            case PING -> send(PONG, Rlp.list(_ -> {}));
            case PONG -> {}
            case DISCONNECT -> throw disconnected(payload);
            default -> throw PeerFault.breach("message " + id + ", which no shared capability has");
        }
        return null;
    }

    /** How long the body of a frame has been on its way; 0 where none is. */
    long frameMillis() {
        long since = frameSinceNanos;
        return since == 0 ? 0 : (System.nanoTime() - since) / 1_000_000;
    }

    private Bytes payload(byte[] frame, Gate gate) throws IOException {
        return isCompressed ? decompress(frame, gate) : Bytes.wrap(frame, 1, frame.length - 1);
    }

    /** What stands behind the message id. */
    static Bytes decompress(byte[] frame, Gate gate) throws IOException {
        try {
            int size = Snappy.uncompressedLength(frame, 1, frame.length - 1);
            if (size < 0 || size > MESSAGE_BYTES_MAX) {
                throw PeerFault.breach(
                        "a message of " + size + " bytes; at most " + MESSAGE_BYTES_MAX);
            }
            gate.enter(size);
            byte[] payload = new byte[size];
            Snappy.uncompress(frame, 1, frame.length - 1, payload, 0);
            return Bytes.wrap(payload);
        } catch (PeerFault refused) {
            throw refused;
        } catch (IOException malformed) {
            throw PeerFault.breach("a message that is not compressed: " + malformed.getMessage());
        }
    }

    /** Sends a message of a shared capability; waits until the system has taken it. */
    void send(Capability capability, int code, Bytes payload) throws IOException {
        send(ids.id(capability, code), payload);
    }

    /** Asks for a sign of life, which comes as any other message does. */
    void ping() throws IOException {
        send(PING, Rlp.list(_ -> {}));
    }

    /** Says why, and leaves the connection to be closed. */
    void disconnect(DisconnectReason reason) throws IOException {
        send(DISCONNECT, Rlp.list(list -> list.number(reason.code())));
    }

    private void send(int id, Bytes payload) throws IOException {
        byte[] body = payload.toArray();
        byte[] data = message(id, isCompressed ? Snappy.compress(body) : body);
        sending.lock();
        try {
            write(out, cipher.seal(data));
        } finally {
            sending.unlock();
        }
    }

    private static byte[] message(int id, byte[] body) {
        byte[] data = new byte[1 + body.length];
        data[0] = (byte) (id == 0 ? 0x80 : id);
        System.arraycopy(body, 0, data, 1, body.length);
        return data;
    }

    private static void write(OutputStream out, byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /**
     * @fails PeerFault where {@code size} is over {@code bytesMax}
     */
    static void limit(int size, int bytesMax) throws PeerFault {
        if (size > bytesMax) {
            throw PeerFault.breach("a frame of " + size + " bytes; at most " + bytesMax);
        }
    }

    private static byte[] frame(DataInputStream in, FrameCipher cipher, Gate gate)
            throws IOException {
        byte[] header = new byte[FrameCipher.HEADER_BYTES];
        try {
            in.readFully(header);
        } catch (EOFException closed) {
            throw new EOFException("the other side closed the connection");
        }
        int size = cipher.openHeader(header);
        gate.enter(size);
        // Memory is given to what has come, not to what was said to come.
        byte[] body = in.readNBytes(FrameCipher.bodyBytes(size));
        if (body.length < FrameCipher.bodyBytes(size)) {
            throw new EOFException("the other side closed the connection within a frame");
        }
        return cipher.openBody(body, size);
    }

    private static PeerFault disconnected(Bytes payload) {
        int code = code(payload);
        DisconnectReason reason = DisconnectReason.of(code);
        return new PeerFault(
                reason == null ? DisconnectReason.REQUESTED : reason,
                "it disconnected: " + (reason == null ? "reason " + code : reason));
    }

    /** In a list, or alone as some clients send it; -1 for none. */
    private static int code(Bytes payload) {
        try {
            RlpReader in = RlpReader.of(payload);
            if (!in.hasMore()) return -1;
            if (!in.nextIsList()) return first(in.bytes());
            return in.nested(
                    list -> {
                        int code = list.hasMore() ? first(list.bytes()) : -1;
                        while (list.hasMore()) list.raw();
                        return code;
                    });
        } catch (RlpException malformed) {
            return -1;
        }
    }

    /** Besu writes 0 as the byte 0x00, others as RLP has numbers. */
    private static int first(Bytes code) {
        return code.isEmpty() ? 0 : code.get(0) & 0xff;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.xerial.snappy.Snappy;

/** The other end of a link, which sends what a test gives it, allowed or not. */
final class RawLink implements AutoCloseable {
    static final SecureRandom RANDOM = new SecureRandom();

    final Socket socket = new Socket();
    final KeyPair key;
    FrameCipher cipher;
    private DataInputStream in;

    /**
     * @param from the address it connects from, of the loopback range
     */
    RawLink(Enode to, KeyPair key, String from) throws IOException {
        this.key = key;
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(to.host(), to.tcpPort()));
        socket.setSoTimeout(20_000);
    }

    /** A link whose two sides have said Hello. */
    static RawLink greeted(Enode to, Capability... offered) throws IOException {
        return greeted(to, KeyPair.of(Bytes32.random(RANDOM)), offered);
    }

    static RawLink greeted(Enode to, KeyPair key, Capability... offered) throws IOException {
        RawLink link = new RawLink(to, key, "127.0.0.1");
        link.shake(to.id());
        Link.Introduction self = new Link.Introduction(key, "raw/1", 0, List.of(offered));
        byte[] hello = self.hello().encode().toArray();
        link.frame(0x80, hello);
        link.read();
        return link;
    }

    void shake(Bytes id) throws IOException {
        in = new DataInputStream(socket.getInputStream());
        Handshake handshake = Handshake.of(key, RANDOM);
        Bytes auth = handshake.auth(id);
        write(auth.toArray());
        byte[] ack = new byte[in.readUnsignedShort()];
        in.readFully(ack);
        Bytes packet = Bytes.concatenate(Bytes.ofUnsignedShort(ack.length), Bytes.wrap(ack));
        Handshake.Partner partner = handshake.readAck(id, packet);
        cipher = new FrameCipher(handshake.secrets(partner, true, auth, packet));
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** A frame with this data as it is. */
    void frame(int id, byte[] data) throws IOException {
        byte[] body = new byte[1 + data.length];
        body[0] = (byte) id;
        System.arraycopy(data, 0, body, 1, data.length);
        write(cipher.seal(body));
    }

    /** An honest message. */
    void message(int id, byte[] payload) throws IOException {
        frame(id, Snappy.compress(payload));
    }

    /** The data of the next frame. */
    byte[] read() throws IOException {
        byte[] header = new byte[FrameCipher.HEADER_BYTES];
        in.readFully(header);
        int size = cipher.openHeader(header);
        byte[] body = new byte[FrameCipher.bodyBytes(size)];
        in.readFully(body);
        return cipher.openBody(body, size);
    }

    /** The code of the disconnect with which the other side ends the link, -1 without one. */
    int reason() {
        try {
            while (true) {
                byte[] data = read();
                if (data[0] == 1) {
                    byte[] list =
                            Snappy.uncompress(java.util.Arrays.copyOfRange(data, 1, data.length));
                    return list[1] == (byte) 0x80 ? 0 : list[1];
                }
            }
        } catch (IOException gone) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

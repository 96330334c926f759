package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Networks on loopback that talk to each other, and to those who don't keep to the rules. */
class NetworkTest {
    private static final Capability CHAT = new Capability("chat", 1, 4);
    private static final Capability OTHER = new Capability("other", 1, 4);

    private final List<Network> started = new ArrayList<>();
    private int keys;

    /** What happened at a node, in order. */
    private static final class Log implements Network.Handler {
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        volatile Peer last;

        @Override
        public void onConnected(Peer peer) {
            last = peer;
            if (peer.confirm()) events.add("connected");
        }

        @Override
        public void onMessage(Peer peer, Capability capability, int code, Bytes payload) {
            events.add(capability + " " + code + " " + payload.size() + " bytes");
        }

        @Override
        public void onDisconnected(Peer peer, String why) {
            events.add("gone: " + why);
        }

        String next() throws InterruptedException {
            return String.valueOf(events.poll(20, TimeUnit.SECONDS));
        }
    }

    private Network start(Log log, int peersMax, List<Enode> staticNodes, Capability... offered)
            throws IOException {
        KeyPair key = KeyPair.of(Bytes32.leftPad(Bytes.ofUnsignedInt(++keys)));
        return start(key, log, peersMax, staticNodes, offered);
    }

    private Network start(
            KeyPair key, Log log, int peersMax, List<Enode> staticNodes, Capability... offered)
            throws IOException {
        NetworkConfig config =
                new NetworkConfig(
                        key,
                        "test/1",
                        "127.0.0.1",
                        "127.0.0.1",
                        0,
                        peersMax,
                        staticNodes,
                        List.of(offered));
        Network network = Network.start(config, log);
        started.add(network);
        return network;
    }

    @AfterEach
    void stop() {
        started.forEach(Network::close);
    }

    @Test
    void messagesArriveInOrderAndUnaltered() throws Exception {
        Log a = new Log();
        Log b = new Log();
        Network one = start(a, 5, List.of(), CHAT);
        start(b, 5, List.of(one.enode()), CHAT, OTHER);
        assertThat(a.next()).isEqualTo("connected");
        assertThat(b.next()).isEqualTo("connected");
        int[] sizes = {0, 1, 100, 70_000, 3_000_000};
        for (int size : sizes) b.last.send(CHAT, 2, Bytes.random(size));
        for (int size : sizes) assertThat(a.next()).isEqualTo("chat/1 2 " + size + " bytes");
        a.last.send(CHAT, 3, Bytes.of(1));
        assertThat(b.next()).isEqualTo("chat/1 3 1 bytes");
        assertThat(one.peers()).hasSize(1);
        assertThat(b.last.hello().clientId()).isEqualTo("test/1");
    }

    @Test
    void aPeerThatRestartsIsLinkedAgain() throws Exception {
        Log a = new Log();
        Log b = new Log();
        Network one = start(a, 5, List.of(), CHAT);
        Network two = start(b, 5, List.of(one.enode()), CHAT);
        assertThat(a.next()).isEqualTo("connected");
        a.last.disconnect(DisconnectReason.REQUESTED, "the test");
        assertThat(a.next()).isEqualTo("gone: the test");
        assertThat(a.next()).isEqualTo("connected");
        assertThat(b.next()).isEqualTo("connected");
        assertThat(b.next()).isEqualTo("gone: it disconnected: REQUESTED");
        assertThat(b.next()).isEqualTo("connected");
        two.close();
        assertThat(a.next()).startsWith("gone: it disconnected: QUITTING");
    }

    @Test
    void twoThatConnectToEachOtherHaveOneLink() throws Exception {
        for (int round = 0; round < 5; round++) {
            Log a = new Log();
            Log b = new Log();
            Network one = start(a, 5, List.of(), CHAT);
            Network two = start(b, 5, List.of(), CHAT);
            one.keep(two.enode());
            two.keep(one.enode());
            assertThat(a.next()).isEqualTo("connected");
            assertThat(b.next()).isEqualTo("connected");
            Thread.sleep(500);
            assertThat(one.peers()).hasSize(1);
            assertThat(two.peers()).hasSize(1);
            one.peers().getFirst().send(CHAT, 1, Bytes.of(7));
            String event = b.next();
            while (event.startsWith("gone") || event.equals("connected")) event = b.next();
            assertThat(event).isEqualTo("chat/1 1 1 bytes");
        }
    }

    @Test
    void whoSpeaksNothingInCommonIsLeftAlone() throws Exception {
        Log a = new Log();
        Log b = new Log();
        Network one = start(a, 5, List.of(), CHAT);
        start(b, 5, List.of(one.enode()), OTHER);
        assertThat(a.events.poll(1500, TimeUnit.MILLISECONDS)).isNull();
        assertThat(b.events).isEmpty();
    }

    @Test
    void thereAreNoMorePeersThanAllowedButStaticNodesComeOnTop() throws Exception {
        Log a = new Log();
        Network one = start(a, 2, List.of(), CHAT);
        for (int i = 0; i < 3; i++) start(new Log(), 5, List.of(one.enode()), CHAT);
        assertThat(a.next()).isEqualTo("connected");
        assertThat(a.next()).isEqualTo("connected");
        // One may come so far that it has to be sent away.
        String event = a.events.poll(1500, TimeUnit.MILLISECONDS);
        assertThat(event == null || event.startsWith("gone")).as("%s", event).isTrue();
        assertThat(one.peers()).hasSize(2);
        Log b = new Log();
        Network kept = start(b, 5, List.of(), CHAT);
        one.keep(kept.enode());
        assertThat(b.next()).isEqualTo("connected");
        assertThat(a.next()).isEqualTo("connected");
        assertThat(one.peers()).hasSize(3);
    }

    @Test
    void garbageInPlaceOfAHandshakeIsNoPeerAndHarmsNobody() throws Exception {
        Log a = new Log();
        Network one = start(a, 5, List.of(), CHAT);
        byte[][] garbage = {
            {}, {0}, {0, 0}, new byte[200], Bytes.random(2000).toArray(), {(byte) 0xff, (byte) 0xff}
        };
        for (byte[] bytes : garbage) {
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), one.enode().tcpPort())) {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                socket.setSoTimeout(20_000);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
        start(new Log(), 5, List.of(one.enode()), CHAT);
        assertThat(a.next()).isEqualTo("connected");
    }

    @Test
    void whoeverOpensConnectionsAndIsSilentDoesNotKeepOthersOut() throws Exception {
        Log a = new Log();
        Network one = start(a, 5, List.of(), CHAT);
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            silent.add(new Socket(InetAddress.getLoopbackAddress(), one.enode().tcpPort()));
        }
        start(new Log(), 5, List.of(one.enode()), CHAT);
        assertThat(a.next()).isEqualTo("connected");
        for (Socket socket : silent) socket.close();
    }
}

package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.KeyPair;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DiscoveryTest {
    private static final ForkId OURS = new ForkId(Bytes.of(1, 2, 3, 4), 0);
    private static final ForkId OTHER = new ForkId(Bytes.of(5, 6, 7, 8), 9);

    private static final String EXAMPLE =
            "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZu"
                    + "Oh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVt"
                    + "w0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";

    private final List<Discovery> started = new ArrayList<>();
    private final List<DatagramSocket> closed = new ArrayList<>();
    private int keys = 100;

    private final class Site {
        final KeyPair key = KeyPair.of(Bytes32.leftPad(Bytes.ofUnsignedInt(++keys)));
        final int port = freePort();
        final BlockingQueue<Enode> found = new LinkedBlockingQueue<>();
        final Discovery discovery;

        Site(ForkId forkId, String... bootnodes) throws IOException {
            discovery =
                    Discovery.start(
                            new Discovery.Config(
                                    key,
                                    "127.0.0.1",
                                    "127.0.0.1",
                                    port,
                                    port,
                                    forkId,
                                    List.of(bootnodes)),
                            OURS::equals,
                            () -> true,
                            found::add);
            started.add(discovery);
        }

        Enode enode() {
            return new Enode(key.publicKey(), "127.0.0.1", port, port);
        }

        void finds(Site other) throws InterruptedException {
            finds(other.enode());
        }

        /** Waits until this node is found here. */
        void finds(Enode other) throws InterruptedException {
            long until = System.nanoTime() + 60_000_000_000L;
            Enode enode = null;
            while (!other.equals(enode)) {
                enode = found.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                assertThat(enode).as("found in time").isNotNull();
            }
        }
    }

    /** Somebody who speaks v4 alone. */
    private final class Old implements Runnable {
        final KeyPair key = KeyPair.of(Bytes32.leftPad(Bytes.ofUnsignedInt(++keys)));
        final DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        final DiscoveryV4 core;

        Old(Site bootnode) throws IOException {
            int port = socket.getLocalPort();
            Discovery.Config config =
                    new Discovery.Config(
                            key, "127.0.0.1", "127.0.0.1", port, port, OURS, List.of());
            NodeRecord record = NodeRecords.own(config, NodeRecords.signer(config));
            core =
                    new DiscoveryV4(
                            new DiscoveryV4.Self(key, null, port, port),
                            () -> record,
                            () -> System.nanoTime() / 1_000_000,
                            () -> System.currentTimeMillis() / 1_000,
                            new Random(port));
            InetSocketAddress udp =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), bootnode.port);
            core.bootnodes(List.of(V4Node.of(bootnode.key.publicKey(), udp, bootnode.port)));
            closed.add(socket);
            Thread.ofPlatform().daemon().start(this);
        }

        Enode enode() {
            int port = socket.getLocalPort();
            return new Enode(key.publicKey(), "127.0.0.1", port, port);
        }

        private void send(List<DiscoveryV4.Datagram> datagrams) throws IOException {
            for (DiscoveryV4.Datagram datagram : datagrams) {
                byte[] bytes = datagram.bytes().toArray();
                socket.send(new DatagramPacket(bytes, bytes.length, datagram.to()));
            }
        }

        @Override
        public void run() {
            try {
                socket.setSoTimeout(100);
                byte[] buffer = new byte[2048];
                while (true) {
                    send(core.tick(true));
                    DatagramPacket got = new DatagramPacket(buffer, buffer.length);
                    try {
                        socket.receive(got);
                    } catch (SocketTimeoutException nothing) {
                        continue;
                    }
                    Bytes bytes = Bytes.wrap(buffer, 0, got.getLength()).copy();
                    InetSocketAddress from = new InetSocketAddress(got.getAddress(), got.getPort());
                    send(core.take(from, V4Packet.read(bytes)));
                }
            } catch (IOException closedNow) {
                // The test is over.
            }
        }

        boolean hasFound(Enode other) {
            return core.found().stream().anyMatch(one -> one.node().equals(other));
        }
    }

    private static int freePort() {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        started.forEach(Discovery::close);
        closed.forEach(DatagramSocket::close);
    }

    @Test
    void whoKnowsOneNodeFindsTheOthersOfItsChain() throws Exception {
        Site a = new Site(OURS);
        Site b = new Site(OURS, a.enode().toString());
        Site stranger = new Site(OTHER, a.discovery.enr());
        Site c = new Site(OURS, a.enode().toString());
        c.finds(b);
        b.finds(c);
        c.finds(a);
        assertThat(c.found).doesNotContain(stranger.enode());
    }

    @Test
    void aBootnodeWhoseHostHasNoAddressKeepsNobodyFromTheOthers() throws Exception {
        Site a = new Site(OURS);
        String unknown = a.enode().toString().replace("127.0.0.1", "no-such-host.invalid");
        Site b = new Site(OURS, unknown, a.enode().toString());
        b.finds(a);
    }

    @Test
    void nodesThatSpeakTheOlderProtocolAloneFindEachOtherAndAreFoundOnTheSamePort()
            throws Exception {
        Site a = new Site(OURS);
        Site both = new Site(OURS, a.enode().toString());
        Old b = new Old(a);
        Old c = new Old(a);
        a.finds(b.enode());
        a.finds(c.enode());
        both.finds(c.enode());
        both.finds(a);
        for (int i = 0; i < 600 && !(b.hasFound(c.enode()) && c.hasFound(b.enode())); i++) {
            Thread.sleep(100);
        }
        assertThat(b.hasFound(c.enode())).isTrue();
        assertThat(c.hasFound(b.enode())).isTrue();
        assertThat(b.hasFound(both.enode()) || c.hasFound(both.enode())).isTrue();
    }

    @Test
    void aNodeThatComesToItsFollowersForkIsFoundFromThenOn() throws Exception {
        Site a = new Site(OTHER);
        String before = a.discovery.enr();
        a.discovery.moveTo(OTHER);
        assertThat(a.discovery.enr()).isEqualTo(before);
        a.discovery.moveTo(OURS);
        assertThat(a.discovery.enr()).isNotEqualTo(before);
        assertThat(Discovery.parse(a.discovery.enr())).isEqualTo(a.enode());
        Site b = new Site(OURS, a.enode().toString());
        b.finds(a);
    }

    @Test
    void aRecordSaysWhereItsNodeIs() throws Exception {
        Site a = new Site(OURS);
        assertThat(Discovery.parse(a.discovery.enr())).isEqualTo(a.enode());
    }

    /** The example of EIP-778, which has a UDP port alone. */
    @Test
    void theRecordOfTheSpecificationIsReadButTakesNoLinks() {
        assertThatThrownBy(() -> Discovery.parse(EXAMPLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("`" + EXAMPLE + "` says no address that takes links");
    }

    @Test
    void whatIsNoRecordIsRefusedByName() {
        assertThatThrownBy(() -> Discovery.parse("enr:abc"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("`enr:abc` is no node record");
        String altered = EXAMPLE.replace("enr:-IS4QHCY", "enr:-IS4QHCZ");
        assertThatThrownBy(() -> Discovery.parse(altered))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("signature");
    }
}

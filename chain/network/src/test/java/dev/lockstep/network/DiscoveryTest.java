package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.KeyPair;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
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
                            found::add);
            started.add(discovery);
        }

        Enode enode() {
            return new Enode(key.publicKey(), "127.0.0.1", port, port);
        }

        /** Waits until this node is found here. */
        void finds(Site other) throws InterruptedException {
            long until = System.nanoTime() + 60_000_000_000L;
            Enode enode = null;
            while (!other.enode().equals(enode)) {
                enode = found.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                assertThat(enode).as("found in time").isNotNull();
            }
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

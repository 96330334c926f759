package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.network.Capability;
import dev.lockstep.network.Enode;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.ForkId;
import dev.lockstep.network.Network;
import dev.lockstep.network.NetworkConfig;
import dev.lockstep.network.Peer;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** Another node as a node sees it: it says what a test tells it to and keeps what it hears. */
final class WirePeer implements Network.Handler, AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    final BlockingQueue<EthMessage> heard = new LinkedBlockingQueue<>();
    final CountDownLatch gone = new CountDownLatch(1);
    final KeyPair key = DataFolder.newKey();
    private final CountDownLatch isReady = new CountDownLatch(1);
    private final Node node;
    private final Capability eth;
    private final Network network;
    private final UInt256 networkId;
    private volatile Peer peer;
    volatile String goneBecause = "";

    /** Linked to {@code node}, with which it shares the chain. */
    WirePeer(Node node, Capability eth) throws Exception {
        this(node, eth, node.chain().genesis().spec().chainId());
        awaitLink();
    }

    /** Waits until it is taken in. */
    void awaitLink() throws InterruptedException {
        assertThat(isReady.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("linked").isTrue();
        // Whoever is answered was taken in.
        send(new EthMessage.GetBlockHeaders(1, null, 0, 1, 0, false));
        List<EthMessage> before = new ArrayList<>();
        for (EthMessage message = next(EthMessage.class);
                !(message instanceof EthMessage.BlockHeaders);
                message = next(EthMessage.class)) {
            before.add(message);
        }
        heard.addAll(before);
    }

    /** Another that tries, and may not be taken. */
    WirePeer(Node node, Capability eth, UInt256 networkId) throws IOException {
        this.node = node;
        this.eth = eth;
        this.networkId = networkId;
        Enode enode = node.enode();
        network =
                Network.start(
                        new NetworkConfig(
                                key,
                                "test/1",
                                "127.0.0.1",
                                "127.0.0.1",
                                0,
                                5,
                                List.of(enode),
                                List.of(eth, Peers.ISTANBUL)),
                        this);
    }

    @Override
    public void onConnected(Peer added) {
        peer = added;
        added.confirm();
        Hash genesis = node.chain().genesis().hash();
        ForkId forkId = Consensus.forks(node.chain().ledger()).at(0, 0);
        EthMessage status =
                eth.version() >= 69
                        ? new EthMessage.RangeStatus(
                                networkId, genesis, forkId, new EthMessage.Range(0, 0, genesis))
                        : new EthMessage.HeadStatus(
                                networkId, UInt256.ONE, genesis, genesis, forkId);
        send(status);
    }

    @Override
    public void onMessage(Peer from, Capability capability, int code, Bytes payload) {
        if (!capability.equals(eth)) return;
        EthMessage message = EthProtocol.decode(code, payload, eth.version());
        if (message instanceof EthMessage.Status) isReady.countDown();
        else heard.add(message);
    }

    @Override
    public void onDisconnected(Peer who, String why) {
        goneBecause = why;
        gone.countDown();
    }

    void send(EthMessage message) {
        peer.send(eth, EthProtocol.code(message), EthProtocol.encode(message, eth.version()));
    }

    /** As any bytes, whatever they mean. */
    void send(int code, Bytes payload) {
        peer.send(eth, code, payload);
    }

    Peer peer() {
        return peer;
    }

    /** The next message of this kind; what comes before it is dropped. */
    <M extends EthMessage> M next(Class<M> kind) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
        while (true) {
            EthMessage message =
                    heard.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            assertThat(message).as("a " + kind.getSimpleName() + " in time").isNotNull();
            if (kind.isInstance(message)) return kind.cast(message);
        }
    }

    @Override
    public void close() {
        network.close();
    }
}

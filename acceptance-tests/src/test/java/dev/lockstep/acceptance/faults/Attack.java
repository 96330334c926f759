package dev.lockstep.acceptance.faults;

import dev.lockstep.acceptance.dsl.Cluster;
import dev.lockstep.network.Capability;
import dev.lockstep.network.Enode;
import dev.lockstep.network.EthMessage;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.Network;
import dev.lockstep.network.NetworkConfig;
import dev.lockstep.network.Peer;
import dev.lockstep.node.DataFolder;
import dev.lockstep.types.Hash;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/**
 * Hostile peers of all validators of a network, at full speed, until closed: connections that say
 * nothing or a byte now and then, garbage before the handshake, and peers in good standing that ask
 * without end, announce what there is not, and send what no message is. Whoever is refused comes
 * back.
 */
final class Attack implements AutoCloseable {
    private static final Capability ISTANBUL = new Capability("istanbul", 100, 22);
    private static final int SILENT_PER_NODE = 500;
    private static final int GARBAGE_BYTES = 4096;
    private static final int BATCH = 1024;
    private static final int OVERSIZED_BYTES = 11 << 20;
    private static final long DRIP_MILLIS = 1_000;

    private final Cluster network;
    private final List<Enode> nodes;
    private final long seed;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isOver;

    /** What was done, for the report. */
    final AtomicLong connections = new AtomicLong();

    final AtomicLong links = new AtomicLong();
    final AtomicLong messages = new AtomicLong();

    /**
     * @param nodes of the network, in order
     */
    Attack(Cluster network, List<Enode> nodes, long seed) {
        this.network = network;
        this.nodes = nodes;
        this.seed = seed;
    }

    void start() {
        for (int i = 0; i < nodes.size(); i++) {
            int port = network.p2pPort(i);
            Random random = new Random(seed + i);
            run(() -> drip(port));
            run(() -> garbage(port, random));
            Enode node = nodes.get(i);
            for (Kind kind : Kind.values()) run(() -> new Hostile(kind, node, random).attack());
        }
    }

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    /** Again and again, whatever comes of it. */
    private void run(Step step) {
        threads.add(
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    while (!isOver) {
                                        try {
                                            step.run();
                                        } catch (IOException refused) {
                                            // It tries again.
                                        } catch (InterruptedException over) {
                                            return;
                                        }
                                    }
                                }));
    }

    private Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        connections.incrementAndGet();
        return socket;
    }

    /** Many connections, none of which gets to the end of a handshake. */
    private void drip(int port) throws IOException, InterruptedException {
        List<Socket> open = new ArrayList<>();
        try {
            while (!isOver) {
                while (open.size() < SILENT_PER_NODE) open.add(connect(port));
                for (Socket socket : open) socket.getOutputStream().write(1);
                Thread.sleep(DRIP_MILLIS);
            }
        } finally {
            // The first that the node closed; it begins anew.
            for (Socket socket : open) socket.close();
        }
    }

    private void garbage(int port, Random random) throws IOException {
        byte[] bytes = new byte[GARBAGE_BYTES];
        random.nextBytes(bytes);
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(bytes);
        }
    }

    /** What a peer in good standing does. */
    private enum Kind {
        BODIES,
        RECEIPTS,
        HEADERS,
        ANNOUNCEMENTS,
        OVERSIZED,
        GARBAGE
    }

    /** One peer, with a new key each time. */
    private final class Hostile implements Network.Handler {
        private final Kind kind;
        private final Enode node;
        private final Random random;
        private volatile Hash genesis = Hash.ZERO;
        private volatile boolean isLinked;
        private volatile boolean isGone;
        private volatile Peer peer;

        Hostile(Kind kind, Enode node, Random random) {
            this.kind = kind;
            this.node = node;
            this.random = random;
        }

        void attack() throws IOException, InterruptedException {
            NetworkConfig config =
                    new NetworkConfig(
                            DataFolder.newKey(),
                            "hostile/1",
                            "127.0.0.1",
                            "127.0.0.1",
                            0,
                            5,
                            List.of(node),
                            List.of(EthProtocol.ETH_69, ISTANBUL));
            try (Network _ = Network.start(config, this)) {
                while (!isOver && !isGone) {
                    if (isLinked) {
                        send();
                        messages.incrementAndGet();
                    } else {
                        Thread.sleep(5);
                    }
                }
            }
        }

        private void send() throws InterruptedException {
            List<Hash> hashes = Collections.nCopies(BATCH, genesis);
            switch (kind) {
                case BODIES -> send(new EthMessage.GetBlockBodies(1, hashes));
                case RECEIPTS -> send(new EthMessage.GetReceipts(2, hashes));
                case HEADERS -> send(new EthMessage.GetBlockHeaders(3, null, 0, BATCH, 0, false));
                case ANNOUNCEMENTS -> send(new EthMessage.NewPooledTransactionHashes(invented()));
                case OVERSIZED -> raw(0x05, Bytes.wrap(new byte[OVERSIZED_BYTES]));
                case GARBAGE -> {
                    byte[] bytes = new byte[1 + random.nextInt(GARBAGE_BYTES)];
                    random.nextBytes(bytes);
                    raw(random.nextInt(EthProtocol.ETH_69.messages()), Bytes.wrap(bytes));
                }
            }
            // This process must not be the one that fills up.
            peer.awaitRoom();
        }

        private List<EthMessage.Announcement> invented() {
            List<EthMessage.Announcement> list = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                byte[] hash = new byte[32];
                random.nextBytes(hash);
                list.add(new EthMessage.Announcement(2, 100, new Hash(Bytes32.wrap(hash))));
            }
            return list;
        }

        private void send(EthMessage message) {
            raw(
                    EthProtocol.code(message),
                    EthProtocol.encode(message, EthProtocol.ETH_69.version()));
        }

        private void raw(int code, Bytes payload) {
            peer.send(EthProtocol.ETH_69, code, payload);
        }

        @Override
        public void onConnected(Peer linked) {
            links.incrementAndGet();
            peer = linked;
            linked.confirm();
        }

        @Override
        public void onMessage(Peer from, Capability capability, int code, Bytes payload) {
            if (isLinked || !capability.equals(EthProtocol.ETH_69)) return;
            if (EthProtocol.decode(code, payload, capability.version())
                    instanceof EthMessage.RangeStatus status) {
                genesis = status.genesis();
                // It is on the same chain, and says so in the node's own words.
                from.send(capability, code, payload);
                isLinked = true;
            }
        }

        @Override
        public void onDisconnected(Peer who, String why) {
            isGone = true;
        }
    }

    @Override
    public void close() {
        isOver = true;
        try {
            for (Thread thread : threads) thread.join();
        } catch (InterruptedException stopNow) {
            Thread.currentThread().interrupt();
        }
    }
}

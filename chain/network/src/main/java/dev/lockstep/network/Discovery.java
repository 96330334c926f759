package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.ethereum.beacon.discovery.DiscoverySystemBuilder;
import org.ethereum.beacon.discovery.MutableDiscoverySystem;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes of the same chain by discovery v4 and v5 at once, on one UDP port: each keeps a
 * record of itself, signed, and hands out those of others, or where they are.
 *
 * @source devp2p, Node Discovery Protocols v4 and v5; EIP-778, Ethereum Node Records; EIP-2124 for
 *     the record's {@code eth} entry
 */
public final class Discovery implements Closeable {
    private static final System.Logger LOG = System.getLogger(Discovery.class.getName());

    private static final long START_TIMEOUT_SECONDS = 10;
    private static final Duration LOOKUP_INTERVAL = Duration.ofSeconds(5);

    private static final long TICK_MILLIS = 200;

    /** Ticks from one time to the next that those who were found are offered for a link. */
    private static final int OFFER_TICKS = 10;

    /** The same for looking up the addresses of bootnodes, which may move. */
    private static final int RESOLVE_TICKS = 300;

    /** A port is free some time after whoever had it stopped. */
    private static final int REBIND_TRIES = 20;

    private static final long REBIND_MILLIS = 500;

    private final Predicate<ForkId> isOurs;
    private final BooleanSupplier isLacking;
    private final Consumer<Enode> found;
    private final DiscoveryV4 v4;
    private final Thread thread;

    /** Guarded by this object, as the system is where it is changed. */
    private Config config;

    private volatile SharedSocket socket;
    private volatile @Nullable MutableDiscoverySystem system;
    private volatile boolean isClosed;

    /**
     * What a discovery needs to know at start.
     *
     * @param host the address to listen on
     * @param advertisedHost the address that others are told; null for the one at which they see
     *     this node
     * @param port the UDP port
     * @param tcpPort where links are taken
     * @param forkId of this node's chain now
     * @param bootnodes enode or enr URLs
     */
    public record Config(
            KeyPair keys,
            String host,
            @Nullable String advertisedHost,
            int port,
            int tcpPort,
            ForkId forkId,
            List<String> bootnodes) {
        public Config {
            bootnodes = List.copyOf(bootnodes);
        }

        private Config at(ForkId other) {
            return new Config(keys, host, advertisedHost, port, tcpPort, other, bootnodes);
        }
    }

    private Discovery(
            Config config,
            Predicate<ForkId> isOurs,
            BooleanSupplier isLacking,
            Consumer<Enode> found)
            throws IOException {
        this.config = config;
        this.isOurs = isOurs;
        this.isLacking = isLacking;
        this.found = found;
        String advertised = config.advertisedHost;
        InetAddress address = advertised == null ? null : InetAddress.getByName(advertised);
        NodeRecord first = NodeRecords.own(config, NodeRecords.signer(config));
        v4 =
                new DiscoveryV4(
                        new DiscoveryV4.Self(config.keys, address, config.port, config.tcpPort),
                        () -> ownRecord(first),
                        () -> System.nanoTime() / 1_000_000,
                        () -> System.currentTimeMillis() / 1_000,
                        new SecureRandom());
        v4.bootnodes(bootnodes(config));
        socket = socket(config);
        system = started(config, socket);
        thread = Thread.ofPlatform().name("discovery").daemon().unstarted(this::run);
    }

    /**
     * @param isOurs whether a node with this fork id may be on the same chain
     * @param isLacking whether more links are wanted
     * @param found is told of such nodes, and of those that do not say their fork id, again and
     *     again
     * @fails IOException where the port cannot be had
     */
    public static Discovery start(
            Config config,
            Predicate<ForkId> isOurs,
            BooleanSupplier isLacking,
            Consumer<Enode> found)
            throws IOException {
        // Few packets are no reason for its own memory, nor for access that Java warns of.
        System.setProperty("io.netty.noUnsafe", "true");
        System.setProperty("io.netty.allocator.type", "unpooled");
        Discovery discovery = new Discovery(config, isOurs, isLacking, found);
        discovery.thread.start();
        return discovery;
    }

    /** As it was before v5 has begun, and as that keeps it then. */
    private NodeRecord ownRecord(NodeRecord first) {
        MutableDiscoverySystem running = system;
        return running == null ? first : running.getLocalNodeRecord();
    }

    private static List<V4Node> bootnodes(Config config) {
        List<V4Node> nodes = new ArrayList<>();
        for (String url : config.bootnodes) {
            Enode node = url.startsWith("enr:") ? parse(url) : Enode.parse(url);
            try {
                InetAddress address = InetAddress.getByName(node.host());
                InetSocketAddress udp = new InetSocketAddress(address, node.udpPort());
                nodes.add(V4Node.of(node.id(), udp, node.tcpPort()));
            } catch (UnknownHostException notNow) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "Bootnode host {0} has no address now; it is looked up again",
                        node.host());
            }
        }
        return nodes;
    }

    private SharedSocket socket(Config config) {
        return new SharedSocket(new InetSocketAddress(config.host, config.port), v4);
    }

    private static MutableDiscoverySystem started(Config config, SharedSocket socket)
            throws IOException {
        Signer signer = NodeRecords.signer(config);
        MutableDiscoverySystem system =
                new DiscoverySystemBuilder()
                        .discoveryServer(socket)
                        .signer(signer)
                        .localNodeRecord(NodeRecords.own(config, signer))
                        .bootnodes(
                                config.bootnodes.stream()
                                        .map(NodeRecords::of)
                                        .flatMap(Optional::stream)
                                        .toList())
                        .newAddressHandler(
                                (old, address) ->
                                        Optional.of(
                                                old.withNewAddress(
                                                        address,
                                                        Optional.of(config.tcpPort),
                                                        Optional.empty(),
                                                        signer)))
                        .recursiveLookupInterval(LOOKUP_INTERVAL)
                        .buildMutable();
        try {
            system.start().get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            system.stop();
            throw new IOException("discovery on UDP " + config.host + ":" + config.port, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            system.stop();
            throw new IOException("interrupted while discovery started", e);
        }
        return system;
    }

    /**
     * The chain has come to another fork. The library has no way to change an entry that is a list,
     * so a system with the new record takes the old one's place.
     *
     * @fails IOException where the port cannot be had again; nobody is looked for then
     */
    public synchronized void moveTo(ForkId forkId) throws IOException {
        if (isClosed || forkId.equals(config.forkId)) return;
        config = config.at(forkId);
        running().stop();
        for (int i = 0; ; i++) {
            try {
                SharedSocket next = socket(config);
                MutableDiscoverySystem moved = started(config, next);
                socket = next;
                system = moved;
                if (isClosed) moved.stop();
                return;
            } catch (IOException inUseStill) {
                if (i == REBIND_TRIES) throw inUseStill;
            }
            try {
                Thread.sleep(REBIND_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while discovery moved to another fork", e);
            }
        }
    }

    /** What a node with this configuration says of itself. */
    static String enr(Config config) throws IOException {
        return NodeRecords.own(config, NodeRecords.signer(config)).asEnr();
    }

    /**
     * Where the node of a record takes links.
     *
     * @param url {@code enr:} and the record in base64
     * @fails IllegalArgumentException that says what is wrong with {@code url}
     */
    public static Enode parse(String url) {
        Enode node = NodeRecords.enode(NodeRecords.signed(url));
        if (node == null) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` says no address that takes links");
        }
        return node;
    }

    /** This node's own record, as others may be given it. */
    public String enr() {
        return running().getLocalNodeRecord().asEnr();
    }

    private MutableDiscoverySystem running() {
        return Objects.requireNonNull(system, "not before it has started");
    }

    private void run() {
        for (int tick = 1; !isClosed; tick++) {
            try {
                Thread.sleep(TICK_MILLIS);
                if (tick % RESOLVE_TICKS == 0) v4.bootnodes(bootnodes(config));
                socket.send(v4.tick(isLacking.getAsBoolean()));
                if (tick % OFFER_TICKS == 0) offer();
            } catch (InterruptedException stopped) {
                return;
            } catch (RuntimeException once) {
                LOG.log(System.Logger.Level.WARNING, "Discovery failed once", once);
            }
        }
    }

    private void offer() {
        for (NodeRecord record : running().streamLiveNodes().toList()) {
            ForkId forkId = NodeRecords.forkId(record);
            Enode node = NodeRecords.enode(record);
            if (node != null && forkId != null && isOurs.test(forkId)) found.accept(node);
        }
        for (DiscoveryV4.Found node : v4.found()) {
            ForkId forkId = node.forkId();
            if (forkId == null || isOurs.test(forkId)) found.accept(node.node());
        }
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        // It takes its time to be quiet, and nobody waits for that.
        Thread.ofVirtual().name("discovery-stop").start(running()::stop);
    }
}

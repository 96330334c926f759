package dev.lockstep.network;

import dev.lockstep.crypto.KeyPair;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.crypto.SECP256K1;
import org.apache.tuweni.units.bigints.UInt64;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.ethereum.beacon.discovery.DiscoverySystemBuilder;
import org.ethereum.beacon.discovery.MutableDiscoverySystem;
import org.ethereum.beacon.discovery.crypto.DefaultSigner;
import org.ethereum.beacon.discovery.crypto.Signer;
import org.ethereum.beacon.discovery.schema.EnrField;
import org.ethereum.beacon.discovery.schema.IdentitySchema;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.ethereum.beacon.discovery.schema.NodeRecordFactory;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes of the same chain: each keeps a record of itself, signed, and hands out those of
 * others.
 *
 * @source devp2p, Node Discovery Protocol v5; EIP-778, Ethereum Node Records; EIP-2124 for the
 *     record's {@code eth} entry
 */
public final class Discovery implements Closeable {
    private static final System.Logger LOG = System.getLogger(Discovery.class.getName());

    private static final String FORK_ID = "eth";
    private static final long START_TIMEOUT_SECONDS = 10;
    private static final Duration LOOKUP_INTERVAL = Duration.ofSeconds(5);

    /** How often those who were found are offered for a link. */
    private static final long OFFER_MILLIS = 2_000;

    /** A port is free some time after whoever had it stopped. */
    private static final int REBIND_TRIES = 20;

    private static final long REBIND_MILLIS = 500;

    private final Predicate<ForkId> isOurs;
    private final Consumer<Enode> found;
    private final Thread thread;

    /** Guarded by this object, as the system is where it is changed. */
    private Config config;

    private volatile MutableDiscoverySystem system;
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
            MutableDiscoverySystem system,
            Predicate<ForkId> isOurs,
            Consumer<Enode> found) {
        this.config = config;
        this.system = system;
        this.isOurs = isOurs;
        this.found = found;
        thread = Thread.ofPlatform().name("discovery").daemon().unstarted(this::run);
    }

    /**
     * @param isOurs whether a node with this fork id may be on the same chain
     * @param found is told of such nodes, again and again
     * @fails IOException where the port cannot be had
     */
    public static Discovery start(Config config, Predicate<ForkId> isOurs, Consumer<Enode> found)
            throws IOException {
        // Few packets are no reason for its own memory, nor for access that Java warns of.
        System.setProperty("io.netty.noUnsafe", "true");
        System.setProperty("io.netty.allocator.type", "unpooled");
        Discovery discovery = new Discovery(config, started(config), isOurs, found);
        discovery.thread.start();
        return discovery;
    }

    private static MutableDiscoverySystem started(Config config) throws IOException {
        Signer signer = signer(config);
        MutableDiscoverySystem system =
                new DiscoverySystemBuilder()
                        .listen(config.host, config.port)
                        .signer(signer)
                        .localNodeRecord(own(config, signer))
                        .bootnodes(config.bootnodes.stream().map(Discovery::record).toList())
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
        system.stop();
        for (int i = 0; ; i++) {
            try {
                system = started(config);
                if (isClosed) system.stop();
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
        return own(config, signer(config)).asEnr();
    }

    private static Signer signer(Config config) {
        return new DefaultSigner(SECP256K1.SecretKey.fromBytes(config.keys.secret()));
    }

    private static NodeRecord own(Config config, Signer signer) throws IOException {
        List<EnrField> fields = new ArrayList<>(identity(config.keys.publicKey()));
        if (config.advertisedHost != null) {
            InetAddress address = InetAddress.getByName(config.advertisedHost);
            fields.addAll(place(address, config.port, config.tcpPort));
        }
        Bytes next = Bytes.minimalBytes(config.forkId.next());
        fields.add(new EnrField(FORK_ID, List.of(List.of(config.forkId.hash(), next))));
        NodeRecord record =
                NodeRecordFactory.DEFAULT.createFromValues(
                        UInt64.valueOf(System.currentTimeMillis()), fields);
        record.sign(signer);
        return record;
    }

    private static List<EnrField> identity(Bytes id) {
        return List.of(
                new EnrField(EnrField.ID, IdentitySchema.V4),
                new EnrField(EnrField.PKEY_SECP256K1, compressed(id)));
    }

    private static List<EnrField> place(InetAddress address, int udpPort, int tcpPort) {
        Bytes ip = Bytes.wrap(address.getAddress());
        boolean isV4 = ip.size() == 4;
        return List.of(
                new EnrField(isV4 ? EnrField.IP_V4 : EnrField.IP_V6, ip),
                new EnrField(isV4 ? EnrField.UDP : EnrField.UDP_V6, udpPort),
                new EnrField(isV4 ? EnrField.TCP : EnrField.TCP_V6, tcpPort));
    }

    /** From 64 bytes to 33, with which records name a key. */
    private static Bytes compressed(Bytes id) {
        byte[] point = Bytes.concatenate(Bytes.of(4), id).toArray();
        return Bytes.wrap(
                ECNamedCurveTable.getParameterSpec("secp256k1")
                        .getCurve()
                        .decodePoint(point)
                        .getEncoded(true));
    }

    private static Bytes uncompressed(Bytes key) {
        return Bytes.wrap(
                        ECNamedCurveTable.getParameterSpec("secp256k1")
                                .getCurve()
                                .decodePoint(key.toArray())
                                .getEncoded(false))
                .slice(1);
    }

    /** A node as its URL says it, enode or enr. */
    private static NodeRecord record(String url) {
        if (url.startsWith("enr:")) return signed(url);
        Enode node = Enode.parse(url);
        try {
            List<EnrField> fields = new ArrayList<>(identity(node.id()));
            fields.addAll(
                    place(InetAddress.getByName(node.host()), node.udpPort(), node.tcpPort()));
            // Of the lowest number, so that the node's own record takes its place.
            return NodeRecordFactory.DEFAULT.createFromValues(UInt64.ZERO, fields);
        } catch (IOException unknown) {
            throw new IllegalArgumentException("`" + url + "` has a host that is unknown", unknown);
        }
    }

    private static NodeRecord signed(String url) {
        NodeRecord record;
        try {
            record = NodeRecordFactory.DEFAULT.fromEnr(url);
        } catch (RuntimeException malformed) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` is no node record", malformed);
        }
        if (!record.isValid()) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` has a signature that is not its key's");
        }
        return record;
    }

    /**
     * Where the node of a record takes links.
     *
     * @param url {@code enr:} and the record in base64
     * @fails IllegalArgumentException that says what is wrong with {@code url}
     */
    public static Enode parse(String url) {
        Enode node = enode(signed(url));
        if (node == null) {
            throw new IllegalArgumentException(
                    "`" + Enode.cut(url) + "` says no address that takes links");
        }
        return node;
    }

    private static @Nullable Enode enode(NodeRecord record) {
        Optional<InetSocketAddress> tcp = record.getTcpAddress().or(record::getTcp6Address);
        if (tcp.isEmpty() || !(record.get(EnrField.PKEY_SECP256K1) instanceof Bytes key)) {
            return null;
        }
        int udpPort =
                record.getUdpAddress()
                        .or(record::getUdp6Address)
                        .map(InetSocketAddress::getPort)
                        .orElse(0);
        String host = tcp.get().getAddress().getHostAddress();
        return new Enode(uncompressed(key), host, tcp.get().getPort(), udpPort);
    }

    private static @Nullable ForkId forkId(NodeRecord record) {
        if (!(record.get(FORK_ID) instanceof List<?> outer) || outer.isEmpty()) return null;
        if (!(outer.getFirst() instanceof List<?> inner) || inner.size() < 2) return null;
        if (!(inner.get(0) instanceof Bytes hash) || !(inner.get(1) instanceof Bytes next)) {
            return null;
        }
        return hash.size() == 4 && next.size() <= 8 ? new ForkId(hash, next.toLong()) : null;
    }

    /** This node's own record, as others may be given it. */
    public String enr() {
        return system.getLocalNodeRecord().asEnr();
    }

    private void run() {
        while (!isClosed) {
            try {
                Thread.sleep(OFFER_MILLIS);
                Collection<NodeRecord> live = system.streamLiveNodes().toList();
                for (NodeRecord record : live) {
                    ForkId forkId = forkId(record);
                    Enode node = enode(record);
                    if (node != null && forkId != null && isOurs.test(forkId)) found.accept(node);
                }
            } catch (InterruptedException stopped) {
                return;
            } catch (RuntimeException once) {
                LOG.log(System.Logger.Level.WARNING, "Discovery failed once", once);
            }
        }
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        // It takes its time to be quiet, and nobody waits for that.
        Thread.ofVirtual().name("discovery-stop").start(system::stop);
    }
}

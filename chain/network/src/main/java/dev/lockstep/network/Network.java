package dev.lockstep.network;

import dev.lockstep.types.LocalFault;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The links of this node: those that it keeps to static nodes, and those that others begin. Each
 * link has a thread that receives and one that sends, so that no peer can make another wait.
 */
public final class Network implements Closeable {
    private static final System.Logger LOG = System.getLogger(Network.class.getName());

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    private static final long PING_AFTER_MILLIS = 15_000;
    private static final long GONE_AFTER_MILLIS = 30_000;
    private static final long TICK_MILLIS = 500;

    private static final long REDIAL_MILLIS_MIN = 250;
    private static final long REDIAL_MILLIS_MAX = 30_000;

    /** Two connections that both sides began at once are this young. */
    private static final long SIMULTANEOUS_MILLIS = 10_000;

    private static final int ACCEPT_BACKLOG = 512;

    /** For a last word to a peer. */
    private static final long FAREWELL_MILLIS = 1_000;

    /** Nodes that were found and are being dialled at once. */
    private static final int MEETING_MAX = 8;

    private static final int MET_MAX = 1024;

    private final NetworkConfig config;
    private final NetworkLimits limits;
    private final Handler handler;
    private final SecureRandom random = new SecureRandom();
    private final ServerSocket server;
    private final Link.Introduction introduction;
    private final Map<Bytes, Peer> peers = new ConcurrentHashMap<>();

    /** Connections before their Hello, the oldest first; guarded by itself. */
    private final Map<Socket, Pending> pending = new LinkedHashMap<>();

    private final Set<Enode> kept = ConcurrentHashMap.newKeySet();

    /** Nodes that are being dialled because they were found. */
    private final Set<Bytes> meeting = ConcurrentHashMap.newKeySet();

    /** When a node that was found was dialled last; guarded by itself. */
    private final Map<Bytes, Long> met = new LinkedHashMap<>();

    private final Reputation<Bytes> nodes = new Reputation<>(Network::millis);
    private final Reputation<InetAddress> addresses = new Reputation<>(Network::millis);
    private final Semaphore largeMessages;
    private volatile boolean isClosed;

    /**
     * @param address null for a connection that this side began
     */
    private record Pending(@Nullable InetAddress address, long sinceMillis) {}

    /**
     * What a node does about its peers. Calls about one peer come one after the other; a call that
     * takes long makes that peer wait.
     */
    public interface Handler {
        void onConnected(Peer peer);

        /**
         * @param code within the capability
         */
        void onMessage(Peer peer, Capability capability, int code, Bytes payload);

        /**
         * @param why in words, for the log
         */
        void onDisconnected(Peer peer, String why);
    }

    private static long millis() {
        return System.nanoTime() / 1_000_000;
    }

    private Network(
            NetworkConfig config, Handler handler, ServerSocket server, NetworkLimits limits) {
        this.config = config;
        this.limits = limits;
        largeMessages = new Semaphore(limits.largeMessagesMax());
        this.handler = handler;
        this.server = server;
        introduction =
                new Link.Introduction(
                        config.keys(), config.clientId(), server.getLocalPort(), config.offered());
    }

    /**
     * Listens, and begins to connect to the static nodes.
     *
     * @fails IOException where the port cannot be had
     */
    public static Network start(NetworkConfig config, Handler handler) throws IOException {
        return start(config, handler, NetworkLimits.DEFAULT);
    }

    static Network start(NetworkConfig config, Handler handler, NetworkLimits limits)
            throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(
                new InetSocketAddress(InetAddress.getByName(config.host()), config.port()),
                ACCEPT_BACKLOG);
        Network network = new Network(config, handler, server, limits);
        Thread.ofPlatform().name("network-listener").daemon().start(network::listen);
        Thread.ofPlatform().name("network-ticker").daemon().start(network::tick);
        config.staticNodes().forEach(network::keep);
        return network;
    }

    /** Where others find this node. */
    public Enode enode() {
        int port = server.getLocalPort();
        return new Enode(config.keys().publicKey(), config.advertisedHost(), port, port);
    }

    /** Those who have shown that they are on the same chain, in no order. */
    public List<Peer> peers() {
        return peers.values().stream().filter(Peer::isConfirmed).toList();
    }

    /** Connections and links that are no peers yet. */
    int unsettled() {
        synchronized (pending) {
            return pending.size()
                    + (int) peers.values().stream().filter(peer -> !peer.isConfirmed()).count();
        }
    }

    /**
     * Keeps a link to this node from now on.
     *
     * @return whether that is new
     */
    public boolean keep(Enode node) {
        boolean isSelf = node.id().equals(config.keys().publicKey());
        if (isSelf || !kept.add(node)) return false;
        Thread.ofPlatform().daemon().name("network-dialer").start(() -> dial(node));
        return true;
    }

    /**
     * Keeps no link to this node from now on, and ends the one that is there.
     *
     * @return whether there was anything to end
     */
    public boolean drop(Bytes id) {
        boolean wasKept = kept.removeIf(node -> node.id().equals(id));
        Peer peer = peers.get(id);
        if (peer != null) peer.disconnect(DisconnectReason.REQUESTED, "it was removed");
        return wasKept || peer != null;
    }

    /** Links to a node that was found, once, where there is a place for it. */
    public void meet(Enode node) {
        if (!hasPlace() || meeting.size() >= MEETING_MAX || nodes.isDenied(node.id())) return;
        if (node.id().equals(config.keys().publicKey()) || peers.containsKey(node.id())) return;
        synchronized (met) {
            Long before = met.get(node.id());
            if (before != null && millis() - before < REDIAL_MILLIS_MAX) return;
            met.put(node.id(), millis());
            if (met.size() > MET_MAX) met.remove(met.keySet().iterator().next());
        }
        if (!meeting.add(node.id())) return;
        Thread.ofPlatform()
                .daemon()
                .name("network-dialer")
                .start(
                        () -> {
                            try {
                                connect(node, () -> meeting.remove(node.id()));
                            } finally {
                                meeting.remove(node.id());
                            }
                        });
    }

    private void listen() {
        while (!isClosed) {
            try {
                Socket socket = server.accept();
                InetAddress address = socket.getInetAddress();
                if (addresses.isDenied(address) && !isOfPeer(address)) {
                    socket.close();
                    continue;
                }
                makeRoom(address);
                synchronized (pending) {
                    pending.put(socket, new Pending(address, millis()));
                }
                Thread.ofPlatform()
                        .daemon()
                        .name("network-peer")
                        .start(
                                () ->
                                        serve(
                                                socket,
                                                () -> Link.accept(socket, introduction, random),
                                                true,
                                                () -> {}));
            } catch (IOException e) {
                if (!isClosed) LOG.log(System.Logger.Level.WARNING, "A connection was lost", e);
            }
        }
    }

    /** Whether somebody who did nothing wrong is linked from there. */
    private boolean isOfPeer(InetAddress address) {
        return peers().stream().anyMatch(peer -> peer.address().getAddress().equals(address));
    }

    /** Closes the oldest of too many connections: an honest one is a link in milliseconds. */
    private void makeRoom(InetAddress address) {
        synchronized (pending) {
            List<Socket> ofAll = new ArrayList<>();
            List<Socket> ofAddress = new ArrayList<>();
            pending.forEach(
                    (socket, connection) -> {
                        if (connection.address == null) return;
                        ofAll.add(socket);
                        if (connection.address.equals(address)) ofAddress.add(socket);
                    });
            Socket oldest = null;
            if (ofAddress.size() >= limits.pendingOfAddressMax()) oldest = ofAddress.getFirst();
            else if (ofAll.size() >= limits.pendingMax()) oldest = ofAll.getFirst();
            if (oldest == null) return;
            pending.remove(oldest);
            close(oldest);
        }
    }

    /** Connects again and again, sooner at first, as long as this network runs. */
    private void dial(Enode node) {
        long delayMillis = REDIAL_MILLIS_MIN;
        while (!isClosed && kept.contains(node)) {
            if (peers.containsKey(node.id())) {
                delayMillis = REDIAL_MILLIS_MIN;
            } else {
                connect(node, () -> {});
                delayMillis = Math.min(REDIAL_MILLIS_MAX, 2 * delayMillis);
            }
            try {
                Thread.sleep(delayMillis / 2 + random.nextLong(delayMillis));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Links to a node, and serves the link to its end. */
    private void connect(Enode node, Runnable linked) {
        Socket socket = new Socket();
        try {
            // A name is looked up each time: it may have moved.
            InetAddress address = InetAddress.getByName(node.host());
            socket.connect(new InetSocketAddress(address, node.tcpPort()), CONNECT_TIMEOUT_MILLIS);
            synchronized (pending) {
                pending.put(socket, new Pending(null, millis()));
            }
            serve(
                    socket,
                    () -> Link.initiate(socket, node.id(), introduction, random),
                    false,
                    linked);
        } catch (IOException unreachable) {
            close(socket);
        }
    }

    @FunctionalInterface
    private interface Opening {
        Link open() throws IOException;
    }

    /** Makes a connection a link and serves it to its end. */
    private void serve(Socket socket, Opening opening, boolean isInbound, Runnable linked) {
        Peer peer;
        try {
            socket.setTcpNoDelay(true);
            peer = new Peer(new Host(), opening.open(), socket, isInbound);
        } catch (IOException noLink) {
            if (isInbound && noLink instanceof PeerFault fault && fault.isBreach()) {
                addresses.blame(socket.getInetAddress(), Penalty.NO_LINK.points());
            }
            close(socket);
            return;
        } finally {
            synchronized (pending) {
                pending.remove(socket);
            }
        }
        linked.run();
        String refusal = takeIn(peer);
        if (refusal != null) {
            // The queue is empty, so the reason is sent before the connection is closed.
            Thread.ofPlatform().daemon().start(() -> send(peer));
            return;
        }
        Thread.ofPlatform().daemon().name("network-sender").start(() -> send(peer));
        String why;
        try {
            handler.onConnected(peer);
            while (true) {
                Link.Message message = peer.receive();
                handler.onMessage(peer, message.capability(), message.code(), message.payload());
            }
        } catch (PeerFault fault) {
            why = fault.why();
            if (fault.isBreach()) peer.blame(Penalty.MALFORMED, why);
            peer.disconnect(fault.reason(), why);
        } catch (IOException gone) {
            why = "the connection ended: " + gone.getMessage();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            why = "this node stops";
        } catch (RuntimeException bug) {
            peer.disconnect(DisconnectReason.SUBPROTOCOL, "an error of this node");
            LOG.log(System.Logger.Level.ERROR, "A message of " + peer + " was not dealt with", bug);
            why = "this node failed at a message of it: " + bug;
        } finally {
            peer.leave();
        }
        String ended = peer.endedBecause();
        peer.awaitFarewell(FAREWELL_MILLIS);
        peer.end(why);
        peers.remove(peer.id(), peer);
        handler.onDisconnected(peer, ended == null ? why : ended);
    }

    /** Takes the peer in, or disconnects it and says why. */
    private synchronized @Nullable String takeIn(Peer peer) {
        Peer other = peers.get(peer.id());
        if (other != null && !isPreferred(peer, other)) {
            peer.disconnect(DisconnectReason.ALREADY_CONNECTED, "it is connected already");
        } else if (!isKept(peer) && nodes.isDenied(peer.id())) {
            peer.disconnect(DisconnectReason.USELESS_PEER, "it is denied for what it did");
        } else if (other == null && !isKept(peer) && !hasPlace()) {
            peer.disconnect(DisconnectReason.TOO_MANY_PEERS, "there is no place for it");
        }
        if (peer.endedBecause() != null) return peer.endedBecause();
        peers.put(peer.id(), peer);
        if (other != null) {
            other.disconnect(DisconnectReason.ALREADY_CONNECTED, "a second link took its place");
        }
        List<Peer> unconfirmed =
                peers.values().stream()
                        .filter(p -> !p.isConfirmed() && p.isInbound() && !isKept(p))
                        .sorted(Comparator.comparingLong(Peer::ageMillis).reversed())
                        .toList();
        if (unconfirmed.size() > limits.unconfirmedMax()) {
            unconfirmed.getFirst().end("newer links took its place before it said its chain");
        }
        return null;
    }

    /** Whether more peers are taken in, besides the nodes that are kept. */
    public boolean hasPlace() {
        long taken = peers.values().stream().filter(p -> p.isConfirmed() && !isKept(p)).count();
        return taken < config.peersMax();
    }

    /** What links ask of the network that they are of. */
    private final class Host implements Peer.Host {
        @Override
        public boolean admit(Peer peer) {
            synchronized (Network.this) {
                if (isKept(peer) || peer.isConfirmed() || hasPlace()) {
                    // Before anybody else looks for a place.
                    peer.admitted();
                    return true;
                }
            }
            peer.disconnect(DisconnectReason.TOO_MANY_PEERS, "there is no place for it");
            return false;
        }

        @Override
        public void blame(Peer peer, Penalty penalty, String why) {
            LOG.log(System.Logger.Level.DEBUG, "Peer {0}: {1}: {2}", peer, penalty, why);
            if (!nodes.blame(peer.id(), penalty.points())) return;
            // A node that is kept may come again at once: it is there by the owner's will.
            if (isKept(peer)) nodes.forgive(peer.id());
            peer.disconnect(penalty.reason(), why);
        }

        @Override
        public boolean isKept(Peer peer) {
            return Network.this.isKept(peer);
        }

        @Override
        public Semaphore largeMessages() {
            return largeMessages;
        }
    }

    private boolean isKept(Peer peer) {
        return kept.stream().anyMatch(node -> node.id().equals(peer.id()));
    }

    /**
     * Where both sides connected at once, both keep the link that the lower id began; else the
     * older one stays.
     */
    private boolean isPreferred(Peer added, Peer other) {
        if (added.isInbound() == other.isInbound() || other.ageMillis() > SIMULTANEOUS_MILLIS) {
            return false;
        }
        boolean isOwnLower =
                config.keys()
                                .publicKey()
                                .toUnsignedBigInteger()
                                .compareTo(added.id().toUnsignedBigInteger())
                        < 0;
        return isOwnLower != added.isInbound();
    }

    private static void send(Peer peer) {
        try {
            peer.sendWaiting();
        } catch (IOException gone) {
            peer.end("the connection ended: " + gone.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tick() {
        while (!isClosed) {
            try {
                Thread.sleep(TICK_MILLIS);
                endLate();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "The network's ticker failed once", e);
            }
        }
    }

    /** Ends what should have become a peer by now, and peers that are gone. */
    private void endLate() {
        long before = millis() - limits.handshakeMillis();
        synchronized (pending) {
            pending.forEach(
                    (socket, connection) -> {
                        if (connection.sinceMillis < before) close(socket);
                    });
        }
        for (Peer peer : peers.values()) {
            if (!peer.isConfirmed() && peer.ageMillis() > limits.confirmMillis()) {
                peer.end("it did not say which chain it is on");
            } else if (peer.frameMillis() > limits.messageMillis()) {
                peer.blame(Penalty.TIMEOUT, "a message of it does not come to its end");
                peer.end("a message of it does not come to its end");
            } else if (peer.sendingMillis() > limits.messageMillis()) {
                peer.end("it does not take what it is sent");
            } else if (peer.idleMillis() > GONE_AFTER_MILLIS) {
                peer.end("nothing came from it for " + GONE_AFTER_MILLIS / 1000 + " s");
            } else if (peer.idleMillis() > PING_AFTER_MILLIS) {
                peer.ping();
            }
        }
    }

    private static void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException alreadyGone) {
            // Nothing is left to be closed.
        }
    }

    /** Tells all peers, and ends. */
    @Override
    public void close() {
        isClosed = true;
        kept.clear();
        close(server);
        for (Peer peer : peers.values())
            peer.disconnect(DisconnectReason.QUITTING, "this node stops");
        synchronized (pending) {
            pending.keySet().forEach(Network::close);
        }
        try {
            for (int i = 0; i < 20 && !peers.isEmpty(); i++) Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new LocalFault("interrupted while the network stopped", e);
        }
        for (Peer peer : peers.values()) peer.end("this node stops");
    }
}

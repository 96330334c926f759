package dev.lockstep.network;

import dev.lockstep.types.LocalFault;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The links of this node: those that it keeps to static nodes, and those that others begin. Each
 * link has a thread that receives and one that sends, so that no peer can make another wait.
 */
public final class Network implements Closeable {
    private static final System.Logger LOG = System.getLogger(Network.class.getName());

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

    /** In which a connection must have become a link. */
    private static final long HANDSHAKE_TIMEOUT_MILLIS = 5_000;

    /** In which a peer must have shown that it is on the same chain. */
    private static final long CONFIRM_TIMEOUT_MILLIS = 10_000;

    private static final long PING_AFTER_MILLIS = 15_000;
    private static final long GONE_AFTER_MILLIS = 30_000;
    private static final long TICK_MILLIS = 500;

    private static final long REDIAL_MILLIS_MIN = 250;
    private static final long REDIAL_MILLIS_MAX = 30_000;

    /** Two connections that both sides began at once are this young. */
    private static final long SIMULTANEOUS_MILLIS = 10_000;

    /** Connections that are no peers yet: whoever opens more has to wait for these to end. */
    private static final int PENDING_MAX = 64;

    private final NetworkConfig config;
    private final Handler handler;
    private final SecureRandom random = new SecureRandom();
    private final ServerSocket server;
    private final Link.Introduction introduction;
    private final Map<Bytes, Peer> peers = new ConcurrentHashMap<>();

    /** Connections before their Hello, and when they began. */
    private final Map<Socket, Long> pending = new ConcurrentHashMap<>();

    private final Set<Enode> kept = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

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

    private Network(NetworkConfig config, Handler handler, ServerSocket server) {
        this.config = config;
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
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getByName(config.host()), config.port()));
        Network network = new Network(config, handler, server);
        Thread.ofPlatform().name("network-listener").daemon().start(network::listen);
        Thread.ofPlatform().name("network-ticker").daemon().start(network::tick);
        config.staticNodes().forEach(network::keep);
        return network;
    }

    /** Where others find this node. */
    public Enode enode() {
        int port = server.getLocalPort();
        return new Enode(config.keys().publicKey(), config.host(), port, port);
    }

    /** Those who have shown that they are on the same chain, in no order. */
    public List<Peer> peers() {
        return peers.values().stream().filter(Peer::isConfirmed).toList();
    }

    /** Keeps a link to this node from now on. */
    public void keep(Enode node) {
        boolean isSelf = node.id().equals(config.keys().publicKey());
        if (!isSelf && kept.add(node)) {
            Thread.ofVirtual().name("network-dialer").start(() -> dial(node));
        }
    }

    private void listen() {
        while (!isClosed) {
            try {
                Socket socket = server.accept();
                if (pending.size() >= PENDING_MAX) {
                    socket.close();
                    continue;
                }
                pending.put(socket, System.nanoTime());
                Thread.ofVirtual()
                        .name("network-peer")
                        .start(
                                () ->
                                        serve(
                                                socket,
                                                () -> Link.accept(socket, introduction, random),
                                                true));
            } catch (IOException e) {
                if (!isClosed) LOG.log(System.Logger.Level.WARNING, "A connection was lost", e);
            }
        }
    }

    /** Connects again and again, sooner at first, as long as this network runs. */
    private void dial(Enode node) {
        long delayMillis = REDIAL_MILLIS_MIN;
        while (!isClosed) {
            if (peers.containsKey(node.id())) {
                delayMillis = REDIAL_MILLIS_MIN;
            } else {
                Socket socket = new Socket();
                try {
                    // A name is looked up each time: it may have moved.
                    InetAddress address = InetAddress.getByName(node.host());
                    socket.connect(
                            new InetSocketAddress(address, node.tcpPort()), CONNECT_TIMEOUT_MILLIS);
                    pending.put(socket, System.nanoTime());
                    serve(
                            socket,
                            () -> Link.initiate(socket, node.id(), introduction, random),
                            false);
                } catch (IOException unreachable) {
                    close(socket);
                }
                delayMillis = Math.min(REDIAL_MILLIS_MAX, 2 * delayMillis);
            }
            try {
                Thread.sleep(delayMillis / 2 + random.nextLong(delayMillis));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @FunctionalInterface
    private interface Opening {
        Link open() throws IOException;
    }

    /** Makes a connection a link and serves it to its end. */
    private void serve(Socket socket, Opening opening, boolean isInbound) {
        Peer peer;
        try {
            socket.setTcpNoDelay(true);
            peer = new Peer(opening.open(), socket, isInbound);
        } catch (IOException noLink) {
            close(socket);
            return;
        } finally {
            pending.remove(socket);
        }
        String refusal = admit(peer);
        if (refusal != null) {
            // The queue is empty, so the reason is sent before the connection is closed.
            Thread.ofVirtual().start(() -> send(peer));
            return;
        }
        Thread.ofVirtual().name("network-sender").start(() -> send(peer));
        String why;
        try {
            handler.onConnected(peer);
            while (true) {
                Link.Message message = peer.receive();
                handler.onMessage(peer, message.capability(), message.code(), message.payload());
            }
        } catch (PeerFault fault) {
            why = fault.why();
            peer.disconnect(fault.reason(), why);
        } catch (IOException gone) {
            why = "the connection ended: " + gone.getMessage();
        } catch (RuntimeException bug) {
            peer.disconnect(DisconnectReason.SUBPROTOCOL, "an error of this node");
            LOG.log(System.Logger.Level.ERROR, "A message of " + peer + " was not dealt with", bug);
            why = "this node failed at a message of it: " + bug;
        }
        String ended = peer.endedBecause();
        peer.end(why);
        peers.remove(peer.id(), peer);
        handler.onDisconnected(peer, ended == null ? why : ended);
    }

    /** Takes the peer in, or disconnects it and says why. */
    private synchronized @Nullable String admit(Peer peer) {
        Peer other = peers.get(peer.id());
        if (other != null && !isPreferred(peer, other)) {
            peer.disconnect(DisconnectReason.ALREADY_CONNECTED, "it is connected already");
            return peer.endedBecause();
        }
        long taken = peers.values().stream().filter(p -> !isKept(p)).count();
        if (other == null && !isKept(peer) && taken >= config.peersMax()) {
            peer.disconnect(DisconnectReason.TOO_MANY_PEERS, "there are " + taken + " peers");
            return peer.endedBecause();
        }
        peers.put(peer.id(), peer);
        if (other != null) {
            other.disconnect(DisconnectReason.ALREADY_CONNECTED, "a second link took its place");
        }
        return null;
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
        long now = System.nanoTime();
        pending.forEach(
                (socket, since) -> {
                    if (now - since > HANDSHAKE_TIMEOUT_MILLIS * 1_000_000) close(socket);
                });
        for (Peer peer : peers.values()) {
            if (!peer.isConfirmed() && peer.ageMillis() > CONFIRM_TIMEOUT_MILLIS) {
                peer.end("it did not say which chain it is on");
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
        pending.keySet().forEach(Network::close);
        try {
            for (int i = 0; i < 20 && !peers.isEmpty(); i++) Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new LocalFault("interrupted while the network stopped", e);
        }
        for (Peer peer : peers.values()) peer.end("this node stops");
    }
}

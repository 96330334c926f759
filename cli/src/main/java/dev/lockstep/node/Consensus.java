package dev.lockstep.node;

import dev.lockstep.consensus.core.Signer;
import dev.lockstep.consensus.engine.Clock;
import dev.lockstep.consensus.engine.ConsensusEngine;
import dev.lockstep.consensus.engine.ConsensusStatus;
import dev.lockstep.consensus.engine.WriteAheadLog;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.Subscription;
import dev.lockstep.network.Discovery;
import dev.lockstep.network.Enode;
import dev.lockstep.network.EthProtocol;
import dev.lockstep.network.ForkId;
import dev.lockstep.network.Network;
import dev.lockstep.network.NetworkConfig;
import dev.lockstep.network.Peer;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in agreement: its vote where it has one, and links to others and sync where there
 * are others.
 */
final class Consensus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Consensus.class);

    private final UInt256 networkId;
    private final ForkId.Schedule forks;

    /** Of the head, as others were told of it last. */
    private volatile @Nullable ForkId toldFork;

    private final Validation validation;
    private final Executor chainThread;
    private final WriteAheadLog log;
    private final ConsensusEngine engine;
    private final Peers peers;
    private final Sync sync;
    private final @Nullable Network network;
    private final @Nullable Discovery discovery;
    private final List<Subscription> subscriptions;

    private Consensus(
            @Nullable P2pConfig p2p,
            KeyPair key,
            Chain chain,
            TxPool pool,
            WriteAheadLog log,
            ExecutorService chainThread,
            Consumer<Throwable> broken) {
        Ledger ledger = chain.ledger();
        this.chainThread = step -> chainThread.execute(() -> guarded(step, broken));
        this.log = log;
        validation =
                new Validation(
                        chain, pool, key.address(), this.chainThread, java.time.Clock.systemUTC());
        forks = forks(ledger);
        UInt256 named = p2p == null ? null : p2p.networkId();
        networkId = named == null ? ledger.spec().chainId() : named;
        peers = new Peers(chain, pool, networkId, forks, this::offered, this::look);
        sync = new Sync(ledger, peers, validation, chainThread, broken);
        engine = new ConsensusEngine(Signer.of(key), validation, peers, log, Clock.system());
        subscriptions =
                List.of(
                        ledger.onHead(peers::onHead),
                        ledger.onHead(event -> followForks(event.block().header())),
                        pool.onPending(peers.transactions()::onPending),
                        pool.onPending(_ -> engine.transactionWaits()));
        peers.serve(engine);
        network = p2p == null ? null : link(p2p, key, peers);
        discovery =
                p2p == null || network == null || !p2p.isDiscovering()
                        ? null
                        : discover(p2p, key, ledger, forks, network);
    }

    /** Tells those who look for this node when the chain comes to another fork. */
    private void followForks(BlockHeader head) {
        Discovery looking = discovery;
        ForkId now = forks.at(head.number(), head.timestamp());
        if (looking == null || now.equals(toldFork)) return;
        toldFork = now;
        Thread.ofVirtual()
                .name("discovery-fork")
                .start(
                        () -> {
                            try {
                                looking.moveTo(now);
                            } catch (IOException e) {
                                LOG.warn("Other nodes are no longer found: {}", e.getMessage());
                            }
                        });
    }

    private static Discovery discover(
            P2pConfig p2p, KeyPair key, Ledger ledger, ForkId.Schedule forks, Network network) {
        BlockHeader head = ledger.head();
        int port = network.enode().tcpPort();
        Discovery.Config config =
                new Discovery.Config(
                        key,
                        p2p.host(),
                        p2p.advertisedHost(),
                        port,
                        port,
                        forks.at(head.number(), head.timestamp()),
                        p2p.bootnodes());
        try {
            return Discovery.start(
                    config,
                    found -> {
                        BlockHeader now = ledger.head();
                        return forks.accepts(found, now.number(), now.timestamp());
                    },
                    network::hasPlace,
                    network::meet);
        } catch (IOException e) {
            network.close();
            throw new LocalFault("cannot look for other nodes: " + e.getMessage(), e);
        }
    }

    /**
     * Whatever fails on the chain thread is this machine's fault, and ends the node rather than the
     * chain.
     */
    static void guarded(Runnable step, Consumer<Throwable> broken) {
        try {
            step.run();
        } catch (RuntimeException | Error fault) {
            broken.accept(fault);
            throw fault;
        }
    }

    private static Network link(P2pConfig p2p, KeyPair key, Peers peers) {
        String advertised = p2p.advertisedHost();
        try {
            return Network.start(
                    new NetworkConfig(
                            key,
                            Version.CLIENT,
                            p2p.host(),
                            advertised == null ? "127.0.0.1" : advertised,
                            p2p.port(),
                            p2p.peersMax(),
                            p2p.staticNodes(),
                            List.of(EthProtocol.ETH_68, EthProtocol.ETH_69, Peers.ISTANBUL)),
                    peers);
        } catch (IOException e) {
            throw new LocalFault(
                    "cannot listen on " + p2p.host() + ":" + p2p.port() + ": " + e.getMessage(), e);
        }
    }

    /**
     * @param p2p how it meets other nodes, or null for one that meets nobody
     * @param databasePath beside which the consensus log is kept
     * @param broken told where this machine can't go on
     * @fails LocalFault where the port cannot be had
     */
    static Consensus start(
            @Nullable P2pConfig p2p,
            KeyPair key,
            Chain chain,
            TxPool pool,
            @Nullable Path databasePath,
            ExecutorService chainThread,
            Consumer<Throwable> broken) {
        if (databasePath == null) throw new LocalFault("a validator needs a folder for its log");
        WriteAheadLog log = WriteAheadLog.open(databasePath.resolveSibling("consensus.log"));
        Consensus consensus = new Consensus(p2p, key, chain, pool, log, chainThread, broken);
        var _ = consensus.engine.broken().thenAccept(broken);
        consensus.sync.start();
        consensus.engine.start();
        return consensus;
    }

    /** Where this node stands. */
    ConsensusStatus status() {
        return engine.status();
    }

    /** How many nodes on the same chain are linked to this one. */
    int peerCount() {
        return peers.ready().size();
    }

    boolean isLinked() {
        return network != null;
    }

    /** The highest block that this node or a peer is known to have. */
    long bestKnown() {
        long own = validation.head();
        return peers.ready().stream().mapToLong(remote -> remote.headNumber).reduce(own, Math::max);
    }

    int queueDepth() {
        return engine.queueDepth();
    }

    /** Tells how long each block took from now on. */
    void onTiming(Consumer<BlockTiming> consumer) {
        validation.onTiming(consumer);
    }

    /** The chain's forks, as peers compare them. */
    static ForkId.Schedule forks(Ledger ledger) {
        ChainSpec.Schedule schedule = ledger.spec().schedule();
        return ForkId.Schedule.of(
                Objects.requireNonNull(ledger.hash(0)),
                List.copyOf(schedule.byNumber().keySet()),
                List.copyOf(schedule.byTime().keySet()),
                Objects.requireNonNull(ledger.header(0)).timestamp());
    }

    /** Null where this node meets nobody. */
    @Nullable Enode enode() {
        return network == null ? null : network.enode();
    }

    /** Null where this node meets nobody. */
    @Nullable Network network() {
        return network;
    }

    /** That peers must have. */
    UInt256 networkId() {
        return networkId;
    }

    /** This node's record, or null where it is not looking for others. */
    @Nullable String enr() {
        return discovery == null ? null : discovery.enr();
    }

    /** What is known of a peer, or null where it is gone. */
    @Nullable Remote remote(Peer peer) {
        return peers.remote(peer);
    }

    private void look() {
        sync.look();
    }

    /** A block that a peer says is final. */
    private void offered(Block block) {
        try {
            chainThread.execute(
                    () -> {
                        String refusal = validation.importFinal(block);
                        if (refusal != null) {
                            LOG.debug("An offered block was not taken: {}", refusal);
                        }
                    });
        } catch (RejectedExecutionException stopping) {
            LOG.debug("a block came while stopping");
        }
    }

    @Override
    public void close() {
        subscriptions.forEach(Subscription::close);
        sync.close();
        if (discovery != null) discovery.close();
        if (network != null) network.close();
        peers.close();
        engine.close();
        try {
            log.close();
        } catch (IOException e) {
            LOG.warn("The consensus log was not closed: {}", e.getMessage());
        }
    }
}

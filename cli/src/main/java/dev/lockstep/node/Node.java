package dev.lockstep.node;

import dev.lockstep.consensus.engine.ConsensusStatus;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.Precompiles;
import dev.lockstep.genesis.QbftConfig;
import dev.lockstep.network.Enode;
import dev.lockstep.pool.PoolLimits;
import dev.lockstep.pool.TxPool;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.rpc.EthereumMethods;
import dev.lockstep.rpc.Readiness;
import dev.lockstep.rpc.RpcMethods;
import dev.lockstep.rpc.RpcServer;
import dev.lockstep.rpc.RpcServer.CannotListen;
import dev.lockstep.rpc.Subscriptions;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.types.LocalFault;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node, assembled by hand: store, chain, pool, RPC, and the one chain thread on which
 * blocks are built, sealed and committed.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final long STOP_TIMEOUT_SECONDS = 30;

    private final KeyValueStore store;
    private final Chain chain;
    private final TxPool pool;
    private final Subscriptions subscriptions;
    private final RpcServer rpc;
    private final String rpcHost;
    private final @Nullable Metrics metrics;
    private final ScheduledExecutorService chainThread;
    private volatile @Nullable Consensus consensus;
    private final AtomicBoolean sealingIsDue = new AtomicBoolean();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Node(NodeConfig config, KeyValueStore store, Chain chain) throws CannotListen {
        this.store = store;
        this.chain = chain;
        pool = new TxPool(PoolLimits.DEFAULT, chain.ledger());
        chainThread =
                Executors.newSingleThreadScheduledExecutor(
                        task -> Thread.ofPlatform().name("chain").unstarted(task));
        subscriptions = new Subscriptions(chain.ledger(), pool, config.rpc().limits());
        InetSocketAddress address = config.metrics();
        metrics = address == null ? null : Metrics.start(address, chain, pool, () -> consensus);
        boolean isListening = false;
        try {
            rpc = RpcServer.start(config.rpc(), methods(config), subscriptions, this::readiness);
            isListening = true;
        } finally {
            if (!isListening && metrics != null) metrics.close();
        }
        rpcHost = config.rpc().host();
        Consensus started = startConsensus(config);
        consensus = started;
        if (started == null) startMining(config);
        else if (metrics != null) started.onTiming(metrics::see);
    }

    private Readiness readiness(Readiness.Limits limits) {
        Consensus running = consensus;
        Health.Sight sight =
                running == null
                        ? null
                        : new Health.Sight(
                                running.status(),
                                running.peerCount(),
                                running.isLinked(),
                                chain.ledger().head().number(),
                                running.bestKnown());
        return Health.of(sight, limits);
    }

    private RpcMethods methods(NodeConfig config) {
        return EthereumMethods.of(chain.ledger(), pool, config.rpc().limits(), Version.CLIENT)
                .with(LockstepMethods.rows(chain))
                .with(QbftMethods.rows(chain, this::consensusStatus))
                .with(AdminMethods.rows(chain.ledger(), () -> consensus))
                .only(config.rpc().apis());
    }

    /** Null where this node makes blocks alone, and before it takes part. */
    private @Nullable ConsensusStatus consensusStatus() {
        Consensus running = consensus;
        return running == null ? null : running.status();
    }

    /**
     * Opens what {@code config} names and starts to serve.
     *
     * @fails LocalFault where the store can't be opened or a model is missing; CannotListen where
     *     the port is in use
     */
    public static Node start(NodeConfig config) throws CannotListen {
        return start(config, UnaryOperator.identity());
    }

    /**
     * @param change to the precompiles; only {@link Lie} has one
     */
    static Node start(NodeConfig config, UnaryOperator<Precompiles> change) throws CannotListen {
        Path database = config.databasePath();
        KeyValueStore store = database == null ? new MemoryStore() : RocksStore.open(database);
        boolean started = false;
        try {
            InferenceMemo memo = new InferenceMemo(config.memo());
            Node node =
                    new Node(
                            config,
                            store,
                            Chain.open(
                                    config.genesis(),
                                    store,
                                    config.modelsPath(),
                                    memo,
                                    config.engine(),
                                    change));
            started = true;
            return node;
        } finally {
            if (!started) store.close();
        }
    }

    public Chain chain() {
        return chain;
    }

    public TxPool pool() {
        return pool;
    }

    /** Where the RPC listens, as a client writes it. */
    public String rpcUrl() {
        return "http://" + rpcHost + ":" + rpc.port();
    }

    /** Completes with the cause where this machine can't go on. */
    public CompletableFuture<Throwable> broken() {
        return broken;
    }

    private @Nullable Consensus startConsensus(NodeConfig config) {
        KeyPair key = config.key();
        if (config.mining() != NodeConfig.Mining.CONSENSUS || key == null) return null;
        if (chain.validators() == null) return null;
        return Consensus.start(
                config.p2p(), key, chain, pool, config.databasePath(), chainThread, this::fail);
    }

    /** Where other nodes find this one, or null where it meets nobody. */
    public @Nullable Enode enode() {
        Consensus running = consensus;
        return running == null ? null : running.enode();
    }

    private void startMining(NodeConfig config) {
        QbftConfig qbft = config.genesis().qbft();
        if (config.key() == null || qbft == null || config.mining() == NodeConfig.Mining.OFF)
            return;
        Sealer sealer = new Sealer(chain, pool, config.key(), Clock.systemUTC());
        if (config.mining() == NodeConfig.Mining.INSTANT) {
            var _ = pool.onPending(_ -> sealSoon(sealer));
        } else {
            long periodMillis = Math.max(1, qbft.at(1).blockPeriodSeconds()) * 1000;
            long firstMillis = periodMillis - System.currentTimeMillis() % periodMillis;
            var _ =
                    chainThread.scheduleAtFixedRate(
                            () -> Consensus.guarded(() -> sealer.seal(true), this::fail),
                            firstMillis,
                            periodMillis,
                            TimeUnit.MILLISECONDS);
        }
    }

    /** Queues one sealing, however many transactions ask for it before it runs. */
    private void sealSoon(Sealer sealer) {
        if (!sealingIsDue.compareAndSet(false, true)) return;
        try {
            chainThread.execute(
                    () -> {
                        sealingIsDue.set(false);
                        Consensus.guarded(() -> sealer.seal(false), this::fail);
                    });
        } catch (RejectedExecutionException stopping) {
            LOG.debug("a transaction came while stopping; it stays in the pool");
        }
    }

    private void fail(Throwable fault) {
        LOG.error(
                "this machine failed; this node stops: {}",
                fault.getMessage(),
                fault instanceof LocalFault ? null : fault);
        broken.complete(fault);
    }

    /** Stops serving, lets the block in work finish, and closes the store. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) return;
        rpc.close();
        subscriptions.close();
        if (metrics != null) metrics.close();
        Consensus running = consensus;
        if (running != null) running.close();
        chainThread.shutdown();
        try {
            if (!chainThread.awaitTermination(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the block in work took over {} s and was given up", STOP_TIMEOUT_SECONDS);
                chainThread.shutdownNow();
            }
        } catch (InterruptedException stopNow) {
            Thread.currentThread().interrupt();
        }
        pool.close();
        store.close();
    }
}

package dev.lockstep.node;

import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.consensus.core.ProposerRotation;
import dev.lockstep.consensus.core.ValidatorSet;
import dev.lockstep.inference.kernels.NativeGuard;
import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.Subscription;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.QbftExtraData;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What Prometheus sees: Besu's names where Besu has one, {@code lockstep_} else, and those of the
 * JVM and the process as its library names them.
 */
final class Metrics implements AutoCloseable {
    private static final double NANOS_PER_SECOND = 1e9;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Ledger ledger;
    private final @Nullable Validators validators;
    private volatile int headTransactions;
    private final Counter modelCalls =
            counter("lockstep_model_calls_total", "Model calls in blocks");
    private final Counter roundChanges =
            counter("lockstep_consensus_round_changes_total", "Rounds that gave no block");
    private final Counter proposerMisses =
            counter(
                    "lockstep_consensus_proposer_misses_total",
                    "Rounds that gave no block, by the validator whose turn it was",
                    "validator");
    private final Counter sealsMissing =
            counter(
                    "lockstep_consensus_votes_missing_total",
                    "Blocks without the seal of a validator; one beyond the quorum may be late",
                    "validator");
    private final Summary execution =
            summary("lockstep_block_execution_seconds", "Building or checking a block");
    private final Summary inference =
            summary("lockstep_block_inference_seconds", "Running models, of a block's execution");
    private final Summary agreement =
            summary(
                    "lockstep_consensus_proposal_to_commit_seconds",
                    "From a proposal to the final block");
    private final Subscription heads;
    private final HTTPServer server;

    private Metrics(
            InetSocketAddress address,
            Chain chain,
            TxPool pool,
            Supplier<@Nullable Consensus> consensus)
            throws IOException {
        ledger = chain.ledger();
        validators = chain.validators();
        gauge("ethereum_blockchain_height", "Number of the head block", () -> head().number());
        gauge(
                "besu_blockchain_chain_head_timestamp",
                "Time of the head block in seconds since 1970",
                () -> head().timestamp());
        gauge(
                "besu_blockchain_chain_head_gas_used",
                "Gas used by the head block",
                () -> head().gasUsed());
        gauge(
                "besu_blockchain_chain_head_gas_limit",
                "Gas limit of the head block",
                () -> head().gasLimit());
        gauge(
                "besu_blockchain_chain_head_transaction_count",
                "Transactions in the head block",
                () -> headTransactions);
        gauge("besu_transaction_pool_transactions", "Transactions that wait", pool::size);
        counter(
                "lockstep_inference_runs_total",
                "Model calls that ran the model",
                () -> chain.memo().runs());
        counter(
                "lockstep_inference_memo_hits_total",
                "Model calls answered from memory",
                () -> chain.memo().hits());
        counter(
                "lockstep_native_kernel_faults_total",
                "Times that native kernels were found to differ; they serve no more after the first",
                NativeGuard::faults);
        ofOthers(consensus);
        JvmMetrics.builder().register(registry);
        heads = ledger.onHead(this::see);
        server =
                HTTPServer.builder()
                        .hostname(address.getHostString())
                        .port(address.getPort())
                        .registry(registry)
                        .buildAndStart();
    }

    /** What a node has only where there are others, or may be. */
    private void ofOthers(Supplier<@Nullable Consensus> consensus) {
        gauge(
                "ethereum_best_known_block_number",
                "The highest block that this node or a peer has",
                () -> of(consensus.get(), Consensus::bestKnown, head().number()));
        gauge(
                "besu_synchronizer_in_sync",
                "1 where no peer has more blocks",
                () -> of(consensus.get(), c -> c.bestKnown() > head().number() ? 0 : 1, 1));
        gauge(
                "ethereum_peer_count",
                "Nodes linked to this one",
                () -> of(consensus.get(), Consensus::peerCount, 0));
        gauge(
                "lockstep_consensus_height",
                "The height that is being agreed on",
                () -> of(consensus.get(), c -> c.status().height(), head().number() + 1));
        gauge(
                "lockstep_consensus_round",
                "The round of that height; -1 before its time",
                () -> of(consensus.get(), c -> c.status().round(), -1));
        gauge(
                "lockstep_consensus_is_validator",
                "1 where this node votes",
                () -> of(consensus.get(), c -> c.status().isValidator() ? 1 : 0, 0));
        gauge(
                "lockstep_consensus_loop_queue_depth",
                "What waits for the thread of consensus",
                () -> of(consensus.get(), Consensus::queueDepth, 0));
    }

    private static long of(
            @Nullable Consensus running, ToLongFunction<Consensus> value, long alone) {
        return running == null ? alone : value.applyAsLong(running);
    }

    /**
     * @param consensus null while this node takes no part in one
     * @fails LocalFault where the port is in use
     */
    static Metrics start(
            InetSocketAddress address,
            Chain chain,
            TxPool pool,
            Supplier<@Nullable Consensus> consensus) {
        try {
            return new Metrics(address, chain, pool, consensus);
        } catch (IOException inUse) {
            throw new LocalFault(
                    "metrics can't listen at "
                            + address.getHostString()
                            + ":"
                            + address.getPort()
                            + ": "
                            + inUse.getMessage(),
                    inUse);
        }
    }

    private BlockHeader head() {
        return ledger.head();
    }

    private void gauge(String name, String help, LongSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> gauge.call((double) value.getAsLong()))
                .register(registry);
    }

    private void counter(String name, String help, LongSupplier value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .callback(counter -> counter.call((double) value.getAsLong()))
                .register(registry);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    private Summary summary(String name, String help) {
        return Summary.builder()
                .name(name)
                .help(help)
                .quantile(0.5)
                .quantile(0.95)
                .quantile(0.99)
                .quantile(1.0)
                .register(registry);
    }

    private void see(HeadEvent event) {
        headTransactions = event.transactions().size();
        modelCalls.inc(event.callRecords().size());
        if (validators != null) seeVotes(validators, event.block().header());
    }

    private void seeVotes(Validators validators, BlockHeader header) {
        BlockHeader parent = ledger.header(header.number() - 1);
        List<Address> voters = validators.of(header);
        if (parent == null || voters.isEmpty()) return;
        ValidatorSet set = ValidatorSet.of(voters);
        long round = QbftExtraData.decode(header.extraData()).round();
        roundChanges.inc((double) round);
        for (long missed = 0; missed < round; missed++) {
            proposerMisses
                    .labelValues(
                            ProposerRotation.proposer(set, parent.coinbase(), missed).toString())
                    .inc();
        }
        Set<Address> sealers = CommitSeals.signers(header);
        for (Address voter : voters) {
            // Named from the start, so that a rate can be told.
            sealsMissing.labelValues(voter.toString()).inc(sealers.contains(voter) ? 0 : 1);
        }
    }

    void see(BlockTiming timing) {
        execution.observe((double) timing.executionNanos() / NANOS_PER_SECOND);
        inference.observe((double) timing.inferenceNanos() / NANOS_PER_SECOND);
        agreement.observe((double) timing.agreementNanos() / NANOS_PER_SECOND);
    }

    @Override
    public void close() {
        heads.close();
        server.close();
    }
}

package dev.lockstep.node;

import dev.lockstep.ledger.HeadEvent;
import dev.lockstep.ledger.Subscription;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.LocalFault;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;

/** What Prometheus sees on loopback: Besu's names where Besu has one, {@code lockstep_} else. */
final class Metrics implements AutoCloseable {
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Gauge height = gauge("ethereum_blockchain_height", "Number of the head block");
    private final Gauge gasUsed =
            gauge("besu_blockchain_chain_head_gas_used", "Gas used by the head block");
    private final Gauge transactions =
            gauge("besu_blockchain_chain_head_transaction_count", "Transactions in the head block");
    private final Counter modelCalls =
            Counter.builder()
                    .name("lockstep_model_calls_total")
                    .help("Model calls in blocks")
                    .register(registry);
    private final Subscription heads;
    private final HTTPServer server;

    private Metrics(int port, Chain chain, TxPool pool) throws IOException {
        GaugeWithCallback.builder()
                .name("besu_transaction_pool_transactions")
                .help("Transactions that wait")
                .callback(value -> value.call(pool.size()))
                .register(registry);
        CounterWithCallback.builder()
                .name("lockstep_inference_runs_total")
                .help("Model calls that ran the model")
                .callback(value -> value.call((double) chain.memo().runs()))
                .register(registry);
        CounterWithCallback.builder()
                .name("lockstep_inference_memo_hits_total")
                .help("Model calls answered from memory")
                .callback(value -> value.call((double) chain.memo().hits()))
                .register(registry);
        height.set((double) chain.ledger().head().number());
        heads = chain.ledger().onHead(this::see);
        server =
                HTTPServer.builder()
                        .hostname("127.0.0.1")
                        .port(port)
                        .registry(registry)
                        .buildAndStart();
    }

    /**
     * @fails LocalFault where the port is in use
     */
    static Metrics start(int port, Chain chain, TxPool pool) {
        try {
            return new Metrics(port, chain, pool);
        } catch (IOException inUse) {
            throw new LocalFault(
                    "metrics can't listen at 127.0.0.1:" + port + ": " + inUse.getMessage(), inUse);
        }
    }

    private Gauge gauge(String name, String help) {
        return Gauge.builder().name(name).help(help).register(registry);
    }

    private void see(HeadEvent head) {
        height.set((double) head.block().header().number());
        gasUsed.set((double) head.block().header().gasUsed());
        transactions.set(head.transactions().size());
        modelCalls.inc(head.callRecords().size());
    }

    @Override
    public void close() {
        heads.close();
        server.close();
    }
}

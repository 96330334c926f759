package dev.lockstep.acceptance.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Cluster;
import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.acceptance.dsl.Transfers;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.types.SignedTransaction;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Four validators on this machine: what an operator types and sees. */
class NetworkAcceptanceTest {
    private static final long PATIENCE_MILLIS = 120_000;

    @TempDir Path scratch;
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void oneCommandRunsThemAllAndStopsThemInOrder() throws Exception {
        Path folder = scratch.resolve("net");
        try (Cluster network = Cluster.create(folder, 4)) {
            assertThat(folder.resolve("start")).isExecutable();
            network.runTogether();
            network.awaitAll(2);
            assertThat(network.children()).hasSize(4);
            theTransactionGoesEverywhere(network);
            for (int i = 0; i < 4; i++) {
                HttpResponse<String> ready = awaitReadiness(network, i, 200);
                assertThat(ready.body()).contains("\"status\":\"UP\"", "\"currentPeers\":3");
            }
            assertThat(get(network.metricsUrl(0)).body())
                    .contains(
                            "ethereum_blockchain_height ",
                            "ethereum_peer_count 3.0",
                            "besu_blockchain_chain_head_gas_limit ",
                            "lockstep_consensus_is_validator 1.0",
                            "lockstep_consensus_proposal_to_commit_seconds_count ",
                            "lockstep_block_execution_seconds{quantile=\"0.5\"}",
                            "jvm_memory_used_bytes");

            Launcher.Result second = Launcher.run("network", "run", folder.toString());
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.err())
                    .contains("rpc-http-port", "is in use", "nothing was started")
                    .hasLineCount(1);

            assertThat(network.stopTogether()).as(network.printedTogether()).isZero();
            for (int i = 1; i <= 4; i++) {
                assertThat(network.printedTogether())
                        .containsPattern("node" + i + " \\| Stopped at block \\d+\\.");
            }
            assertThat(network.printedTogether()).doesNotContain("Exception", "exit code");
        }
    }

    @Test
    void threeOfFourGoOnAndTwoWaitForTheThirdAndSaySo() throws Exception {
        try (Cluster network = Cluster.create(scratch.resolve("net"), 4)) {
            network.startAll();
            network.awaitAll(2);
            network.kill(3);
            long head = network.awaitHead(0, network.head(0) + 3);
            network.kill(2);
            HttpResponse<String> alone = awaitReadiness(network, 0, 503);
            assertThat(alone.body()).contains("\"status\":\"DOWN\"", "\"requiredPeers\":2");
            JsonNode state = network.rpc(0).call("lockstep_consensusState");
            assertThat(state.path("height").asString()).isNotEmpty();
            long halted = network.head(0);
            assertThat(halted).isGreaterThanOrEqualTo(head);

            network.start(2);
            network.start(3);
            network.awaitAll(halted + 2);
            String hash = network.hash(0, halted + 2);
            for (int i = 1; i < 4; i++) {
                assertThat(network.hash(i, halted + 2)).isEqualTo(hash);
            }
            awaitReadiness(network, 0, 200);
            for (int i = 0; i < 4; i++) {
                assertThat(network.stop(i)).as(network.printed(i)).isZero();
            }
        }
    }

    private static void theTransactionGoesEverywhere(Cluster network) throws Exception {
        SignedTransaction tx = Transfers.of(DevAccounts.all().getFirst().keys(), 0);
        network.rpc(3).call("eth_sendRawTransaction", tx.encoded().toHexString());
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        for (int i = 0; i < network.size(); i++) {
            while (!network.rpc(i)
                    .call("eth_getTransactionReceipt", tx.hash().toString())
                    .isObject()) {
                assertThat(System.nanoTime()).as("patience").isLessThan(until);
                Thread.sleep(100);
            }
        }
    }

    private HttpResponse<String> awaitReadiness(Cluster network, int validator, int status)
            throws Exception {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (true) {
            HttpResponse<String> answer = get(network.url(validator) + "/readiness");
            if (answer.statusCode() == status) return answer;
            assertThat(System.nanoTime()).as(answer.body()).isLessThan(until);
            Thread.sleep(200);
        }
    }

    private HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).build(),
                HttpResponse.BodyHandlers.ofString());
    }
}

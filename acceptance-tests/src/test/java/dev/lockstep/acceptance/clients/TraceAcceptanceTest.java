package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Anvil;
import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.RpcClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Tools that read traces of other clients read ours. */
final class TraceAcceptanceTest {
    private static final String CALLER = "0x00000000000000000000000000000000000000c1";
    private static final String CALLEE = "0x00000000000000000000000000000000000000c2";

    /** Reverts with 32 bytes. */
    private static final String REVERTER = "0x60055f5260205ffd";

    private static final String CODE =
            "0x"
                    // Stores, loads, clears: a refund. Then memory and a log.
                    + "60075f555f54505f5f55"
                    + "602a5f52600160205fa1"
                    // The callee, whose answer is copied; the identity precompile.
                    + "5f5f5f5f5f60c2612710f1503d5f5f3e"
                    + "60205f60205f600461fffffa50"
                    // A contract of ten bytes; the callee again, with too little gas.
                    + "63600a5ff35f526004601c5ff050"
                    + "5f5f5f5f5f60c26003f150"
                    + "60405f205f5260205ff3";

    @Test
    void everyStepIsTracedAsAnvilTracesIt() throws Exception {
        Clients.install();
        try (DevNode node = DevNode.start();
                Anvil anvil = Anvil.start()) {
            JsonNode ours = trace(node.url());
            JsonNode theirs = trace(anvil.url());
            assertThat(ours.get("gas")).isEqualTo(theirs.get("gas"));
            assertThat(ours.get("failed")).isEqualTo(theirs.get("failed"));
            assertThat(ours.get("returnValue")).isEqualTo(theirs.get("returnValue"));
            List<ObjectNode> steps = steps(ours);
            assertThat(steps).hasSize(73).isEqualTo(steps(theirs));
        }
    }

    private static JsonNode trace(String url) throws IOException {
        try (RpcClient rpc = new RpcClient(url)) {
            return rpc.call(
                    "debug_traceCall",
                    Map.of("to", CALLER, "gas", "0x493e0"),
                    "latest",
                    Map.of(
                            "enableMemory",
                            true,
                            "enableReturnData",
                            true,
                            "stateOverrides",
                            Map.of(
                                    CALLER,
                                    Map.of("code", CODE),
                                    CALLEE,
                                    Map.of("code", REVERTER))));
        }
    }

    /** Of an error only that there is one; and anvil begins to count refunds in each frame. */
    private static List<ObjectNode> steps(JsonNode trace) {
        return trace.get("structLogs").values().stream()
                .map(step -> (ObjectNode) step)
                .map(step -> step.has("error") ? step.put("error", true) : step)
                .map(step -> step.without("refund"))
                .toList();
    }
}

package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.DevAccount;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.Launcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code viem.mjs} saw of {@code ./lockstep dev}. */
final class ViemAcceptanceTest {
    private static DevNode node;
    private static JsonNode seen;

    @BeforeAll
    static void run() throws Exception {
        Clients.install();
        node = DevNode.start();
        Launcher.Result result =
                Clients.node(
                        "viem.mjs", node.url(), DevAccount.FIRST.key(), node.model("volatility"));
        assertThat(result.exitCode()).as(result.all()).isZero();
        seen = JsonMapper.shared().readTree(result.out());
    }

    @AfterAll
    static void stop() {
        if (node != null) node.close();
    }

    @Test
    void readsTheChain() {
        assertThat(seen.path("chainId").asInt()).isEqualTo(1337);
        assertThat(seen.path("balance").asString()).isEqualTo("10000" + "0".repeat(18));
    }

    @Test
    void readsWhatAModelTakesGivesAndCosts() {
        JsonNode model = seen.path("model");
        assertThat(model.path("gas")).isEqualTo(seen.path("quote"));
        assertThat(model.path("inputs").get(0).path("shape").toString()).isEqualTo("[1,10,4]");
        assertThat(model.path("outputs").get(0).path("shape").toString()).isEqualTo("[1,1]");
        assertThat(model.path("outputs").get(0).path("shift").asInt()).isEqualTo(16);
    }

    @Test
    void aWriteDoesWhatItsSimulationPredicted() {
        assertThat(seen.path("simulated").asInt()).isEqualTo(10_000);
        assertThat(seen.path("status").asString()).isEqualTo("success");
        assertThat(seen.path("fee")).isEqualTo(seen.path("simulated"));
    }

    @Test
    void aWatchedEventArrives() {
        assertThat(seen.path("watched")).hasSize(1);
        JsonNode event = seen.path("watched").get(0);
        assertThat(event.path("transaction")).isEqualTo(seen.path("transaction"));
        assertThat(event.path("by")).isEqualTo(seen.path("from"));
        assertThat(event.path("volatility")).isEqualTo(seen.path("forecast"));
        assertThat(event.path("fee")).isEqualTo(seen.path("fee"));
        assertThat(seen.path("found").get(0)).isEqualTo(seen.path("transaction"));
    }

    @Test
    void aWrongModelIdIsATypedError() {
        assertThat(seen.path("error").path("name").asString()).isEqualTo("ModelNotFound");
        assertThat(seen.path("error").path("args").get(0).asString())
                .isEqualTo("0x" + "11".repeat(32));
    }
}

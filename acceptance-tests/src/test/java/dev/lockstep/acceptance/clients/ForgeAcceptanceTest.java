package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Artifact;
import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.DevAccount;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.Launcher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Foundry project that uses the Solidity package, against {@code ./lockstep dev}. */
final class ForgeAcceptanceTest {
    private static final Path OUTPUT = Launcher.root().resolve("acceptance-tests/target/foundry");
    private static final String EXAMPLES = "../../../precompiles/solidity/examples/";

    private static DevNode node;

    @BeforeAll
    static void start() throws Exception {
        Clients.install();
        node = DevNode.start();
        forge("build");
    }

    @AfterAll
    static void stop() {
        if (node != null) node.close();
    }

    @Test
    void compilesTheExamplesToTheCodeThatTheRepositoryShips() {
        for (String contract : List.of("DynamicFee", "DigitReader")) {
            JsonNode built = json(OUTPUT.resolve("out/" + contract + ".sol/" + contract + ".json"));
            assertThat(built.path("bytecode").path("object").asString())
                    .isEqualTo(Artifact.creationCode(contract));
        }
    }

    @Test
    void aProjectsTestsRunWithTheMock() throws Exception {
        String report = forge("test", "--no-match-contract", "RealAnswers");
        assertThat(report).contains("5 tests passed, 0 failed, 0 skipped");
    }

    @Test
    void theMocksAnswersAreTheNodes() throws Exception {
        String report = forge("test", "--match-contract", "RealAnswers", "--fork-url", node.url());
        assertThat(report).contains("2 tests passed, 0 failed, 0 skipped");
    }

    @Test
    void aFailingTestIsNoticed() throws Exception {
        // Without the node, the questions to it go nowhere.
        Launcher.Result result = Clients.forge(Map.of(), "test", "--match-contract", "RealAnswers");
        assertThat(result.exitCode()).as(result.all()).isNotZero();
    }

    @Test
    void createsContractsThatKnowTheirModel() throws Exception {
        for (String[] example :
                new String[][] {{"DynamicFee", "volatility"}, {"DigitReader", "digits"}}) {
            String model = node.model(example[1]);
            String printed =
                    forge(
                            "create",
                            EXAMPLES + example[0] + ".sol:" + example[0],
                            "--json",
                            "--broadcast",
                            "--rpc-url",
                            node.url(),
                            "--private-key",
                            DevAccount.FIRST.key(),
                            "--constructor-args",
                            model);
            String contract = afterChatter(printed).path("deployedTo").asString();
            assertThat(call(contract, "model()(bytes32)")).isEqualTo(model);
        }
    }

    @Test
    void aScriptThatDeploysIsBroadcast() throws Exception {
        JsonNode run = script("Deploy");
        assertThat(run.path("receipts")).hasSize(2);
        for (JsonNode receipt : run.path("receipts")) {
            assertThat(receipt.path("status").asString()).isEqualTo("0x1");
        }
        String pool = run.path("returns").path("pool").path("value").asString();
        String reader = run.path("returns").path("reader").path("value").asString();
        assertThat(call(pool, "model()(bytes32)")).isEqualTo(node.model("volatility"));
        assertThat(call(reader, "model()(bytes32)")).isEqualTo(node.model("digits"));
        assertThat(call(pool, "fee()(uint24)")).isEqualTo("3000");
    }

    @Test
    void aScriptThatCallsAModelIsBroadcastWithTheMockInItsRehearsal() throws Exception {
        JsonNode run = script("Update", "--skip-simulation");
        String pool = run.path("returns").path("pool").path("value").asString();
        assertThat(call(pool, "fee()(uint24)")).startsWith("10000");
        JsonNode update = run.path("transactions").get(1);
        assertThat(update.path("function").asString()).startsWith("update(");
        Launcher.Result records =
                Clients.cast(
                        "rpc",
                        "--rpc-url",
                        node.url(),
                        "lockstep_getInferences",
                        "{\"transactionHash\":\"" + update.path("hash").asString() + "\"}");
        JsonNode record = JsonMapper.shared().readTree(records.out()).get(0);
        assertThat(record.path("caller").asString()).isEqualToIgnoringCase(pool);
    }

    /** Broadcasts a script and gives what forge wrote down of it. */
    private static JsonNode script(String name, String... options) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("script", "script/" + name + ".s.sol:" + name));
        arguments.addAll(List.of("--broadcast", "--rpc-url", node.url()));
        arguments.addAll(List.of("--private-key", DevAccount.SECOND.key()));
        arguments.addAll(List.of(options));
        forge(arguments.toArray(String[]::new));
        return json(OUTPUT.resolve("broadcast/" + name + ".s.sol/1337/run-latest.json"));
    }

    private static String forge(String... arguments) throws Exception {
        Map<String, String> models =
                Map.of(
                        "VOLATILITY_MODEL", node.model("volatility"),
                        "DIGITS_MODEL", node.model("digits"));
        Launcher.Result result = Clients.forge(models, arguments);
        assertThat(result.exitCode())
                .as("forge " + String.join(" ", arguments) + "\n" + result.all())
                .isZero();
        return result.out();
    }

    private static String call(String contract, String signature) throws Exception {
        Launcher.Result result = Clients.cast("call", "--rpc-url", node.url(), contract, signature);
        assertThat(result.exitCode()).as(result.all()).isZero();
        return result.out().strip();
    }

    private static JsonNode json(Path file) {
        return JsonMapper.shared().readTree(file.toFile());
    }

    /** Without what forge says of its compiler before the object. */
    private static JsonNode afterChatter(String printed) {
        return JsonMapper.shared().readTree(printed.substring(printed.indexOf("{")));
    }
}

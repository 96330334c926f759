package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Artifact;
import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.DevAccount;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.Launcher;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code cast} against {@code ./lockstep dev}, as somebody uses it who has just met Lockstep. */
final class CastAcceptanceTest {
    private static final String INFERENCE = "0x0000000000000000000000000000000000000a01";
    private static final String INFER_INTS = "inferInts(bytes32,int256[])(int256[])";
    private static final String INFER_DECIMALS = "inferDecimals(bytes32,int256[],uint8)(int256[])";
    private static final String STRANGER = "0x" + "11".repeat(32);

    /** Ten candles that stand still, in percent above the first open: forty zeros. */
    private static final String STILL = array(Collections.nCopies(40, "0"));

    /** Ten candles (open, high, low, close) that swing by 5 %. */
    private static final String SWINGING =
            array(Collections.nCopies(10, "(10000,10500,9500,10000)"));

    /** Each call adds one to slot 0 and returns it. */
    private static final String COUNTER = "0x600e600a5f39600e5ff3" + "5f54600101805f555f5260205ff3";

    private static DevNode node;

    @BeforeAll
    static void start() throws Exception {
        Clients.install();
        node = DevNode.start();
    }

    @AfterAll
    static void stop() {
        if (node != null) node.close();
    }

    @Test
    void theLineOfTheBannerRunsAsItIsPrinted() throws Exception {
        String line =
                node.printed()
                        .lines()
                        .map(String::strip)
                        .filter(l -> l.startsWith("cast call"))
                        .findFirst()
                        .orElseThrow();
        Launcher.Result result = Clients.shell(line);
        assertThat(result.exitCode()).as(line + "\n" + result.all()).isZero();
        String asked = cast("call", INFERENCE, INFER_INTS, node.model("volatility"), STILL);
        assertThat(result.out().strip()).matches("\\[-?\\d+.*]").isEqualTo(asked);
    }

    @Test
    void tellsWhichChainItIs() throws Exception {
        assertThat(cast("chain-id")).isEqualTo("1337");
        assertThat(cast("client")).startsWith("lockstep/v");
        assertThat(new BigInteger(cast("block-number"))).isNotNegative();
        assertThat(new BigInteger(cast("gas-price"))).isPositive();
        assertThat(new BigInteger(cast("base-fee"))).isPositive();
    }

    @Test
    void aNewAccountHasTenThousandEtherAndSentNothing() throws Exception {
        String untouched = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
        assertThat(cast("balance", untouched, "--ether")).isEqualTo("10000.000000000000000000");
        assertThat(cast("nonce", untouched)).isEqualTo("0");
    }

    @Test
    void sendsEther() throws Exception {
        String nobody = "0x00000000000000000000000000000000000beef0";
        BigInteger nonceBefore = new BigInteger(cast("nonce", DevAccount.FIRST.address()));
        BigInteger balanceBefore = new BigInteger(cast("balance", DevAccount.FIRST.address()));
        JsonNode receipt = send(nobody, "--value", "1.5ether");
        assertThat(quantity(receipt, "status")).isEqualTo(BigInteger.ONE);
        assertThat(quantity(receipt, "gasUsed")).isEqualTo(21_000);
        assertThat(cast("balance", nobody, "--ether")).isEqualTo("1.500000000000000000");
        BigInteger fee =
                quantity(receipt, "gasUsed").multiply(quantity(receipt, "effectiveGasPrice"));
        BigInteger spent = new BigInteger("1500000000000000000").add(fee);
        assertThat(cast("balance", DevAccount.FIRST.address()))
                .isEqualTo(balanceBefore.subtract(spent).toString());
        assertThat(cast("nonce", DevAccount.FIRST.address()))
                .isEqualTo(nonceBefore.add(BigInteger.ONE).toString());
        String hash = receipt.path("transactionHash").asString();
        assertThat(json(cast("receipt", hash, "--json"))).isEqualTo(receipt);
        assertThat(cast("tx", hash, "to")).isEqualToIgnoringCase(nobody);
    }

    @Test
    void sendsALegacyTransaction() throws Exception {
        JsonNode receipt = send(DevAccount.SECOND.address(), "--value", "1", "--legacy");
        assertThat(quantity(receipt, "status")).isEqualTo(BigInteger.ONE);
        assertThat(quantity(receipt, "type")).isZero();
    }

    @Test
    void aModelsQuoteIsTheGasThatItsCallIsCharged() throws Exception {
        String model = node.model("volatility");
        long quote = number(cast("call", INFERENCE, "quote(bytes32)(uint64)", model));
        JsonNode receipt = send(INFERENCE, INFER_INTS, model, STILL);
        assertThat(quantity(receipt, "status")).isEqualTo(BigInteger.ONE);
        JsonNode records = inferences(receipt);
        assertThat(records).hasSize(1);
        assertThat(quantity(records.get(0), "gas")).isEqualTo(quote);
        assertThat(records.get(0).path("model").asString()).isEqualTo(model);
        assertThat(records.get(0).path("caller").asString())
                .isEqualToIgnoringCase(DevAccount.FIRST.address());
        assertThat(quantity(receipt, "gasUsed").longValueExact()).isGreaterThan(21_000 + quote);
    }

    @Test
    void anEstimateIsExactlyEnoughForAModelCall() throws Exception {
        String model = node.model("volatility");
        String[] call = {INFERENCE, INFER_INTS, model, STILL};
        String estimate =
                cast(concat(List.of("estimate", "--from", DevAccount.FIRST.address()), call));
        JsonNode receipt = send(concat(List.of(), call, "--gas-limit", estimate));
        assertThat(quantity(receipt, "status")).isEqualTo(BigInteger.ONE);
        assertThat(quantity(receipt, "gasUsed")).isLessThanOrEqualTo(new BigInteger(estimate));
    }

    @Test
    void describesWhatAModelTakesAndGives() throws Exception {
        String tensor = "(uint8,uint32[],int64,uint8,int64,string)";
        String signature =
                "describe(bytes32)((%s[],%s[],uint64,uint64,uint64))".formatted(tensor, tensor);
        String described = cast("call", INFERENCE, signature, node.model("volatility"));
        String quote = cast("call", INFERENCE, "quote(bytes32)(uint64)", node.model("volatility"));
        assertThat(described)
                .contains("[1, 10, 4]")
                .contains("[1, 1]")
                .contains(Long.toString(number(quote)));
    }

    @Test
    void decimalsAreTheIntegersAtTheModelsScale() throws Exception {
        String model = node.model("volatility");
        String ints = cast("call", INFERENCE, INFER_INTS, model, STILL);
        String decimals = cast("call", INFERENCE, INFER_DECIMALS, model, STILL, "6");
        // The output is in Q16: real = q / 65536.
        BigInteger millionths = numbers(ints).getFirst().multiply(BigInteger.valueOf(1_000_000));
        BigInteger floor = millionths.shiftRight(16);
        assertThat(numbers(decimals).getFirst()).isBetween(floor, floor.add(BigInteger.ONE));
    }

    @Test
    void aWrongModelIdIsATypedError() throws Exception {
        Launcher.Result refused =
                Clients.cast(
                        "call",
                        INFERENCE,
                        "quote(bytes32)(uint64)",
                        STRANGER,
                        "--rpc-url",
                        node.url());
        assertThat(refused.exitCode()).isNotZero();
        String selector = run("sig", "ModelNotFound(bytes32)");
        String data = selector + STRANGER.substring(2);
        assertThat(refused.err()).contains("execution reverted").contains(data);
        assertThat(run("decode-error", "--sig", "ModelNotFound(bytes32)", data))
                .isEqualTo(STRANGER);
    }

    @Test
    void aContractsModelCallLeavesItsMarksInLogsReceiptAndBlock() throws Exception {
        JsonNode deployment =
                send(
                        "--create",
                        Artifact.creationCode("DynamicFee"),
                        "constructor(bytes32)",
                        node.model("volatility"));
        String contract = deployment.path("contractAddress").asString();
        String update = "update((uint256,uint256,uint256,uint256)[10])";
        JsonNode receipt = send(contract, update, SWINGING);
        assertThat(quantity(receipt, "status")).isEqualTo(BigInteger.ONE);

        String event = "FeeChanged(address,int256,uint24)";
        JsonNode logs =
                json(cast("logs", "--json", "--from-block", "0", "--address", contract, event));
        assertThat(logs).hasSize(1);
        assertThat(logs.get(0)).isEqualTo(receipt.path("logs").get(0));
        assertThat(logs.get(0).path("topics").get(0).asString()).isEqualTo(run("keccak", event));
        assertThat(logs.get(0).path("topics").get(1).asString())
                .endsWith(
                        DevAccount.FIRST.address().substring(2).toLowerCase(java.util.Locale.ROOT));
        // Swings of 5 % are wild: the third tier.
        assertThat(number(cast("call", contract, "fee()(uint24)"))).isEqualTo(10_000);

        JsonNode record = inferences(receipt).get(0);
        assertThat(record.path("caller").asString()).isEqualToIgnoringCase(contract);
        JsonNode block = json(cast("block", quantity(receipt, "blockNumber").toString(), "--json"));
        assertThat(block.path("hash")).isEqualTo(receipt.path("blockHash"));
        assertThat(block.path("transactions").get(0)).isEqualTo(receipt.path("transactionHash"));
        assertThat(block.path("extraData").asString())
                .contains(record.path("inferenceRoot").asString().substring(2));
    }

    @Test
    void listsTheModels() throws Exception {
        JsonNode models = json(cast("rpc", "lockstep_models"));
        assertThat(models.findValuesAsString("id"))
                .containsExactlyInAnyOrder(node.model("digits"), node.model("volatility"));
        for (JsonNode model : models) {
            String id = model.path("id").asString();
            assertThat(quantity(model, "gas"))
                    .isEqualTo(number(cast("call", INFERENCE, "quote(bytes32)(uint64)", id)));
        }
    }

    @Test
    void aTransactionIsTracedStepByStepAndCastRunsItAgain() throws Exception {
        String counter = send("--create", COUNTER).path("contractAddress").asString();
        JsonNode receipt = send(counter);
        long gasUsed = quantity(receipt, "gasUsed").longValueExact();
        String hash = receipt.path("transactionHash").asString();
        assertThat(cast("run", hash)).endsWith("Gas used: " + gasUsed);

        JsonNode trace = json(cast("rpc", "debug_traceTransaction", hash));
        assertThat(trace.path("gas").longValue()).isEqualTo(gasUsed);
        assertThat(trace.path("returnValue").asString()).isEqualTo("0x%064x".formatted(1));
        List<JsonNode> steps = List.copyOf(trace.path("structLogs").values());
        assertThat(steps).hasSize(12);
        long gas = steps.stream().mapToLong(step -> step.path("gasCost").longValue()).sum();
        assertThat(21_000 + gas).isEqualTo(gasUsed);
    }

    private static JsonNode inferences(JsonNode receipt) throws Exception {
        String hash = receipt.path("transactionHash").asString();
        return json(
                cast("rpc", "lockstep_getInferences", "{\"transactionHash\":\"" + hash + "\"}"));
    }

    /** A signed transaction of the first account, and its receipt. */
    private static JsonNode send(String... arguments) throws Exception {
        // Options of the wallet go first: after --create the rest belongs to the contract.
        List<String> options = List.of("send", "--json", "--private-key", DevAccount.FIRST.key());
        return json(cast(concat(options, arguments)));
    }

    private static String cast(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(1, List.of("--rpc-url", node.url()));
        return run(all.toArray(String[]::new));
    }

    private static String run(String... arguments) throws IOException, InterruptedException {
        Launcher.Result result = Clients.cast(arguments);
        assertThat(result.exitCode())
                .as("cast " + String.join(" ", arguments) + "\n" + result.all())
                .isZero();
        return result.out().strip();
    }

    private static String[] concat(List<String> first, String[] second, String... third) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(second));
        all.addAll(List.of(third));
        return all.toArray(String[]::new);
    }

    private static String array(List<String> elements) {
        return "[" + String.join(",", elements) + "]";
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static BigInteger quantity(JsonNode object, String name) {
        return new BigInteger(object.path(name).asString().substring(2), 16);
    }

    /** cast writes {@code 10000 [1e4]}. */
    private static long number(String printed) {
        return Long.parseLong(printed.split(" ", 2)[0]);
    }

    private static List<BigInteger> numbers(String array) {
        String plain = array.replaceAll(" \\[[^]]*]", "").replaceAll("[\\[\\] ]", "");
        return List.of(plain.split(",")).stream().map(BigInteger::new).toList();
    }
}

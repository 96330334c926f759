package dev.lockstep.acceptance.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.Clients;
import dev.lockstep.acceptance.dsl.DevAccount;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.Launcher;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code ethers.mjs} saw of {@code ./lockstep dev}. */
final class EthersAcceptanceTest {
    private static final int PICTURES = 12;
    private static final String STRANGER = "0x" + "11".repeat(32);

    private static DevNode node;
    private static Digits digits;
    private static JsonNode seen;

    @BeforeAll
    static void run() throws Exception {
        Clients.install();
        digits = Digits.first(PICTURES);
        node = DevNode.start();
        Launcher.Result result =
                Clients.node(
                        "ethers.mjs",
                        node.url(),
                        DevAccount.FIRST.key(),
                        node.model("volatility"),
                        node.model("digits"),
                        String.join(",", digits.pictures()));
        assertThat(result.exitCode()).as(result.all()).isZero();
        seen = JsonMapper.shared().readTree(result.out());
    }

    @AfterAll
    static void stop() {
        if (node != null) node.close();
    }

    @Test
    void aTransactionDoesWhatItsStaticCallPredicted() {
        assertThat(seen.path("feeBefore").asString()).isEqualTo("3000");
        assertThat(seen.path("feePredicted").asString()).isEqualTo("10000");
        assertThat(seen.path("status").asInt()).isEqualTo(1);
        assertThat(seen.path("feeAfter")).isEqualTo(seen.path("feePredicted"));
        assertThat(seen.path("volatilityAfter")).isEqualTo(seen.path("forecastBefore"));
    }

    @Test
    void theEstimateIsEnough() {
        assertThat(number("gasUsed")).isLessThanOrEqualTo(number("estimate"));
    }

    @Test
    void theEventIsFoundByItsFilter() {
        assertThat(seen.path("events")).hasSize(1);
        JsonNode event = seen.path("events").get(0);
        assertThat(event.path("transaction")).isEqualTo(seen.path("transaction"));
        assertThat(event.path("by")).isEqualTo(seen.path("sender"));
        assertThat(event.path("volatility")).isEqualTo(seen.path("volatilityAfter"));
        assertThat(event.path("fee")).isEqualTo(seen.path("feeAfter"));
        assertThat(seen.path("eventsOfOthers").asInt()).isZero();
    }

    @Test
    void theModelCallIsOnRecord() {
        assertThat(seen.path("records")).hasSize(1);
        assertThat(seen.path("records").get(0).path("model").asString())
                .isEqualTo(node.model("volatility"));
    }

    @Test
    void aContractReadsPicturesAsTheModelDoesOnTheCommandLine() {
        List<Integer> read = ints(seen.path("digits"));
        assertThat(read).isEqualTo(digits.classes());
        // The model reads 99 of 100 right.
        long right =
                IntStream.range(0, PICTURES)
                        .filter(i -> read.get(i).equals(digits.labels().get(i)))
                        .count();
        assertThat(right).isGreaterThanOrEqualTo(PICTURES - 1);
        assertThat(seen.path("digitRead").asInt()).isEqualTo(digits.classes().getFirst());
    }

    @Test
    void theThreeWaysToAskGiveTheSameIntegers() {
        StringBuilder raw = new StringBuilder("0x");
        for (JsonNode score : seen.path("scores")) {
            raw.append(
                    String.format(
                            java.util.Locale.ROOT,
                            "%08x",
                            new BigInteger(score.asString()).intValueExact()));
        }
        assertThat(seen.path("scores")).hasSize(10);
        assertThat(seen.path("rawScores").asString()).isEqualTo(raw.toString());
        assertThat(seen.path("rpcScores").asString()).isEqualTo(raw.toString());
    }

    @Test
    void everyRefusalIsATypedErrorOfTheAbi() {
        refusedWith("stranger", "ModelNotFound", STRANGER);
        refusedWith("tooShort", "InputLength", "256", "3");
        refusedWith("tooShortRaw", "InputLength", "256", "3");
        refusedWith("outOfRange", "InputOutOfRange", "1");
        refusedWith("tooManyDecimals", "BadCalldata");
        // 10,000 against 1 is beyond 127 %; the error passes through the contract.
        refusedWith("throughAContract", "InputOutOfRange", "1");
    }

    @Test
    void aBatchIsAnsweredAsItsPartsAre() {
        assertThat(seen.path("largestBatch").asInt()).isGreaterThanOrEqualTo(5);
        JsonNode batch = seen.path("batch");
        // Two deployments, an update, a reading.
        assertThat(batch.path("block").asInt()).isEqualTo(4);
        assertThat(batch.path("network").asString()).isEqualTo("1337");
        assertThat(new BigInteger(batch.path("balance").asString()))
                .isBetween(BigInteger.ONE, BigInteger.TEN.pow(22));
        assertThat(batch.path("codeBytes").asInt()).isPositive();
        assertThat(batch.path("quote").asString())
                .isEqualTo(
                        new BigInteger(
                                        seen.path("records")
                                                .get(0)
                                                .path("gas")
                                                .asString()
                                                .substring(2),
                                        16)
                                .toString());
    }

    private static void refusedWith(String call, String name, String... arguments) {
        JsonNode error = seen.path("errors").path(call);
        assertThat(error.path("name").asString()).as(call).isEqualTo(name);
        assertThat(error.path("args").valueStream().map(JsonNode::asString))
                .as(call)
                .containsExactly(arguments);
    }

    private static BigInteger number(String name) {
        return new BigInteger(seen.path(name).asString());
    }

    private static List<Integer> ints(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).map(Integer::valueOf).toList();
    }
}

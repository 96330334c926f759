package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Whatever a caller sends, the fault is the caller's: no method ends in an internal error. */
class MalformedParamsTest {
    private static final String WORD = "\"0x" + "ff".repeat(32) + "\"";
    private static final String ADDRESS = "\"0x" + "aa".repeat(20) + "\"";

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "0",
                    "-1",
                    "1e400",
                    "123456789012345678901234567890",
                    "\"\"",
                    "\"0x\"",
                    "\"0x0\"",
                    "\"0x1\"",
                    "\"0xzz\"",
                    "\"latest\"",
                    "\"pending\"",
                    "\"\\u0000\\ud800\"",
                    "\"0x7fffffffffffffff\"",
                    "\"0xffffffffffffffff\"",
                    WORD,
                    ADDRESS,
                    "[]",
                    "[[[[]]]]",
                    "[null]",
                    "[" + WORD + "]",
                    "[99,1]",
                    "{}",
                    "{\"to\":" + ADDRESS + ",\"gas\":\"0x0\"}",
                    "{\"to\":" + ADDRESS + ",\"gas\":" + WORD + ",\"value\":" + WORD + "}",
                    "{\"data\":\"0x60\",\"gasPrice\":" + WORD + "}",
                    "{\"from\":" + WORD + "}",
                    "{\"to\":" + ADDRESS + ",\"accessList\":[{}]}",
                    "{\"to\":" + ADDRESS + ",\"accessList\":{}}",
                    "{\"authorizationList\":[{\"chainId\":1}]}",
                    "{\"maxFeePerGas\":\"0x1\",\"maxPriorityFeePerGas\":\"0x2\"}",
                    "{\"fromBlock\":" + WORD + ",\"toBlock\":\"0x7fffffffffffffff\"}",
                    "{\"fromBlock\":\"0x7fffffffffffffff\"}",
                    "{\"address\":[" + WORD + "],\"topics\":[[[]]]}",
                    "{\"topics\":[null,[null," + WORD + "],[],[],[]]}",
                    "{\"blockHash\":" + WORD + "}",
                    "{\"blockNumber\":\"0x7fffffffffffffff\"}",
                    "{" + ADDRESS + ":{\"code\":1}}",
                    "{" + ADDRESS + ":{\"nonce\":" + WORD + "}}",
                    "{" + ADDRESS + ":{\"state\":{},\"stateDiff\":{}}}",
                    "{" + ADDRESS + ":null}",
                    "{\"x\":{\"balance\":\"0x1\"}}");

    private final TestNode node = new TestNode();

    private void check(String method, String params) {
        JsonNode answer = node.call(method, params);
        JsonNode error = answer.get("error");
        if (error == null) return;
        assertThat(error.get("code").intValue())
                .as("%s%s gave %s", method, params, error)
                .isNotEqualTo(RpcError.Kind.INTERNAL.code());
        assertThat(error.get("message").stringValue()).hasSizeLessThan(400);
    }

    @Test
    void oneStrangeParameterIsNeverAnInternalError() {
        for (String method : node.methods.names()) {
            for (String value : VALUES) check(method, "[" + value + "]");
        }
    }

    @Test
    void severalStrangeParametersAreNeverAnInternalError() {
        long seed = 42;
        RandomGenerator random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
        List<String> starts = List.of(ADDRESS, "{}", "{\"to\":" + ADDRESS + "}", "\"0x2\"", WORD);
        for (String method : node.methods.names()) {
            for (int i = 0; i < 150; i++) {
                List<String> params = new ArrayList<>();
                boolean isPlausible = random.nextBoolean();
                List<String> firsts = isPlausible ? starts : VALUES;
                params.add(firsts.get(random.nextInt(firsts.size())));
                for (int more = random.nextInt(4); more > 0; more--) {
                    params.add(VALUES.get(random.nextInt(VALUES.size())));
                }
                check(method, params.toString());
            }
        }
    }

    @Test
    void aMissingParameterIsNamed() {
        JsonNode answer = node.call("eth_getBalance", "[]");
        assertThat(answer.get("error").get("message").stringValue())
                .isEqualTo(
                        "parameter 1 (address) is missing, expected 20 bytes: 0x and 40 hex digits");
    }
}

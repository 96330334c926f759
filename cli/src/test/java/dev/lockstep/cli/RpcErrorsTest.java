package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.node.DevChain;
import dev.lockstep.node.Node;
import dev.lockstep.rpc.RpcConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a node that runs answers to requests that it can't serve. */
class RpcErrorsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static @Nullable DevChain dev;
    private static @Nullable Node node;

    @BeforeAll
    static void start() throws Exception {
        dev = DevChain.prepare(null, List.of(), 0);
        node = Node.start(dev.config(RpcConfig.local(0)));
    }

    @AfterAll
    static void stop() throws Exception {
        if (node != null) node.close();
        if (dev != null) dev.close();
    }

    private static JsonNode send(String body) throws Exception {
        HttpRequest post =
                HttpRequest.newBuilder(URI.create(Objects.requireNonNull(node).rpcUrl()))
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        String answer = HTTP.send(post, HttpResponse.BodyHandlers.ofString()).body();
        return JsonMapper.shared().readTree(answer);
    }

    private static void refused(String body, int code, String message) throws Exception {
        JsonNode error = send(body).path("error");
        assertThat(error.path("code").asInt()).as(error.toString()).isEqualTo(code);
        assertThat(error.path("message").asString()).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{bad | -32700 | not JSON",
                "[] | -32600 | the batch is empty",
                "\"x\" | -32600 | an object or an array",
                "{\"id\": 1} | -32600 | jsonrpc is missing"
            })
    void aRequestThatIsNone(String body, int code, String message) throws Exception {
        refused(body, code, message.replace("an object or an array", "a request is a JSON object"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "eth_nope | [] | -32601 | the method eth_nope does not exist",
                "eth_getBalance | [] | -32602 | parameter 1 (address) is missing",
                "eth_getBalance | [\"0x12\", \"latest\"] | -32602 | parameter 1 (address) is \"0x12\", expected 20 bytes",
                "eth_getBalance | [7, \"latest\"] | -32602 | parameter 1 (address) is 7",
                "eth_getBalance | [\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"lates\"] | -32602 | parameter 2 (block) is \"lates\", expected a block: latest",
                "eth_getBlockByNumber | [\"0x1\", \"yes\"] | -32602 | parameter 2 (fullTransactions) is \"yes\", expected true or false",
                "eth_sendRawTransaction | [\"0xzz\"] | -32602 | parameter 1 (transaction) is \"0xzz\"",
                "eth_sendRawTransaction | [\"0x02f8\"] | -32602 | expected a signed transaction: RLP at byte 0",
                "eth_call | [{\"to\": 5}] | -32602 | (call).to is 5",
                "eth_chainId | {\"a\": 1} | -32602 | expected an array",
                "lockstep_quote | [\"0x12\"] | -32602 | parameter 1 (model) is \"0x12\", expected 32 bytes",
                "lockstep_quote | [\"0x0000000000000000000000000000000000000000000000000000000000000012\"] | -32602 | is not active on this chain; lockstep_models lists",
                "lockstep_infer | [\"0xcc07ab104a383800c6f89c8de96681157b574c0d1ea01b8466c59ddc1cd0b8cb\", \"0x00\"] | -32602 | input has 1 bytes; the model takes 256",
                "lockstep_getInferences | [\"x\"] | -32602 | parameter 1 (filter) is \"x\", expected an object",
                "lockstep_getInferences | [{\"fromBlock\": \"0x5\"}] | -32602 | blocks 5 to 0 were asked for; the chain has 0 to 0"
            })
    void aCallThatCannotBeServed(String method, String params, int code, String message)
            throws Exception {
        refused(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params),
                code,
                message);
    }

    @Test
    void anOversizedBatchIsRefusedWholeAndTheNodeGoesOn() throws Exception {
        String one = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";
        refused(
                "[" + String.join(",", Collections.nCopies(1025, one)) + "]",
                -32005,
                "a batch of 1025 requests, at most 1024 are allowed");
        refused("[".repeat(2000), -32700, "nested over 64 deep");
        assertThat(send(one).path("result").asString()).isEqualTo("0x539");
        assertThat(send("[" + one + ",{\"id\":2}]").size()).isEqualTo(2);
    }
}

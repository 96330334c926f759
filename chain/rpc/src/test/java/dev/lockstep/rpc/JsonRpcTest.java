package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.LocalFault;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonRpcTest {
    private static final RpcMethods METHODS =
            RpcMethods.of(
                    List.of(
                            new RpcMethod("test_one", params -> Json.quantity(1)),
                            new RpcMethod(
                                    "test_echo", params -> Json.data(params.at(0, "bytes").data())),
                            new RpcMethod(
                                    "test_fault",
                                    params -> {
                                        throw new LocalFault("the disk is full");
                                    }),
                            new RpcMethod(
                                    "test_refuse",
                                    params -> {
                                        throw new RpcException(
                                                new RpcError(
                                                        RpcError.Kind.REVERTED,
                                                        "execution reverted",
                                                        Json.text("0x01")));
                                    }),
                            new RpcMethod("admin_stop", params -> Json.flag(true))));

    private static final JsonRpc RPC =
            new JsonRpc(METHODS.only(List.of("TEST", "rpc")), limits(3, 400));

    private static RpcLimits limits(int batchSizeMax, int responseBytesMax) {
        RpcLimits d = RpcLimits.DEFAULT;
        return new RpcLimits(
                d.requestBytesMax(),
                responseBytesMax,
                batchSizeMax,
                d.concurrentRequestsMax(),
                d.connectionsMax(),
                d.timeoutMillis(),
                d.callGasMax(),
                d.filtersMax(),
                d.filterTimeoutMillis(),
                d.subscriptionsMax());
    }

    private static String answer(String request) {
        JsonRpc.Answer answer = RPC.answer(request.getBytes(StandardCharsets.UTF_8));
        return answer.body() == null
                ? ""
                : new String(answer.body().toArrayUnsafe(), StandardCharsets.UTF_8);
    }

    private static String error(int code, String id, String message) {
        return "{'jsonrpc':'2.0','id':%s,'error':{'code':%d,'message':'%s'}}"
                .formatted(id, code, message)
                .replace('\'', '"');
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"jsonrpc":"2.0","id":1,"method":"test_one"} | {"jsonrpc":"2.0","id":1,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1,"method":"test_one","params":null} | {"jsonrpc":"2.0","id":1,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1,"method":"test_one","params":[]} | {"jsonrpc":"2.0","id":1,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1,"method":"test_one","params":{}} | {"jsonrpc":"2.0","id":1,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1,"method":"test_one","params":[1,{},"x"],"more":true} | {"jsonrpc":"2.0","id":1,"result":"0x1"}
                    {"jsonrpc":"2.0","id":"a-b","method":"test_one"} | {"jsonrpc":"2.0","id":"a-b","result":"0x1"}
                    {"jsonrpc":"2.0","id":null,"method":"test_one"} | {"jsonrpc":"2.0","id":null,"result":"0x1"}
                    {"jsonrpc":"2.0","id":12345678901234567890123,"method":"test_one"} | {"jsonrpc":"2.0","id":12345678901234567890123,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1.5,"method":"test_one"} | {"jsonrpc":"2.0","id":1.5,"result":"0x1"}
                    {"jsonrpc":"2.0","id":1,"method":"test_refuse"} | {"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x01"}}
                    {"jsonrpc":"2.0","id":1,"method":"rpc_modules"} | {"jsonrpc":"2.0","id":1,"result":{"test":"1.0","rpc":"1.0"}}
                    """)
    void answersARequest(String request, String expected) {
        assertThat(answer(request)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    {"jsonrpc":"2.0","id":1,"method":"test_two"} | -32601 | 1 | the method test_two does not exist here
                    {"jsonrpc":"2.0","id":1,"method":"admin_stop"} | -32604 | 1 | the method admin_stop is not enabled here
                    {"jsonrpc":"1.0","id":1,"method":"test_one"} | -32600 | 1 | jsonrpc is \\"1.0\\", expected \\"2.0\\"
                    {"id":1,"method":"test_one"} | -32600 | 1 | jsonrpc is missing, expected \\"2.0\\"
                    {"jsonrpc":"2.0","id":1} | -32600 | 1 | method is missing, expected a string
                    {"jsonrpc":"2.0","id":1,"method":7} | -32600 | 1 | method is 7, expected a string
                    {"jsonrpc":"2.0","id":[1],"method":"test_one"} | -32600 | null | id is neither a string of at most 256 characters nor a number
                    {"jsonrpc":"2.0","id":true,"method":"test_one"} | -32600 | null | id is neither a string of at most 256 characters nor a number
                    7 | -32600 | null | a request is a JSON object or an array of them
                    null | -32600 | null | a request is a JSON object or an array of them
                    [] | -32600 | null | the batch is empty
                    [1,2,3,4] | -32005 | null | a batch of 4 requests, at most 3 are allowed
                    {"jsonrpc":"2.0","id":1,"method":"test_echo"} | -32602 | 1 | parameter 1 (bytes) is missing, expected 0x and an even number of hex digits
                    {"jsonrpc":"2.0","id":1,"method":"test_echo","params":["0x1"]} | -32602 | 1 | parameter 1 (bytes) is \\"0x1\\", expected 0x and an even number of hex digits
                    {"jsonrpc":"2.0","id":1,"method":"test_echo","params":{"bytes":"0x"}} | -32602 | 1 | params is {\\"bytes\\":\\"0x\\"}, expected an array
                    {"jsonrpc":"2.0","id":1,"method":"test_fault"} | -32603 | 1 | internal error; the log of the node has details
                    """)
    void refusesARequest(String request, int code, String id, String message) {
        assertThat(answer(request)).isEqualTo(error(code, id, message));
    }

    @Test
    void saysHowDeepJsonMayNestAndNamesNoClassOfTheLibrary() {
        String answer = answer("[".repeat(200) + "]".repeat(200));
        assertThat(answer).contains("-32700").contains("nested over 64 deep");
        assertThat(answer).doesNotContain("Stream");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {"~~", "{", "{]", "nul", "{} {}", "[1,2", "\"\\x\"", "'a'", "{\"a\":1,}", "01"})
    void callsWhatIsNotJsonAParseError(String request) {
        assertThat(answer(request))
                .startsWith("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,")
                .contains("not JSON: ");
    }

    @Test
    void refusesJsonThatNestsTooDeep() {
        assertThat(answer("[".repeat(100_000))).contains("\"code\":-32700");
        assertThat(answer("{\"a\":".repeat(100_000))).contains("\"code\":-32700");
    }

    @Test
    void answersABatchInItsOrder() {
        String batch =
                """
                [{"jsonrpc":"2.0","id":2,"method":"test_one"},{"jsonrpc":"2.0","method":"test_one"},5]
                """;
        assertThat(answer(batch))
                .isEqualTo(
                        "[{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x1\"},"
                                + error(-32600, "null", "a request is a JSON object")
                                + "]");
    }

    @Test
    void answersNothingToNotifications() {
        assertThat(answer("{\"jsonrpc\":\"2.0\",\"method\":\"test_one\"}")).isEmpty();
        assertThat(answer("[{\"jsonrpc\":\"2.0\",\"method\":\"test_fault\"}]")).isEmpty();
    }

    @Test
    void refusesAnAnswerOverTheLimit() {
        String large = "0x" + "00".repeat(250);
        String request =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test_echo\",\"params\":[\"%s\"]}";
        assertThat(answer(request.formatted(large)))
                .isEqualTo(error(-32005, "1", "the answer is larger than 400 bytes; ask for less"));
        String half = request.formatted("0x" + "00".repeat(150));
        assertThat(answer("[" + half + "," + half + "," + half + "]"))
                .contains("\"result\"")
                .endsWith(
                        error(-32005, "1", "the answer is larger than 400 bytes; ask for less")
                                + "]");
    }

    @Test
    void saysWhetherARequestWasOne() {
        assertThat(RPC.answer("{}".getBytes(StandardCharsets.UTF_8)).isWellFormed()).isFalse();
        assertThat(RPC.answer("{".getBytes(StandardCharsets.UTF_8)).isWellFormed()).isFalse();
        String unknown = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no_such\"}";
        assertThat(RPC.answer(unknown.getBytes(StandardCharsets.UTF_8)).isWellFormed()).isTrue();
    }
}

package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class FiltersTest {
    private final AtomicLong clockMillis = new AtomicLong();
    private final TestNode node = new TestNode();
    private final RpcMethods methods = RpcMethods.of(filters(3).rows());

    private Filters filters(int filtersMax) {
        RpcLimits d = RpcLimits.DEFAULT;
        RpcLimits limits =
                new RpcLimits(
                        d.requestBytesMax(),
                        d.responseBytesMax(),
                        d.batchSizeMax(),
                        d.concurrentRequestsMax(),
                        d.connectionsMax(),
                        d.timeoutMillis(),
                        d.callGasMax(),
                        filtersMax,
                        1000,
                        d.subscriptionsMax());
        return new Filters(node.ledger, node.pool, limits, clockMillis::get);
    }

    private JsonNode call(String method, String params) {
        Params parsed =
                Params.of(Json.parse(params.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        return methods.find(method).handler().answer(parsed);
    }

    private String open(String method, String params) {
        return "[" + call(method, params) + "]";
    }

    private static List<String> each(JsonNode array, String key) {
        List<String> values = new ArrayList<>();
        for (JsonNode item : array) values.add(item.get(key).stringValue());
        return values;
    }

    @Test
    void tellsOfBlocksOnceEach() {
        String id = open("eth_newBlockFilter", "[]");
        assertThat(call("eth_getFilterChanges", id)).isEmpty();
        node.mine();
        node.mine();
        JsonNode changes = call("eth_getFilterChanges", id);
        assertThat(changes).hasSize(2);
        assertThat(changes.get(1)).isEqualTo(Json.hash(node.ledger.headHash()));
        assertThat(call("eth_getFilterChanges", id)).isEmpty();
    }

    @Test
    void tellsOfNewLogsThatMatch() {
        String all = open("eth_newFilter", "[{\"fromBlock\":\"earliest\"}]");
        String other =
                open(
                        "eth_newFilter",
                        "[{\"address\":\"0x00000000000000000000000000000000000000aa\"}]");
        assertThat(call("eth_getFilterChanges", all)).isEmpty();
        node.mine(
                TestNode.sign(
                        TestNode.ALICE, TestNode.call(7, TestNode.EMITTER_ADDRESS, Bytes.of(4))));
        JsonNode changes = call("eth_getFilterChanges", all);
        assertThat(each(changes, "blockNumber")).containsExactly("0x5");
        assertThat(call("eth_getFilterChanges", other)).isEmpty();
        assertThat(each(call("eth_getFilterLogs", all), "blockNumber"))
                .containsExactly("0x2", "0x2", "0x3", "0x5");
    }

    @Test
    void tellsOfPendingTransactions() {
        String id = open("eth_newPendingTransactionFilter", "[]");
        var tx = TestNode.sign(TestNode.BOB, TestNode.legacy(4));
        node.pool.add(tx);
        assertThat(call("eth_getFilterChanges", id)).containsExactly(Json.hash(tx.hash()));
        assertThat(call("eth_getFilterChanges", id)).isEmpty();
    }

    private String refusal(String method, String params) {
        try {
            return "answered " + call(method, params);
        } catch (RpcException e) {
            return e.error().kind().code() + " " + e.getMessage();
        }
    }

    @Test
    void forgetsAFilterThatIsUninstalled() {
        String id = open("eth_newBlockFilter", "[]");
        assertThat(call("eth_uninstallFilter", id)).isEqualTo(Json.flag(true));
        assertThat(call("eth_uninstallFilter", id)).isEqualTo(Json.flag(false));
        assertThat(refusal("eth_getFilterChanges", id)).startsWith("-32000 filter not found: ");
    }

    @Test
    void forgetsAFilterThatNobodyAsksFor() {
        String id = open("eth_newBlockFilter", "[]");
        clockMillis.addAndGet(1000);
        assertThat(refusal("eth_getFilterChanges", id)).startsWith("answered");
        clockMillis.addAndGet(1001);
        assertThat(refusal("eth_getFilterChanges", id)).startsWith("-32000 filter not found: ");
    }

    @Test
    void boundsTheNumberOfFilters() {
        for (int i = 0; i < 3; i++) open("eth_newBlockFilter", "[]");
        assertThat(refusal("eth_newBlockFilter", "[]")).startsWith("-32005 there are 3 filters");
        clockMillis.addAndGet(1001);
        assertThat(refusal("eth_newBlockFilter", "[]")).startsWith("answered");
    }

    @Test
    void hasNoLogsForAFilterOfBlocks() {
        String id = open("eth_newBlockFilter", "[]");
        assertThat(refusal("eth_getFilterLogs", id)).startsWith("-32000 this filter is not one");
    }
}

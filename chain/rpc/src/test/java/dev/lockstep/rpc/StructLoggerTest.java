package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Hash;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Costs are those of the yellow paper and its EIPs, added up by hand. */
final class StructLoggerTest {
    private static final String CONTRACT = "0x00000000000000000000000000000000000000c1";
    private static final String OTHER = "0x00000000000000000000000000000000000000c2";

    private final TestNode node = new TestNode();

    private JsonNode trace(String code, String otherCode, String options) {
        return node.result("debug_traceCall", params(code, otherCode, options));
    }

    private static String params(String code, String otherCode, String options) {
        return """
               [{"to":"%s","gas":"0x186a0"},"latest",{"stateOverrides":
                {"%s":{"code":"0x%s"},"%s":{"code":"0x%s"}}%s}]
               """
                .formatted(CONTRACT, CONTRACT, code, OTHER, otherCode, options);
    }

    private static List<Long> costs(JsonNode trace) {
        return trace.get("structLogs").values().stream()
                .map(entry -> entry.get("gasCost").longValue())
                .toList();
    }

    @Test
    void anEntryHasTheMachineBeforeItsInstructionAndWhatThatCost() {
        // PUSH1 7, PUSH0, SSTORE, PUSH0, SLOAD, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
        JsonNode trace = trace("60075f555f545f5260205ff3", "", "");
        assertThat(trace.get("failed").booleanValue()).isFalse();
        assertThat(trace.get("gas").longValue()).isEqualTo(21_000 + 22_100 + 100 + 20);
        assertThat(trace.get("returnValue").stringValue()).endsWith("07").hasSize(66);
        assertThat(costs(trace)).containsExactly(3L, 2L, 22_100L, 2L, 100L, 2L, 6L, 3L, 2L, 0L);
        JsonNode store = trace.get("structLogs").get(2);
        assertThat(store.get("pc").intValue()).isEqualTo(3);
        assertThat(store.get("op").stringValue()).isEqualTo("SSTORE");
        assertThat(store.get("gas").longValue()).isEqualTo(79_000 - 5);
        assertThat(store.get("depth").intValue()).isEqualTo(1);
        assertThat(store.get("stack").toString()).isEqualTo("[\"0x7\",\"0x0\"]");
        JsonNode load = trace.get("structLogs").get(4);
        assertThat(load.get("storage").get("0x" + "0".repeat(64)).stringValue())
                .isEqualTo("0x" + "0".repeat(63) + "7");
        assertThat(load.has("memory")).isFalse();
    }

    @Test
    void aCallCostsWhatItTookAndWhatItGave() {
        // 0, 0, 0, 0, 0, OTHER, 5000, CALL, STOP; the other is PUSH0, PUSH0, REVERT.
        JsonNode trace = trace("5f5f5f5f5f60c2611388f100", "5f5ffd", "");
        JsonNode entries = trace.get("structLogs");
        assertThat(entries.get(7).get("op").stringValue()).isEqualTo("CALL");
        assertThat(entries.get(7).get("gasCost").longValue()).isEqualTo(2600 + 5000);
        assertThat(entries.get(8).get("depth").intValue()).isEqualTo(2);
        assertThat(entries.get(8).get("gas").longValue()).isEqualTo(5000);
        assertThat(entries.get(11).get("op").stringValue()).isEqualTo("STOP");
        assertThat(entries.get(11).get("gas").longValue())
                .isEqualTo(79_000 - 5 * 2 - 3 - 3 - 2600 - 4);
    }

    @Test
    void anInstructionThatHaltsNamesTheReason() {
        JsonNode trace = trace("5f56", "", "");
        assertThat(trace.get("failed").booleanValue()).isTrue();
        assertThat(trace.get("structLogs").get(1).get("error").stringValue())
                .isEqualTo("invalid jump destination");
        // It took all gas that there was.
        assertThat(costs(trace)).containsExactly(2L, 78_998L);
    }

    @Test
    void whatDeploymentCostsIsNotTheCostOfReturn() {
        // 32 zero bytes as the code of a contract.
        JsonNode trace =
                node.result("debug_traceCall", "[{\"data\":\"0x60205ff3\",\"gas\":\"0x186a0\"}]");
        assertThat(costs(trace)).containsExactly(3L, 2L, 3L);
    }

    @Test
    void anAccountWithoutCodeHasNoSteps() {
        assertThat(trace("", "", "").get("structLogs").isEmpty()).isTrue();
        // PUSH0, PUSH0, PUSH0, PUSH0, PUSH0, OTHER, 5000, CALL: the STOP is that at the end.
        JsonNode entries = trace("5f5f5f5f5f60c2611388f1", "", "").get("structLogs");
        assertThat(entries.size()).isEqualTo(9);
        assertThat(entries.get(8).get("op").stringValue()).isEqualTo("STOP");
        assertThat(entries.get(8).get("depth").intValue()).isEqualTo(1);
    }

    @Test
    void whatHaltsIsTheCalleesInstructionAndNotTheCall() {
        // The call above, of INVALID.
        JsonNode entries = trace("5f5f5f5f5f60c2611388f1", "fe", "").get("structLogs");
        assertThat(entries.get(7).get("op").stringValue()).isEqualTo("CALL");
        assertThat(entries.get(7).has("error")).isFalse();
        assertThat(entries.get(8).has("error")).isTrue();
        assertThat(entries.get(8).get("gasCost").longValue()).isEqualTo(5000);
    }

    @Test
    void storageIsAllThatTheAccountWasSeenWithAndOnlyWhereItIsTouched() {
        // SSTORE 7 at 0, SLOAD of 1, POP.
        JsonNode entries = trace("60075f5560015450", "", "").get("structLogs");
        assertThat(entries.get(4).get("storage").toString())
                .isEqualTo(
                        "{\"0x%064x\":\"0x%064x\",\"0x%064x\":\"0x%064x\"}".formatted(0, 7, 1, 0));
        assertThat(entries.values().stream().filter(entry -> entry.has("storage"))).hasSize(2);
    }

    @Test
    void aTransactionOfABlockIsTracedToo() {
        Hash hash = node.ledger.transactions(2).getFirst().hash();
        JsonNode trace = node.result("debug_traceTransaction", "[\"%s\"]".formatted(hash));
        JsonNode receipt = node.result("eth_getTransactionReceipt", "[\"%s\"]".formatted(hash));
        assertThat("0x" + Long.toHexString(trace.get("gas").longValue()))
                .isEqualTo(receipt.get("gasUsed").stringValue());
        assertThat(trace.get("structLogs").get(0).get("op").stringValue())
                .isEqualTo("CALLDATASIZE");
    }

    @Test
    void optionsSayWhatAnEntryHas() {
        // MSTORE at 0, a call that returns nothing, STOP.
        String options =
                ",\"disableStack\":true,\"disableStorage\":true,\"enableMemory\":true,"
                        + "\"enableReturnData\":true,\"limit\":3";
        JsonNode entries = trace("60075f525f545f5f5fa000", "", options).get("structLogs");
        assertThat(entries.size()).isEqualTo(3);
        assertThat(entries.get(0).propertyNames())
                .containsExactly(
                        "pc", "op", "gas", "gasCost", "depth", "refund", "memory", "returnData");
        assertThat(entries.get(2).get("gasCost").longValue()).isEqualTo(6);
    }

    @Test
    void aTraceThatIsTooLargeIsRefused() {
        TestNode small = new TestNode(withResponse(4000));
        // A loop over all of the gas.
        JsonNode answer = small.call("debug_traceCall", params("5b5f56", "", ""));
        assertThat(answer.get("error").get("message").stringValue())
                .contains("the trace takes over 2000 bytes", "set limit");
        JsonNode limited = small.call("debug_traceCall", params("5b5f56", "", ",\"limit\":5"));
        assertThat(limited.get("result").get("structLogs").size()).isEqualTo(5);
    }

    private static RpcLimits withResponse(int bytes) {
        RpcLimits d = RpcLimits.DEFAULT;
        return new RpcLimits(
                d.requestBytesMax(),
                bytes,
                d.batchSizeMax(),
                d.concurrentRequestsMax(),
                d.connectionsMax(),
                d.timeoutMillis(),
                d.callGasMax(),
                d.filtersMax(),
                d.filterTimeoutMillis(),
                d.subscriptionsMax());
    }
}

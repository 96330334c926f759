package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Answers have the keys, and values of the form, that the public rpc-compat suite expects of the
 * same kind of thing; totalDifficulty is what a QBFT chain adds.
 */
class PublicSuiteShapeTest {
    private final TestNode node = new TestNode();
    private Path suite = Path.of("");

    @BeforeEach
    void findTheSuite() {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        String reason =
                "LOCKSTEP_FIXTURES is not set: the public rpc-compat shapes are not checked";
        if (fixtures == null) System.out.println(reason);
        assumeTrue(fixtures != null, reason);
        suite = Path.of(fixtures, "ethereum", "rpc-compat", "tests");
    }

    private JsonNode expected(String test) throws IOException {
        for (String line : Files.readAllLines(suite.resolve(test + ".io"))) {
            if (line.startsWith("<< ")) {
                byte[] json = line.substring(3).getBytes(StandardCharsets.UTF_8);
                return Json.parse(json).get("result");
            }
        }
        throw new IOException("no answer in " + test);
    }

    private static Set<String> keys(JsonNode object, String... without) {
        Set<String> keys = new TreeSet<>();
        object.properties().forEach(entry -> keys.add(entry.getKey()));
        keys.removeAll(Set.of(without));
        return keys;
    }

    private void sameKeys(JsonNode answer, String test) throws IOException {
        assertThat(keys(answer)).as(test).isEqualTo(keys(expected(test)));
    }

    private JsonNode transaction(String block, int index) {
        return node.result(
                "eth_getTransactionByBlockNumberAndIndex",
                "[\"" + block + "\",\"0x" + index + "\"]");
    }

    @Test
    void blocksHaveTheirKeys() throws IOException {
        JsonNode block = node.result("eth_getBlockByNumber", "[\"0x2\",true]");
        JsonNode latest = expected("eth_getBlockByNumber/get-latest");
        assertThat(keys(block, "totalDifficulty")).isEqualTo(keys(latest));
        assertThat(block.has("totalDifficulty")).isTrue();
        sameKeys(block.get("transactions").get(0), "eth_getTransactionByHash/get-dynamic-fee");
    }

    @Test
    void transactionsHaveTheKeysOfTheirType() throws IOException {
        sameKeys(transaction("0x2", 0), "eth_getTransactionByHash/get-dynamic-fee");
        sameKeys(transaction("0x3", 1), "eth_getTransactionByHash/get-setcode-tx");
        JsonNode setCode = expected("eth_getTransactionByHash/get-setcode-tx");
        assertThat(keys(transaction("0x3", 1).get("authorizationList").get(0)))
                .isEqualTo(keys(setCode.get("authorizationList").get(0)));
        JsonNode latest = expected("eth_getBlockByNumber/get-latest");
        for (JsonNode tx : latest.get("transactions")) {
            if (!tx.get("type").stringValue().equals("0x0")) continue;
            assertThat(keys(transaction("0x2", 1))).isEqualTo(keys(tx));
        }
    }

    @Test
    void receiptsAndLogsHaveTheirKeys() throws IOException {
        JsonNode receipts = node.result("eth_getBlockReceipts", "[\"0x2\"]");
        sameKeys(receipts.get(2), "eth_getTransactionReceipt/get-access-list");
        JsonNode logs = node.result("eth_getLogs", "[{\"fromBlock\":\"0x0\"}]");
        assertThat(keys(logs.get(0))).isEqualTo(keys(expected("eth_getLogs/contract-addr").get(0)));
        sameKeys(
                node.result(
                        "eth_createAccessList", "[{\"to\":\"" + TestNode.EMITTER_ADDRESS + "\"}]"),
                "eth_createAccessList/create-al-contract");
    }

    @Test
    void otherAnswersHaveTheirKeys() throws IOException {
        String proofOf = "[\"" + TestNode.EMITTER_ADDRESS + "\",[\"0x00\"]]";
        JsonNode proof = node.result("eth_getProof", proofOf);
        JsonNode expectedProof = expected("eth_getProof/get-account-proof-with-storage");
        assertThat(keys(proof)).isEqualTo(keys(expectedProof));
        JsonNode slot = proof.get("storageProof").get(0);
        assertThat(keys(slot)).isEqualTo(keys(expectedProof.get("storageProof").get(0)));
        assertThat(slot.get("key").stringValue()).isEqualTo("0x0");
        sameKeys(
                node.result("eth_feeHistory", "[\"0x1\",\"latest\",[95,99]]"),
                "eth_feeHistory/fee-history");
        sameKeys(node.result("txpool_status", "[]"), "txpool_status/get-status");
        sameKeys(node.result("txpool_content", "[]"), "txpool_content/get-content");
        sameKeys(
                node.result("txpool_contentFrom", "[\"" + TestNode.BOB.address() + "\"]"),
                "txpool_contentFrom/get-content-from-address");
    }
}

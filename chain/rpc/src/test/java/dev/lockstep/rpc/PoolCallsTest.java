package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Address;
import dev.lockstep.types.LegacyTransaction;
import dev.lockstep.types.Signature;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PoolCallsTest {
    private static final UInt256 FEE = UInt256.valueOf(10_000_000_000L);

    private final TestNode node = new TestNode();

    private JsonNode send(SignedTransaction tx) {
        return node.call(
                "eth_sendRawTransaction", "[\"" + tx.transaction().encode().toHexString() + "\"]");
    }

    private String refusal(Transaction unsigned) {
        JsonNode error = send(TestNode.sign(TestNode.BOB, unsigned)).get("error");
        return error == null
                ? "taken"
                : error.get("code") + " " + error.get("message").stringValue();
    }

    private static LegacyTransaction transfer(
            long chainId, long nonce, UInt256 fee, long gasLimit, UInt256 value) {
        return new LegacyTransaction(
                UInt256.valueOf(chainId),
                nonce,
                fee,
                gasLimit,
                Address.ofNumber(0xca401),
                value,
                Bytes.EMPTY,
                new Signature(0, UInt256.ZERO, UInt256.ZERO));
    }

    @Test
    void takesATransactionAndShowsItWhileItWaits() {
        SignedTransaction tx = TestNode.sign(TestNode.BOB, TestNode.legacy(4));
        assertThat(send(tx).get("result")).isEqualTo(Json.hash(tx.hash()));
        JsonNode waiting = node.result("eth_getTransactionByHash", "[\"" + tx.hash() + "\"]");
        assertThat(waiting.get("blockHash").isNull()).isTrue();
        assertThat(waiting.get("nonce").stringValue()).isEqualTo("0x4");
        assertThat(node.result("eth_getTransactionReceipt", "[\"" + tx.hash() + "\"]").isNull())
                .isTrue();
        String bob = TestNode.BOB.address().toString();
        assertThat(node.result("eth_getTransactionCount", "[\"" + bob + "\",\"pending\"]"))
                .isEqualTo(Json.quantity(5));
        node.mine(tx);
        assertThat(
                        node.result("eth_getTransactionReceipt", "[\"" + tx.hash() + "\"]")
                                .get("status"))
                .isEqualTo(Json.quantity(1));
    }

    @Test
    void refusesInTheWordsThatToolsLookFor() {
        UInt256 zero = UInt256.ZERO;
        assertThat(refusal(transfer(1337, 2, FEE, 21_000, zero)))
                .startsWith("-32001 nonce too low: ");
        assertThat(refusal(transfer(1337, 5000, FEE, 21_000, zero)))
                .startsWith("-32006 nonce too high: ");
        assertThat(refusal(transfer(1, 4, FEE, 21_000, zero)))
                .startsWith("-32000 invalid chain id: ");
        assertThat(refusal(transfer(1337, 4, FEE, 20_999, zero)))
                .startsWith("-32003 intrinsic gas too low: ");
        assertThat(refusal(transfer(1337, 4, FEE, 20_000_000, zero)))
                .startsWith("-32005 exceeds block gas limit: ");
        assertThat(refusal(transfer(1337, 4, FEE, 21_000, UInt256.MAX_VALUE)))
                .startsWith("-32004 insufficient funds for gas * price + value: ");
        assertThat(refusal(transfer(1337, 9, FEE.add(1), 21_000, zero)))
                .startsWith("-32000 replacement transaction underpriced: ");
        assertThat(refusal(TestNode.legacy(9))).startsWith("-32000 already known: ");
        assertThat(refusal(transfer(1337, 4, FEE, 21_000, zero))).isEqualTo("taken");
    }

    @Test
    void saysNothingTwice() {
        assertThat(refusal(transfer(1337, 2, FEE, 21_000, UInt256.ZERO)))
                .containsOnlyOnce("nonce too low");
    }
}

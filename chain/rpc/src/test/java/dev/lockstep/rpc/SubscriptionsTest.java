package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SubscriptionsTest {
    private final TestNode node = new TestNode();
    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private Subscriptions subscriptions;
    private RpcServer server;
    private WebSocket socket;

    @BeforeEach
    void connect() throws Exception {
        subscriptions = new Subscriptions(node.ledger, node.pool, RpcLimits.DEFAULT);
        server = RpcServer.start(RpcConfig.local(0), node.methods, subscriptions);
        socket =
                client.newWebSocketBuilder()
                        .buildAsync(
                                URI.create("ws://localhost:" + server.port() + "/"), new Inbox())
                        .join();
    }

    @AfterEach
    void disconnect() {
        client.shutdownNow();
        server.close();
        subscriptions.close();
    }

    private final class Inbox implements WebSocket.Listener {
        private final StringBuilder partial = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                messages.add(partial.toString());
                partial.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private JsonNode next() throws Exception {
        String message = messages.poll(10, TimeUnit.SECONDS);
        assertThat(message).as("a message within 10 s").isNotNull();
        return Json.parse(message.getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode ask(String method, String params) throws Exception {
        String request =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params);
        socket.sendText(request, true).join();
        return next();
    }

    private String subscribe(String params) throws Exception {
        return ask("eth_subscribe", params).get("result").stringValue();
    }

    private JsonNode event(String subscription) throws Exception {
        JsonNode message = next();
        assertThat(message.get("method").stringValue()).isEqualTo("eth_subscription");
        assertThat(message.has("id")).isFalse();
        assertThat(message.get("params").get("subscription").stringValue()).isEqualTo(subscription);
        return message.get("params").get("result");
    }

    @Test
    void tellsOfNewHeads() throws Exception {
        String id = subscribe("[\"newHeads\"]");
        node.mine();
        node.mine();
        assertThat(event(id).get("number").stringValue()).isEqualTo("0x5");
        JsonNode head = event(id);
        assertThat(head.get("hash")).isEqualTo(Json.hash(node.ledger.headHash()));
        assertThat(head.has("transactions")).isFalse();
    }

    @Test
    void tellsOfLogsThatMatch() throws Exception {
        String matching =
                subscribe("[\"logs\",{\"address\":\"" + TestNode.EMITTER_ADDRESS + "\"}]");
        subscribe("[\"logs\",{\"topics\":[\"0x" + "00".repeat(32) + "\"]}]");
        var call = TestNode.call(7, TestNode.EMITTER_ADDRESS, Bytes.of(4));
        node.mine(TestNode.sign(TestNode.ALICE, call));
        assertThat(event(matching).get("blockNumber").stringValue()).isEqualTo("0x5");
        assertThat(ask("eth_blockNumber", "[]").get("result").stringValue()).isEqualTo("0x5");
    }

    @Test
    void tellsOfPendingTransactions() throws Exception {
        String hashes = subscribe("[\"newPendingTransactions\"]");
        var tx = TestNode.sign(TestNode.BOB, TestNode.legacy(4));
        node.pool.add(tx);
        assertThat(event(hashes)).isEqualTo(Json.hash(tx.hash()));
        assertThat(ask("eth_unsubscribe", "[\"" + hashes + "\"]").get("result").booleanValue())
                .isTrue();
        String whole = subscribe("[\"newPendingTransactions\",true]");
        node.pool.add(TestNode.sign(TestNode.BOB, TestNode.legacy(5)));
        assertThat(event(whole).get("nonce").stringValue()).isEqualTo("0x5");
    }

    @Test
    void saysNothingAfterUnsubscribing() throws Exception {
        String id = subscribe("[\"newHeads\"]");
        assertThat(ask("eth_unsubscribe", "[\"" + id + "\"]").get("result").booleanValue())
                .isTrue();
        assertThat(ask("eth_unsubscribe", "[\"" + id + "\"]").get("result").booleanValue())
                .isFalse();
        node.mine();
        assertThat(ask("eth_blockNumber", "[]").get("result").stringValue()).isEqualTo("0x5");
    }

    @Test
    void refusesWhatCannotBeSubscribedTo() throws Exception {
        JsonNode error = ask("eth_subscribe", "[\"weather\"]").get("error");
        assertThat(error.get("message").stringValue())
                .isEqualTo(
                        "parameter 1 (subscription) is \"weather\", expected newHeads, logs or"
                                + " newPendingTransactions");
        List<String> http = node.methods.names();
        assertThat(http).doesNotContain("eth_subscribe");
    }
}

package dev.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.GenesisFile;
import dev.lockstep.network.Enode;
import dev.lockstep.network.EthProtocol;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Peers as the RPC shows and changes them. */
class AdminMethodsTest {
    @TempDir Path scratch;
    private Node node;
    private WirePeer peer;

    @BeforeEach
    void start() throws Exception {
        node = LoneNode.start(scratch.resolve("node"), 1);
        peer = new WirePeer(node, EthProtocol.ETH_69);
    }

    @AfterEach
    void stop() {
        peer.close();
        node.close();
    }

    private JsonNode call(String method, String params) throws Exception {
        return call(node, method, params);
    }

    private static JsonNode call(Node node, String method, String params) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            String body =
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                            .formatted(method, params);
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(node.rpcUrl()))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            return new ObjectMapper()
                    .readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }

    private JsonNode result(String method, String params) throws Exception {
        JsonNode answer = call(method, params);
        assertThat(answer.has("result")).as("%s", answer).isTrue();
        return answer.get("result");
    }

    @Test
    void peersAndTheNodeItselfAreShown() throws Exception {
        assertThat(result("net_peerCount", "[]").asString()).isEqualTo("0x1");
        assertThat(result("net_listening", "[]").asBoolean()).isTrue();
        assertThat(result("net_enode", "[]").asString()).isEqualTo(node.enode().toString());
        JsonNode info = result("admin_nodeInfo", "[]");
        assertThat(info.get("id").asString()).isEqualTo(node.enode().id().toUnprefixedHexString());
        assertThat(info.at("/protocols/eth/network").asInt()).isEqualTo(1337);
        assertThat(info.at("/ports/listener").asInt()).isEqualTo(node.enode().tcpPort());
        JsonNode shown = result("admin_peers", "[]").get(0);
        assertThat(shown.get("id").asString()).isEqualTo(peer.key.publicKey().toHexString());
        assertThat(shown.get("name").asString()).isEqualTo("test/1");
        assertThat(shown.get("version").asString()).isEqualTo("0x5");
        assertThat(shown.get("caps").toString()).isEqualTo("[\"eth/69\",\"istanbul/100\"]");
        assertThat(shown.at("/network/inbound").asBoolean()).isTrue();
        assertThat(shown.at("/network/static").asBoolean()).isFalse();
        assertThat(shown.at("/protocols/eth/version").asInt()).isEqualTo(69);
    }

    @Test
    void aPeerIsRemovedAndOneIsAdded() throws Exception {
        String enode = node.enode().toString();
        String id = peer.key.publicKey().toUnprefixedHexString();
        String url = enode.replaceFirst("//[0-9a-f]{128}@", "//" + id + "@");
        assertThat(result("admin_removePeer", "[\"" + url + "\"]").asBoolean()).isTrue();
        assertThat(peer.gone.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(peer.goneBecause).contains("REQUESTED");
        Enode nobody = new Enode(Bytes.repeat((byte) 5, 64), "127.0.0.1", 1, 1);
        assertThat(result("admin_addPeer", "[\"" + nobody + "\"]").asBoolean()).isTrue();
        assertThat(result("admin_addPeer", "[\"" + nobody + "\"]").asBoolean()).isFalse();
        assertThat(result("admin_removePeer", "[\"" + nobody + "\"]").asBoolean()).isTrue();
        assertThat(result("admin_removePeer", "[\"" + nobody + "\"]").asBoolean()).isFalse();
        JsonNode error = call("admin_addPeer", "[\"enode://zz@1\"]").get("error");
        assertThat(error.get("code").asInt()).isEqualTo(-32602);
        assertThat(error.get("message").asString()).contains("enode://<128 hex digits>");
        assertThat(call("admin_changeLogLevel", "[\"LOUD\"]").at("/error/code").asInt())
                .isEqualTo(-32602);
        assertThat(result("admin_changeLogLevel", "[\"DEBUG\",[\"no.such\"]]").asString())
                .isEqualTo("Success");
    }

    @Test
    void nodesThatKnowOneNodeFindEachOther() throws Exception {
        KeyPair validator = DataFolder.newKey();
        GenesisFile genesis = LoneNode.genesis(validator, 1);
        List<Node> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                KeyPair key = i == 0 ? validator : DataFolder.newKey();
                DataFolder folder = DataFolder.create(scratch.resolve("n" + i), genesis, key);
                List<Enode> known = i == 0 ? List.of() : List.of(nodes.getFirst().enode());
                List<String> bootnodes = known.stream().map(Enode::toString).toList();
                P2pConfig p2p =
                        new P2pConfig(
                                null, "127.0.0.1", "127.0.0.1", 0, 25, known, true, bootnodes);
                nodes.add(LoneNode.start(folder, key, p2p));
            }
            long until = System.currentTimeMillis() + 120_000;
            for (Node each : nodes) {
                while (!call(each, "net_peerCount", "[]").get("result").asString().equals("0x2")) {
                    assertThat(System.currentTimeMillis()).as("patience").isLessThan(until);
                    Thread.sleep(200);
                }
                assertThat(call(each, "admin_nodeInfo", "[]").at("/result/enr").asString())
                        .startsWith("enr:-");
            }
        } finally {
            nodes.forEach(Node::close);
        }
    }
}

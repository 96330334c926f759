package dev.lockstep.acceptance.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.crypto.Secp256k1;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.types.Address;
import dev.lockstep.types.DynamicFeeTransaction;
import dev.lockstep.types.Signature;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node that is killed while it makes blocks, and what it still has when it comes back. */
class KilledNodeAcceptanceTest {
    private static final int TRANSACTIONS = 200;
    private static final KeyPair USER = DevAccounts.all().getFirst().keys();

    @TempDir Path scratch;
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void noBlockThatWasSeenIsLost() throws Exception {
        Path chain = scratch.resolve("chain");
        List<String> seen = new ArrayList<>();
        DevNode first = DevNode.start("--data-path=" + chain);
        for (int nonce = 0; nonce < TRANSACTIONS; nonce++) {
            rpc(first, "eth_sendRawTransaction", quoted(transfer(nonce)));
            JsonNode head = rpc(first, "eth_getBlockByNumber", "\"latest\",false");
            int number = Integer.decode(head.path("number").asString());
            while (seen.size() <= number) seen.add("");
            seen.set(number, head.path("hash").asString());
        }
        // More is on its way when the kill comes.
        for (int nonce = TRANSACTIONS; nonce < TRANSACTIONS + 20; nonce++) {
            rpc(first, "eth_sendRawTransaction", quoted(transfer(nonce)));
        }
        first.kill();
        // How many blocks they came in depends on the machine.
        assertThat(seen.size()).isGreaterThan(5);

        try (DevNode second = DevNode.start("--data-path=" + chain)) {
            for (int number = 0; number < seen.size(); number++) {
                if (seen.get(number).isEmpty()) continue;
                JsonNode block =
                        rpc(
                                second,
                                "eth_getBlockByNumber",
                                "\"0x" + Integer.toHexString(number) + "\",false");
                assertThat(block.path("hash").asString()).isEqualTo(seen.get(number));
            }
            int nonce =
                    Integer.decode(
                            rpc(
                                            second,
                                            "eth_getTransactionCount",
                                            quoted(USER.address().toString()) + ",\"latest\"")
                                    .asString());
            assertThat(rpc(second, "eth_sendRawTransaction", quoted(transfer(nonce))).isString())
                    .isTrue();
            assertThat(second.stop()).as(second.printed()).isZero();
            assertThat(second.printed()).containsPattern("Stopped at block \\d+\\.\n$");
            assertThat(second.printed()).doesNotContain("Exception");
        }
        theWholeChainVerifies(chain);
    }

    private void theWholeChainVerifies(Path chain) throws Exception {
        String file = scratch.resolve("chain.rlp").toString();
        Launcher.Result exported =
                Launcher.run("blocks", "export", "--data-path", chain.toString(), "--to", file);
        assertThat(exported.exitCode()).as(exported.all()).isZero();
        Launcher.Result verified =
                Launcher.run(
                        "blocks",
                        "verify",
                        "--genesis-file",
                        chain.resolve("genesis.json").toString(),
                        file);
        assertThat(verified.exitCode()).as(verified.all()).isZero();
        assertThat(verified.out()).contains("every root agrees");
        assertThat(verified.err().lines())
                .as("progress")
                .allMatch(line -> line.matches(" *\\d+%  .*"));
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static String transfer(long nonce) {
        UInt256 gwei = UInt256.valueOf(1_000_000_000L);
        DynamicFeeTransaction unsigned =
                new DynamicFeeTransaction(
                        UInt256.valueOf(1337),
                        nonce,
                        gwei,
                        gwei.multiply(100),
                        21_000,
                        Address.fromHex("0x00000000000000000000000000000000000ca11e"),
                        UInt256.ONE,
                        Bytes.EMPTY,
                        List.of(),
                        new Signature(0, UInt256.ZERO, UInt256.ZERO));
        Signature signature = Secp256k1.sign(unsigned.signingHash(), USER);
        return unsigned.withSignature(signature).encode().toHexString();
    }

    private JsonNode rpc(DevNode node, String method, String params)
            throws IOException, InterruptedException {
        HttpRequest post =
                HttpRequest.newBuilder(URI.create(node.url()))
                        .header("content-type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}"
                                                .formatted(method, params)))
                        .build();
        JsonNode answer =
                JsonMapper.shared()
                        .readTree(http.send(post, HttpResponse.BodyHandlers.ofString()).body());
        assertThat(answer.has("error")).as(answer.toString()).isFalse();
        return answer.path("result");
    }
}

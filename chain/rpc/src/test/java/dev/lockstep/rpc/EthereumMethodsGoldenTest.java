package dev.lockstep.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Every method once over a real chain: {@code >>} is a request, {@code <<} what must be answered,
 * in {@code methods.io}. With {@code -Dlockstep.golden=write} the answers are written anew, to be
 * read in the diff.
 */
class EthereumMethodsGoldenTest {
    private static final Path FILE = Path.of("src/test/resources/methods.io");

    /** Answers that differ from run to run; FiltersTest has them. */
    private static final Set<String> RANDOM =
            Set.of(
                    "eth_newFilter",
                    "eth_newBlockFilter",
                    "eth_newPendingTransactionFilter",
                    "eth_getFilterChanges",
                    "eth_getFilterLogs",
                    "eth_uninstallFilter");

    private final TestNode node = new TestNode();

    private String filled(String line) {
        String filled = line;
        Map<String, Object> names =
                Map.of(
                        "$alice", TestNode.ALICE.address(),
                        "$bob", TestNode.BOB.address(),
                        "$emitter", TestNode.EMITTER_ADDRESS,
                        "$reverter", TestNode.REVERTER_ADDRESS,
                        "$halter", TestNode.HALTER_ADDRESS,
                        "$block2", node.ledger.hash(2),
                        "$call", node.ledger.transactions(2).get(0).hash(),
                        "$deploy", node.ledger.transactions(1).get(0).hash(),
                        "$nested", node.ledger.transactions(4).get(0).hash(),
                        "$setcode", node.ledger.transactions(3).get(1).hash());
        for (Map.Entry<String, Object> name : names.entrySet()) {
            filled = filled.replace(name.getKey(), name.getValue().toString());
        }
        return filled;
    }

    @Test
    void answersAsWritten() throws IOException {
        List<String> written = new ArrayList<>();
        List<String> lines = Files.readAllLines(FILE);
        Set<String> asked = new TreeSet<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("<< ")) continue;
            written.add(line);
            if (!line.startsWith(">> ")) continue;
            String request = line.substring(3);
            int space = request.indexOf(' ');
            String method = request.substring(0, space);
            asked.add(method);
            JsonNode answer = node.call(method, filled(request.substring(space + 1)));
            JsonNode body = answer.has("error") ? answer : answer.get("result");
            written.add("<< " + body);
            if (isWriting()) continue;
            JsonNode expected =
                    Json.parse(lines.get(i + 1).substring(3).getBytes(StandardCharsets.UTF_8));
            assertThat(body).as(request).isEqualTo(expected);
        }
        if (isWriting()) Files.write(FILE, written);
        Set<String> known = new TreeSet<>(node.methods.names());
        known.removeAll(RANDOM);
        assertThat(asked).as("each method has an example").containsAll(known);
    }

    private static boolean isWriting() {
        return "write".equals(System.getProperty("lockstep.golden"));
    }
}

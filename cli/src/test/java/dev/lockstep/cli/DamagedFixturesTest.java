package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Fixtures that are cut off or have something else in a place: named, and the run goes on. */
class DamagedFixturesTest {
    private static final long SEED = 20261121;
    private static final int CUT = 20;
    private static final int CHANGED = 120;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "statetest, state/legacy-cancun/stExample/add11.json",
        "blocktest, blockchain/ethereum-tests/InvalidBlocks/bcInvalidHeaderTest/wrongGasLimit.json",
        "transactiontest, transaction/ethereum-tests/ttNonce/TransactionWithHighNonce32.json"
    })
    void eachIsNamedAndTheRunGoesOnToItsEnd(String command, String fixture) throws IOException {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null)
            System.out.println("skipped: LOCKSTEP_FIXTURES is not set, so there is no " + fixture);
        assumeTrue(fixtures != null, "LOCKSTEP_FIXTURES is not set");
        String good = Files.readString(Path.of(fixtures, "ethereum", fixture));
        Random random = new Random(SEED);
        List<String> cut = new ArrayList<>();
        for (int i = 0; i < CUT; i++) {
            cut.add("cut-" + i + ".json");
            int size = random.nextInt(good.strip().length() - 1);
            Files.writeString(folder.resolve(cut.getLast()), good.substring(0, size));
        }
        for (int i = 0; i < CHANGED; i++) {
            JsonNode changed = JsonMapper.shared().readTree(good);
            change(changed, random);
            Files.writeString(folder.resolve("changed-" + i + ".json"), changed.toString());
        }
        Files.writeString(folder.resolve("whole.json"), good);

        Cli.Result result = Cli.run("evm", command, folder);

        String said = "seed " + SEED + "\n" + result.out() + result.err();
        assertThat(result.exitCode()).as(said).isEqualTo(1);
        for (String name : cut) assertThat(result.out()).as(said).contains("/" + name);
        assertThat(result.out()).as(said).doesNotContain("whole.json");
        assertThat(result.out() + result.err())
                .doesNotContain("java.", "jackson", "a bug", "\tat ");
    }

    /** Walks down to anything below the name of the test and puts something else in its place. */
    private static void change(JsonNode root, Random random) {
        JsonNode parent = root.iterator().next();
        while (true) {
            int at = random.nextInt(Math.max(1, parent.size()));
            if (parent.isEmpty()) return;
            JsonNode child =
                    parent.isArray()
                            ? parent.get(at)
                            : parent.get(List.copyOf(parent.propertyNames()).get(at));
            if (child.isContainer() && !child.isEmpty() && random.nextInt(4) > 0) {
                parent = child;
                continue;
            }
            JsonNode other = other(child, random);
            switch (parent) {
                case ArrayNode array when other == null -> array.remove(at);
                case ArrayNode array -> array.set(at, other);
                case ObjectNode object when other == null ->
                        object.remove(List.copyOf(object.propertyNames()).get(at));
                case ObjectNode object ->
                        object.set(List.copyOf(object.propertyNames()).get(at), other);
                default -> throw new AssertionError(parent);
            }
            return;
        }
    }

    /** Null for nothing at all. */
    private static JsonNode other(JsonNode old, Random random) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(9)) {
            case 0 -> null;
            case 1 -> nodes.nullNode();
            case 2 -> nodes.stringNode("");
            case 3 -> nodes.stringNode("0x");
            case 4 -> nodes.stringNode("0x" + "f".repeat(65));
            case 5 -> nodes.stringNode(old.isString() ? old.asString() + "z" : "zz");
            case 6 -> nodes.numberNode(-1);
            case 7 -> nodes.arrayNode();
            default -> nodes.objectNode();
        };
    }
}

package dev.lockstep.precompiles.standard;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Public test vectors of precompiles, and what a body makes of them. */
final class Vectors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Vectors() {}

    static PrecompileContext at(Fork fork) {
        return new PrecompileContext(fork, Address.ofNumber(0xca11e4), false);
    }

    /** A path of the fixtures; the test is skipped where there are none. */
    private static Path fixture(String path) {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null) {
            String message =
                    "skipped: LOCKSTEP_FIXTURES is not set, so " + path + " is not checked";
            System.out.println(message);
            assumeTrue(false, message);
        }
        return Path.of(fixtures, "ethereum", path);
    }

    static JsonNode file(String path) {
        return JSON.readTree(fixture(path).toFile());
    }

    /** Vectors in JSON, or in lines of input, result, gas and reason for none. */
    static JsonNode of(String path) {
        if (!path.endsWith(".csv")) return file(path);
        ArrayNode vectors = JSON.createArrayNode();
        try (Stream<String> lines = Files.lines(fixture(path))) {
            lines.skip(1)
                    .filter(line -> !line.isBlank())
                    .forEach(
                            line -> {
                                String[] cells = line.split(",", 4);
                                ObjectNode vector = vectors.addObject();
                                vector.put("Name", "row " + vectors.size());
                                vector.put("Input", cells[0]);
                                if (cells[1].isEmpty()) {
                                    vector.put("ExpectedError", cells[3]);
                                } else {
                                    vector.put("Expected", cells[1]);
                                    vector.put("Gas", Long.parseLong(cells[2].strip()));
                                }
                            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return vectors;
    }

    /** All files of a name below a folder, in order. */
    static List<Path> files(String folder, String name) throws IOException {
        try (Stream<Path> files = Files.walk(fixture(folder))) {
            return files.filter(file -> file.getFileName().toString().equals(name))
                    .sorted()
                    .toList();
        }
    }

    /** Keys and values of a file that has one of each on a line, without quotes. */
    static Map<String, String> yaml(Path file) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] cells = line.split(":", 2);
            if (cells.length == 2) fields.put(cells[0].strip(), cells[1].replace("'", "").strip());
        }
        return fields;
    }

    static Bytes hex(JsonNode vector, String key) {
        return Bytes.fromHexString(vector.path(key).asString());
    }

    /**
     * What goes wrong, one line a vector.
     *
     * @param isPriced whether the file's gas is this fork's
     */
    static List<String> failures(Precompile body, Fork fork, JsonNode vectors, boolean isPriced) {
        List<String> failures = new ArrayList<>();
        for (JsonNode vector : vectors) {
            String name = vector.path("Name").asString();
            Bytes input = hex(vector, "Input");
            PrecompileResult expected =
                    vector.has("ExpectedError")
                            ? null
                            : new PrecompileResult.Output(hex(vector, "Expected"));
            PrecompileResult actual = body.run(input, at(fork));
            boolean agrees =
                    expected == null
                            ? actual instanceof PrecompileResult.Failed
                            : actual.equals(expected);
            if (!agrees) failures.add(name + ": " + actual);
            long gas = body.quote(input, at(fork));
            if (isPriced && expected != null && gas != vector.path("Gas").asLong()) {
                failures.add(name + ": quotes " + gas + ", must be " + vector.path("Gas"));
            }
        }
        System.out.println(
                body.getClass().getSimpleName()
                        + " at "
                        + fork
                        + ": "
                        + vectors.size()
                        + " vectors, "
                        + failures.size()
                        + " failures");
        return failures;
    }
}

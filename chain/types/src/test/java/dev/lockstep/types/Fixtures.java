package dev.lockstep.types;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public test vectors, which are not part of the repository. */
public final class Fixtures {
    private static final JsonMapper JSON = new JsonMapper();

    private Fixtures() {}

    /** A folder or file of the fixtures; skips the test where there are none. */
    public static Path path(String relative) {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) {
            String line = "skipped: LOCKSTEP_FIXTURES is not set, so there is no " + relative;
            System.out.println(line);
            Assumptions.abort(line);
        }
        return Path.of(root).resolve(relative);
    }

    public static JsonNode json(Path file) {
        return JSON.readTree(file);
    }

    /** Every JSON file below a folder, in the order of their names. */
    public static List<Path> jsonBelow(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}

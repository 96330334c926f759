package dev.lockstep.precompiles.standard;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Public test vectors of precompiles, and what a body makes of them. */
final class Vectors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Vectors() {}

    static PrecompileContext at(Fork fork) {
        return new PrecompileContext(fork, Address.ofNumber(0xca11e4), false);
    }

    /** A file of the fixtures; the test is skipped where there are none. */
    static JsonNode file(String path) {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null) {
            String message =
                    "skipped: LOCKSTEP_FIXTURES is not set, so " + path + " is not checked";
            System.out.println(message);
            assumeTrue(false, message);
        }
        return JSON.readTree(Path.of(fixtures, "ethereum", path).toFile());
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
            if (isPriced && gas != vector.path("Gas").asLong()) {
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

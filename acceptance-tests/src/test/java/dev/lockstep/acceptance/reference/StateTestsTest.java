package dev.lockstep.acceptance.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.evm.Engine;
import dev.lockstep.evm.Tracer;
import dev.lockstep.node.reference.CaseResult;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.Selection;
import dev.lockstep.node.reference.StateTests;
import dev.lockstep.node.reference.Suite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The official state tests: what every build runs of them, and all of them in the sweep. */
final class StateTestsTest {
    @ParameterizedTest
    @ValueSource(strings = {"Osaka", "Prague"})
    void everyTestOfTheForkHolds(String fork) throws IOException {
        check(fork, Engine.ADAPTIVE, fork, "eest-v5.4.0");
    }

    @Test
    void theCancunSampleHolds() throws IOException {
        check(
                "Cancun sample",
                Engine.ADAPTIVE,
                "Cancun",
                "legacy-cancun/stExample",
                "legacy-cancun/stMemoryTest",
                "legacy-cancun/stBadOpcode");
    }

    /** All of them: minutes, so by its own command; see the README. */
    @ParameterizedTest
    @EnumSource
    @Tag("sweep")
    void everyStateTestHolds(Engine engine) throws IOException {
        check(
                "all state tests, " + engine,
                engine,
                null,
                "eest-v5.4.0",
                "legacy-constantinople",
                "legacy-cancun");
    }

    private static void check(String name, Engine engine, String fork, String... folders)
            throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String folder : folders) paths.add(fixtures(folder));
        List<CaseResult> results = new ArrayList<>();
        Suite suite =
                new Suite(
                        new StateTests(engine, () -> Tracer.NONE),
                        new Selection(Pattern.compile(""), fork),
                        results::add,
                        progress -> {});
        suite.run(Suite.files(paths), Runtime.getRuntime().availableProcessors());
        List<CaseResult> failures = new ArrayList<>(results);
        failures.removeIf(result -> result.verdict() instanceof Passed);
        System.out.printf(
                "%s: %d/%d passed%n", name, results.size() - failures.size(), results.size());
        assertThat(results).as("state tests found").isNotEmpty();
        assertThat(failures).isEmpty();
    }

    private static Path fixtures(String folder) {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) {
            System.out.println(
                    "skipped: LOCKSTEP_FIXTURES is not set, so there are no state tests");
        }
        Assumptions.assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        return Path.of(root, "ethereum", "state", folder);
    }
}

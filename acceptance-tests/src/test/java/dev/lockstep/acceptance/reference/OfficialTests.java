package dev.lockstep.acceptance.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.node.reference.CaseResult;
import dev.lockstep.node.reference.CaseResult.Passed;
import dev.lockstep.node.reference.FixtureFormat;
import dev.lockstep.node.reference.Selection;
import dev.lockstep.node.reference.Suite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;

/** Runs a suite as {@code lockstep evm} does, prints its numbers, and asks that all of it holds. */
final class OfficialTests {
    private OfficialTests() {}

    static void hold(String name, FixtureFormat format, Selection selection, List<Path> paths)
            throws IOException {
        List<CaseResult> results = new ArrayList<>();
        Suite suite = new Suite(format, selection, results::add, progress -> {});
        suite.run(Suite.files(paths), Runtime.getRuntime().availableProcessors());
        List<CaseResult> failures = new ArrayList<>(results);
        failures.removeIf(result -> result.verdict() instanceof Passed);
        Map<String, Integer> totals = new TreeMap<>();
        Map<String, Integer> failed = new TreeMap<>();
        results.forEach(result -> totals.merge(result.fork(), 1, Integer::sum));
        failures.forEach(result -> failed.merge(result.fork(), 1, Integer::sum));
        totals.forEach(
                (fork, total) -> print(name + ", " + fork, failed.getOrDefault(fork, 0), total));
        print(name, failures.size(), results.size());
        assertThat(results).as("cases found").isNotEmpty();
        assertThat(failures).isEmpty();
    }

    private static void print(String name, int failed, int total) {
        System.out.printf("%s: %d/%d passed%n", name, total - failed, total);
    }

    /** A folder or file of the fixtures of Ethereum; skips the test where there are none. */
    static Path fixtures(String path) {
        String root = System.getenv("LOCKSTEP_FIXTURES");
        if (root == null) {
            System.out.println("skipped: LOCKSTEP_FIXTURES is not set, so there is no " + path);
        }
        Assumptions.assumeTrue(root != null, "LOCKSTEP_FIXTURES is not set");
        return Path.of(root, "ethereum", path);
    }
}

package dev.lockstep.acceptance.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The sample of official state tests that every build runs; {@link StateTests} runs all by hand.
 */
final class StateTestsTest {
    private static final List<String> CANCUN_SAMPLE =
            List.of("stExample", "stMemoryTest", "stBadOpcode");

    @Test
    void theCancunSampleHolds() {
        StateTests tests = tests("Cancun"::equals);
        for (String folder : CANCUN_SAMPLE) tests.run(fixtures("legacy-cancun/" + folder));
        check("Cancun sample", tests);
    }

    @Test
    void theOsakaFolderHolds() {
        StateTests tests = tests(fork -> true);
        tests.run(fixtures("eest-v5.4.0/osaka"));
        check("Osaka folder", tests);
    }

    /** All of them: minutes, so by its own command; see the README. */
    @Test
    @Tag("sweep")
    void everyStateTestHolds() {
        StateTests tests = tests(fork -> true);
        for (String folder : List.of("eest-v5.4.0", "legacy-constantinople", "legacy-cancun")) {
            tests.run(fixtures(folder));
        }
        System.out.println("all state tests: " + tests.summary());
        assertThat(tests.failures()).isEmpty();
    }

    private static StateTests tests(Predicate<String> forks) {
        return new StateTests(forks, true);
    }

    private static void check(String name, StateTests tests) {
        System.out.println(name + ": " + tests.summary());
        assertThat(tests.total()).as("state tests found").isPositive();
        assertThat(tests.failures()).isEmpty();
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

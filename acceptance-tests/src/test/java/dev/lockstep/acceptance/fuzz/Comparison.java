package dev.lockstep.acceptance.fuzz;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Two ways to run a case. */
interface Comparison {
    /** For each case what the two differ in, for people, or nothing. */
    List<Optional<String>> differences(List<Case> cases) throws IOException;

    default Optional<String> difference(Case example) throws IOException {
        return differences(List.of(example)).getFirst();
    }

    /** The same, but a crash of Lockstep is a difference too. */
    static Optional<String> orCrash(Supplier<Optional<String>> difference) {
        try {
            return difference.get();
        } catch (RuntimeException | Error crash) {
            List<StackTraceElement> calls = List.of(crash.getStackTrace());
            return Optional.of(
                    "Lockstep throws " + crash + " at " + calls.stream().limit(5).toList());
        }
    }
}

package dev.lockstep.node.reference;

import dev.lockstep.node.reference.CaseResult.Verdict;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** One kind of official test. Asked by several threads at once. */
public interface FixtureFormat {
    /**
     * The cases of one test, of all forks; nothing costly is done before one of them runs.
     *
     * @param test what its file has under the test's id
     * @fails FixtureException where it is not such a test
     */
    List<Case> cases(JsonNode test);

    /**
     * One case.
     *
     * @param index among those of the same fork
     * @param body runs it; fails with a FixtureException where it can't be read
     */
    record Case(String fork, int index, Supplier<Verdict> body) {}
}

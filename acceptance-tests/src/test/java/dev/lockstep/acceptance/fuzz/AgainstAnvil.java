package dev.lockstep.acceptance.fuzz;

import dev.lockstep.evm.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An engine of Lockstep against anvil: result, gas, output, logs and state. */
final class AgainstAnvil implements Comparison {
    /** Of longer runs, or deeper stacks, anvil's answer alone would take gigabytes. */
    private static final int WORDS_MAX = 1_000_000;

    private final Engine engine;
    private final LocalEvm local;
    private final AnvilEvm anvil;

    AgainstAnvil(Engine engine, AnvilEvm anvil) {
        this.engine = engine;
        this.anvil = anvil;
        // No blocks before this one: anvil's are none of the case's.
        local = new LocalEvm(0, List.of(engine));
    }

    @Override
    public List<Optional<String>> differences(List<Case> cases) throws IOException {
        List<Outcome> theirs = anvil.outcomes(cases);
        List<Optional<String>> differences = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            differences.add(difference(cases.get(i), theirs.get(i)));
        }
        return differences;
    }

    private Optional<String> difference(Case example, Outcome theirs) {
        return Comparison.orCrash(() -> Outcome.difference(local.outcome(example, engine), theirs));
    }

    /** The first step that differs, for people; empty where none does, or there are too many. */
    String stepDifference(Case example) throws IOException {
        Optional<List<TraceStep>> steps = local.steps(example, WORDS_MAX);
        return steps.isEmpty() ? "" : TraceStep.difference(steps.get(), anvil.steps(example));
    }
}

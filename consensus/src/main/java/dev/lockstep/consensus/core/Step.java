package dev.lockstep.consensus.core;

import java.util.List;

/** The state after an input, and what is to be done. */
public record Step(QbftState state, List<Output> outputs) {
    public Step {
        outputs = List.copyOf(outputs);
    }
}

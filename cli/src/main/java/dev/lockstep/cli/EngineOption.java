package dev.lockstep.cli;

import dev.lockstep.evm.Engine;
import picocli.CommandLine.Option;

/** How the commands that run code by itself run it. */
final class EngineOption {
    @Option(
            names = "--engine",
            paramLabel = "NAME",
            defaultValue = "adaptive",
            description = "How code is run: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Engine engine = Engine.DEFAULT;

    Engine engine() {
        return engine;
    }
}

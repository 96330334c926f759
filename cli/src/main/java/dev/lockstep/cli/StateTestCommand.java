package dev.lockstep.cli;

import dev.lockstep.evm.Engine;
import dev.lockstep.evm.Tracer;
import dev.lockstep.node.reference.StateTests;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs state tests. */
@Command(
        name = "statetest",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run state tests: one transaction on a given state, compared by state root and logs.",
            "Exit code 0 if all passed, 1 if some failed or could not be read, 2 if none was chosen."
        },
        footer = {
            "",
            "Example:",
            "  lockstep evm statetest GeneralStateTests --run 'stCreate2/.*Collision' --fork Cancun"
        })
final class StateTestCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private SuiteOptions suite = new SuiteOptions();

    @Option(
            names = "--engine",
            paramLabel = "NAME",
            defaultValue = "adaptive",
            description = "How code is run: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Engine engine = Engine.ADAPTIVE;

    @Override
    public Integer call() throws IOException {
        return suite.run(
                new StateTests(engine.withoutWaiting(), () -> Tracer.NONE), spec.commandLine());
    }
}

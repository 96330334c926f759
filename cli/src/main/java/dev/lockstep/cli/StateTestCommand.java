package dev.lockstep.cli;

import dev.lockstep.node.reference.StateTests;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
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
            "Examples:",
            "  lockstep evm statetest GeneralStateTests --run 'Create2.*Collision' --fork Cancun",
            "  lockstep evm statetest add11.json --fork Cancun --trace --json"
        })
final class StateTestCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private SuiteOptions suite = new SuiteOptions();

    @Mixin private EngineOption engine = new EngineOption();

    @Option(
            names = "--trace",
            description = {
                "Print each instruction on stderr, as EIP-3155 says, and one line at the end of a case.",
                "Cases run one by one then, instruction by instruction, whatever the engine."
            })
    private boolean isTraced;

    @Override
    public Integer call() throws IOException {
        CommandLine command = spec.commandLine();
        if (isTraced) suite.runOneByOne();
        return suite.run(
                new StateTests(
                        engine.engine().withoutWaiting(), isTraced ? command.getErr() : null),
                command);
    }
}

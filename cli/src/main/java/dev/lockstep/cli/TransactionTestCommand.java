package dev.lockstep.cli;

import dev.lockstep.node.reference.TransactionTests;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs transaction tests. */
@Command(
        name = "transactiontest",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run transaction tests: whether bytes are a transaction that a fork allows, and whose.",
            "Exit code 0 if all passed, 1 if some failed or could not be read, 2 if none was chosen."
        },
        footer = {"", "Example:", "  lockstep evm transactiontest TransactionTests --run ttNonce"})
final class TransactionTestCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private SuiteOptions suite = new SuiteOptions();

    @Override
    public Integer call() throws IOException {
        return suite.run(new TransactionTests(), spec.commandLine());
    }
}

package dev.lockstep.cli;

import dev.lockstep.node.reference.BlockchainTests;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs blockchain tests. */
@Command(
        name = "blocktest",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run blockchain tests: blocks from a genesis on, each taken or refused as the file says.",
            "Exit code 0 if all passed, 1 if some failed or could not be read, 2 if none was chosen."
        },
        footer = {
            "",
            "Example:",
            "  lockstep evm blocktest BlockchainTests --fork CancunToPragueAtTime15k --json"
        })
final class BlockTestCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Mixin private SuiteOptions suite = new SuiteOptions();

    @Mixin private EngineOption engine = new EngineOption();

    @Override
    public Integer call() throws IOException {
        return suite.run(new BlockchainTests(engine.engine().withoutWaiting()), spec.commandLine());
    }
}

package dev.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The EVM by itself: without a chain, a store or a network. */
@Command(
        name = "evm",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        description = "Run the official tests of Ethereum on this EVM.",
        footer = {
            "",
            "Examples:",
            "  lockstep evm statetest GeneralStateTests --fork Cancun",
            "  lockstep evm statetest add11.json --trace"
        },
        subcommands = {StateTestCommand.class})
final class EvmCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}

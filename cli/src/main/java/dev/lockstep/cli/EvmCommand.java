package dev.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The EVM by itself: without a chain, a store or a network. */
@Command(
        name = "evm",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        description = "Execute bytecode, or run the official tests of Ethereum on this EVM.",
        footer = {
            "",
            "Examples:",
            "  lockstep evm run --code 0x60015f5260205ff3",
            "  lockstep evm statetest GeneralStateTests --fork Cancun",
            "  lockstep evm statetest add11.json --trace",
            "  lockstep evm blocktest BlockchainTests",
            "  lockstep evm transactiontest TransactionTests"
        },
        subcommands = {
            RunCodeCommand.class,
            StateTestCommand.class,
            BlockTestCommand.class,
            TransactionTestCommand.class
        })
final class EvmCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}

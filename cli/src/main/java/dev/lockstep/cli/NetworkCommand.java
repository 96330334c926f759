package dev.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Several validators on this machine. */
@Command(
        name = "network",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        description = "Make and run a network of validators on this machine.",
        footer = {
            "",
            "Example:",
            "  lockstep network create --validators 4 --to ./net --dev-accounts",
            "  lockstep network run ./net"
        },
        subcommands = {CreateNetworkCommand.class, RunNetworkCommand.class})
final class NetworkCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}

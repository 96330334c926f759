package dev.lockstep.cli;

import dev.lockstep.node.Lie;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/**
 * {@code lockstep run} for a validator that lies about what models answer. No command and no option
 * leads here: the demo starts it as a process with this main class, to show that it is outvoted.
 */
final class LyingNode {
    private LyingNode() {}

    public static void main(String[] arguments) throws Exception {
        Logging.start();
        CommandLine run = new CommandLine(new RunCommand(Lie::start));
        run.setDefaultValueProvider(
                Settings.of(List.of(arguments), Map.of(), run.getCommandSpec()));
        System.exit(run.execute(arguments));
    }
}

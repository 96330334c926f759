package dev.lockstep.cli;

import dev.lockstep.genesis.GenesisException;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.rpc.RpcServer.CannotListen;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.RlpException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The table of commands, and what becomes of their errors. */
@Command(
        name = "lockstep",
        description = {
            "An EVM node whose precompiles run deterministic fixed-point models.",
            "Every validator re-executes every model call, so a model's answer is part of block validity."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        footer = {
            "",
            "Start here:",
            "  lockstep demo                 see the whole of it in a minute",
            "  lockstep network create       four validators that agree, on this machine",
            "  lockstep dev                  a local chain with funded accounts and two models",
            "  lockstep COMMAND --help       what a command does, its options, an example"
        },
        subcommands = {
            DevCommand.class,
            DemoCommand.class,
            InitCommand.class,
            RunCommand.class,
            NetworkCommand.class,
            BlocksCommand.class,
            ModelCommand.class,
            BenchCommand.class,
            EvmCommand.class,
            RehearseCommand.class,
            HelpCommand.class
        })
public final class Main implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    private Main() {}

    public static void main(String[] arguments) {
        Logging.start();
        CommandLine command = commandLine();
        int exitCode = execute(command, arguments);
        command.getOut().flush();
        command.getErr().flush();
        System.exit(exitCode);
    }

    /** Runs a command line, with what the environment and a file say of it. */
    static int execute(CommandLine command, String... arguments) {
        CommandLine run = Objects.requireNonNull(command.getSubcommands().get("run"));
        try {
            run.setDefaultValueProvider(
                    Settings.of(List.of(arguments), System.getenv(), run.getCommandSpec()));
        } catch (IOException | CommandFailure unreadable) {
            return report(unreadable, command);
        }
        return command.execute(arguments);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, command, _) -> report(failure, command))
                .setParameterExceptionHandler(Main::reportUsage)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int reportUsage(ParameterException misuse, String[] arguments) {
        misuse.getCommandLine().getErr().println("lockstep: " + Misuse.sentence(misuse));
        return CommandLine.ExitCode.USAGE;
    }

    /**
     * One sentence for what can go wrong outside; a trace only where asked, or where it is our own
     * bug.
     */
    private static int report(Exception failure, CommandLine command) {
        PrintWriter err = command.getErr();
        String sentence = sentence(failure);
        err.println("lockstep: " + sentence);
        if (System.getenv("LOCKSTEP_DEBUG") != null) failure.printStackTrace(err);
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String sentence(Exception failure) {
        String message = failure.getMessage();
        return switch (failure) {
            case CommandFailure _,
                    GenesisException _,
                    InvalidModelException _,
                    CannotListen _,
                    LocalFault _,
                    RlpException _ ->
                    String.valueOf(message);
            case UncheckedIOException _ -> "input or output failed: " + message;
            case NoSuchFileException missing -> "there is no file " + missing.getFile();
            case AccessDeniedException denied -> "no permission for " + denied.getFile();
            case FileAlreadyExistsException there -> there.getFile() + " is there already";
            case FileSystemException file -> file.getFile() + " can't be used: " + file.getReason();
            case IOException _ -> "input or output failed: " + message;
            default -> "this is a bug: " + failure + " (set LOCKSTEP_DEBUG=1 to see where)";
        };
    }

    /** The version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"lockstep " + dev.lockstep.node.Version.TEXT};
        }
    }
}

package dev.lockstep.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs all nodes of a network as processes of their own. */
@Command(
        name = "run",
        aliases = "up",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run all nodes of a network that `lockstep network create` made, each as a process of its",
            "own, and print what they print, each line with its node's name. Ctrl-C stops them all.",
            "Exit code 0 if all stopped in order, 1 if one ended by itself."
        },
        footer = {"", "Example:", "  lockstep network run ./net"})
final class RunNetworkCommand implements Callable<Integer> {
    static final String CONFIG = "config.toml";

    private static final long STOP_TIMEOUT_SECONDS = 60;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "The network's folder.")
    private Path path = Path.of("");

    private record Child(String name, Process process, Thread printer) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Path> folders = folders();
        List<Child> nodes = new ArrayList<>();
        Thread onSignal = new Thread(() -> stop(nodes), "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        for (Path folder : folders) {
            Child node = start(folder);
            synchronized (nodes) {
                nodes.add(node);
            }
        }
        int failed = 0;
        for (Child node : nodes) {
            int exitCode = node.process.waitFor();
            node.printer.join();
            if (exitCode != 0) {
                failed++;
                print(node.name, "ended with exit code " + exitCode);
            }
        }
        return failed == 0 ? 0 : 1;
    }

    private List<Path> folders() throws IOException {
        if (!Files.isDirectory(path)) {
            throw new CommandFailure("DIR is " + path + "; there is no such folder");
        }
        List<Path> folders;
        try (Stream<Path> entries = Files.list(path)) {
            folders =
                    entries.filter(entry -> Files.exists(entry.resolve(CONFIG)))
                            .sorted(RunNetworkCommand::byNumber)
                            .toList();
        }
        if (folders.isEmpty()) {
            throw new CommandFailure(
                    "DIR is "
                            + path
                            + "; no folder in it has a "
                            + CONFIG
                            + ": `lockstep network create` makes them");
        }
        return folders;
    }

    /** node2 before node10. */
    private static int byNumber(Path a, Path b) {
        String first = a.getFileName().toString();
        String second = b.getFileName().toString();
        return first.length() != second.length()
                ? Integer.compare(first.length(), second.length())
                : first.compareTo(second);
    }

    /** With the same Java and class path as this process. */
    private Child start(Path folder) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.add("run");
        command.add("--config-file");
        command.add(folder.resolve(CONFIG).toString());
        // Where the folder was moved, its own file still says where it was.
        command.add("--data-path");
        command.add(folder.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String name = folder.getFileName().toString();
        Thread printer = Thread.ofVirtual().start(() -> copy(name, process));
        return new Child(name, process, printer);
    }

    private void copy(String name, Process process) {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                print(name, line);
            }
        } catch (IOException ended) {
            print(name, "its output ended: " + ended.getMessage());
        }
    }

    private void print(String name, String line) {
        PrintWriter out = spec.commandLine().getOut();
        synchronized (this) {
            out.println(name + " | " + line);
            out.flush();
        }
    }

    /** Ends those that were started here, in order, and waits for them. */
    private static void stop(List<Child> nodes) {
        List<Child> started;
        synchronized (nodes) {
            started = List.copyOf(nodes);
        }
        // Not Process.destroy, which would close their output before they said good-bye.
        started.forEach(node -> node.process.toHandle().destroy());
        for (Child node : started) {
            try {
                if (!node.process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    node.process.destroyForcibly();
                }
                node.printer.join();
            } catch (InterruptedException e) {
                node.process.destroyForcibly();
            }
        }
        boolean isClean =
                started.stream().allMatch(n -> !n.process.isAlive() && n.process.exitValue() == 0);
        Runtime.getRuntime().halt(isClean ? 0 : 1);
    }
}

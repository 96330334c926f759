package dev.lockstep.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
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
            "A node has 256 MiB of heap; LOCKSTEP_OPTS=-Xmx1g gives each more.",
            "Exit code 0 if all stopped in order, 1 if one ended by itself."
        },
        footer = {"", "Example:", "  lockstep network run ./net"})
final class RunNetworkCommand implements Callable<Integer> {
    /** Options that are ports of a node. */
    private static final List<String> PORTS = List.of("rpc-http-port", "p2p-port", "metrics-port");

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "The network's folder.")
    private Path path = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Path> folders = folders();
        refuseTakenPorts(folders);
        int nameWidth =
                folders.stream().mapToInt(f -> f.getFileName().toString().length()).max().orElse(0);
        List<NodeProcess> nodes = new ArrayList<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(nodes), "stop"));
        for (Path folder : folders) {
            String name = folder.getFileName().toString();
            String label = name + " ".repeat(nameWidth - name.length()) + " | ";
            NodeProcess node = NodeProcess.start(folder, line -> print(label + line));
            synchronized (nodes) {
                nodes.add(node);
            }
        }
        int failed = 0;
        for (NodeProcess node : nodes) {
            if (node.awaitEnd() != 0) failed++;
        }
        return failed == 0 ? 0 : 1;
    }

    private List<Path> folders() throws IOException {
        if (!Files.isDirectory(path)) {
            throw new CommandFailure("DIR is " + path + "; there is no such folder");
        }
        List<Path> folders;
        try (Stream<Path> entries = Files.list(path.toRealPath())) {
            folders =
                    entries.filter(entry -> Files.exists(entry.resolve(NodeProcess.CONFIG)))
                            .sorted(RunNetworkCommand::byNumber)
                            .toList();
        }
        if (folders.isEmpty()) {
            throw new CommandFailure(
                    "DIR is "
                            + path
                            + "; no folder in it has a "
                            + NodeProcess.CONFIG
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

    /** Before anything is started, so that no part of a network runs without the rest. */
    private static void refuseTakenPorts(List<Path> folders) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (Path folder : folders) {
                Path config = folder.resolve(NodeProcess.CONFIG);
                TomlParseResult toml = Toml.parse(config);
                for (String option : PORTS) {
                    Long port = toml.isLong(option) ? toml.getLong(option) : null;
                    if (port == null || port < 1 || port > 65_535) continue;
                    ServerSocket socket = new ServerSocket();
                    held.add(socket);
                    hold(socket, port.intValue(), config + " sets " + option);
                }
            }
        } finally {
            for (ServerSocket socket : held) socket.close();
        }
    }

    private static void hold(ServerSocket socket, int port, String setting) throws IOException {
        socket.setReuseAddress(true);
        try {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (BindException taken) {
            throw new CommandFailure(
                    setting
                            + " to "
                            + port
                            + ", which is in use (does this network run already?); nothing was"
                            + " started",
                    taken);
        }
    }

    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        synchronized (this) {
            out.println(line);
            out.flush();
        }
    }

    /** Ends those that were started here, and waits for them. */
    private static void stop(List<NodeProcess> nodes) {
        List<NodeProcess> started;
        synchronized (nodes) {
            started = List.copyOf(nodes);
        }
        started.forEach(NodeProcess::askToStop);
        int failed = 0;
        for (NodeProcess node : started) {
            if (!node.awaitStop()) failed++;
        }
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1);
    }
}

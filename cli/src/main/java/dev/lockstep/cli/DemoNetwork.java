package dev.lockstep.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/**
 * Validators in processes of their own, on ports that are free. What each prints is in a file
 * beside its folder.
 */
final class DemoNetwork implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 240_000;
    private static final int PORT_TRIES = 100;

    /** Below those that systems give to outgoing connections. */
    private static final int PORT_MIN = 15_000;

    private static final int PORT_MAX = 30_000;

    private final Path folder;
    private final List<JsonRpcClient> clients = new ArrayList<>();
    private final List<@Nullable NodeProcess> processes = new ArrayList<>();
    private boolean isClosed;

    private DemoNetwork(Path folder, int validators, int rpcPort) {
        this.folder = folder;
        for (int i = 0; i < validators; i++) {
            clients.add(new JsonRpcClient("http://127.0.0.1:" + (rpcPort + i)));
            processes.add(null);
        }
    }

    /**
     * @param folder new or empty
     */
    static DemoNetwork create(Path folder, int validators) throws IOException {
        int p2pPort = freePorts(validators);
        int rpcPort = p2pPort + validators;
        StringBuilder said = new StringBuilder();
        CommandLine create = new CommandLine(new CreateNetworkCommand());
        create.setOut(new PrintWriter(Writer.nullWriter()));
        create.setExecutionExceptionHandler(
                (failure, _, _) -> {
                    said.append(failure.getMessage());
                    return 1;
                });
        int exitCode =
                create.execute(
                        "--to=" + folder,
                        "--validators=" + validators,
                        "--dev-accounts",
                        "--p2p-port=" + p2pPort,
                        "--rpc-http-port=" + rpcPort,
                        "--metrics-port=" + (rpcPort + validators));
        if (exitCode != 0) throw new CommandFailure("no network could be made: " + said);
        return new DemoNetwork(folder, validators, rpcPort);
    }

    /** The first of enough ports for links, RPC and metrics of each. */
    private static int freePorts(int validators) throws IOException {
        int count = 3 * validators;
        for (int i = 0; i < PORT_TRIES; i++) {
            int first = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX - count);
            if (areFree(first, count)) return first;
        }
        throw new CommandFailure(
                "no " + count + " free ports in a row from " + PORT_MIN + " to " + PORT_MAX);
    }

    private static boolean areFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                // It is.
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }

    int size() {
        return clients.size();
    }

    /** Validators are counted from 0; their folders from 1. */
    Path folder(int validator) {
        return folder.resolve("node" + (validator + 1));
    }

    JsonRpcClient rpc(int validator) {
        return clients.get(validator);
    }

    /**
     * @return what it prints, growing
     */
    List<String> start(int validator) throws IOException {
        return start(validator, NodeProcess::start);
    }

    /** The same as a node that lies about what models answer. */
    void startLying(int validator) throws IOException {
        var _ = start(validator, NodeProcess::startLying);
    }

    private interface Starter {
        NodeProcess start(Path folder, Consumer<String> lines) throws IOException;
    }

    private synchronized List<String> start(int validator, Starter starter) throws IOException {
        if (isClosed) throw new CommandFailure("stopped");
        Path log = log(validator);
        List<String> lines = new ArrayList<>();
        processes.set(
                validator,
                starter.start(
                        folder(validator),
                        line -> {
                            synchronized (lines) {
                                lines.add(line);
                            }
                            append(log, line);
                        }));
        return lines;
    }

    /** What a validator has printed, of all its processes. */
    Path log(int validator) {
        return folder.resolve("node" + (validator + 1) + ".log");
    }

    private static void append(Path log, String line) {
        try {
            Files.writeString(
                    log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException cannotWrite) {
            // The demo goes on without it.
        }
    }

    private NodeProcess process(int validator) {
        return Objects.requireNonNull(processes.get(validator));
    }

    void kill(int validator) throws InterruptedException {
        process(validator).kill();
    }

    void stop(int validator) {
        process(validator).askToStop();
        if (!process(validator).awaitStop()) {
            throw new CommandFailure("validator " + (validator + 1) + " did not stop in order");
        }
    }

    /** Waits for a node that ends by itself; its exit code. */
    int awaitEnd(int validator) throws InterruptedException {
        return process(validator).awaitEnd();
    }

    long head(int validator) throws IOException {
        return rpc(validator).quantity("eth_blockNumber").toLong();
    }

    JsonNode block(int validator, long number) throws IOException {
        return rpc(validator).call("eth_getBlockByNumber", "0x" + Long.toHexString(number), false);
    }

    /**
     * Waits until a validator, which may be starting, has a block of this height; its head. Gives
     * up early on one whose process ended.
     */
    long awaitHead(int validator, long height) throws InterruptedException {
        long untilMillis = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (System.currentTimeMillis() < untilMillis) {
            try {
                long head = head(validator);
                if (head >= height) return head;
            } catch (IOException notUpYet) {
                NodeProcess process = processes.get(validator);
                if (process != null && !process.isAlive()) {
                    throw new CommandFailure("validator " + (validator + 1) + " ended", notUpYet);
                }
            }
            Thread.sleep(50);
        }
        throw new CommandFailure(
                "validator "
                        + (validator + 1)
                        + " did not reach block "
                        + height
                        + " in "
                        + PATIENCE_MILLIS / 1000
                        + " s");
    }

    /** Stops all that run. */
    @Override
    public void close() {
        List<NodeProcess> running;
        synchronized (this) {
            isClosed = true;
            running =
                    processes.stream()
                            .filter(Objects::nonNull)
                            .filter(NodeProcess::isAlive)
                            .toList();
        }
        running.forEach(NodeProcess::askToStop);
        running.forEach(NodeProcess::awaitStop);
        clients.forEach(JsonRpcClient::close);
    }
}

package dev.lockstep.acceptance.dsl;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A network of validators as {@code lockstep network create} makes it, each node in a process of
 * its own on loopback. Validators are counted from 0, their folders from 1.
 */
public final class Cluster implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 180_000;
    private static final long STOP_TIMEOUT_SECONDS = 60;

    /** Several share the machine with the tests. */
    private static final String JVM = "-Xmx160m -XX:TieredStopAtLevel=1";

    private final Path folder;
    private final List<Path> folders = new ArrayList<>();
    private final List<@Nullable Process> processes = new ArrayList<>();
    private final List<Launcher.@Nullable Gobbler> printed = new ArrayList<>();
    private final List<RpcClient> clients = new ArrayList<>();
    private @Nullable Process together;
    private Launcher.@Nullable Gobbler togetherPrinted;
    private final List<String> urls = new ArrayList<>();
    private final int p2pPort;
    private final int created;

    private Cluster(Path folder, int validators, int p2pPort) {
        this.folder = folder;
        this.p2pPort = p2pPort;
        created = validators;
        for (int i = 0; i < validators; i++) {
            add(folder.resolve("node" + (i + 1)), p2pPort + validators + i);
        }
    }

    private void add(Path node, int rpcPort) {
        folders.add(node);
        urls.add("http://127.0.0.1:" + rpcPort);
        clients.add(new RpcClient(urls.getLast()));
        processes.add(null);
        printed.add(null);
    }

    /** Makes the folders; nothing runs yet. */
    public static Cluster create(Path folder, int validators, String... options)
            throws IOException, InterruptedException {
        int first = freePorts(3 * validators);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "network",
                                "create",
                                "--to=" + folder,
                                "--validators=" + validators,
                                "--dev-accounts",
                                "--p2p-port=" + first,
                                "--rpc-http-port=" + (first + validators),
                                "--metrics-port=" + (first + 2 * validators)));
        command.addAll(List.of(options));
        Launcher.Result made = Launcher.run(command.toArray(String[]::new));
        if (made.exitCode() != 0) throw new IOException("network create: " + made.all());
        return new Cluster(folder, validators, first);
    }

    /** The first of so many that are free, below those of outgoing connections. */
    public static int freePorts(int count) {
        while (true) {
            int first = ThreadLocalRandom.current().nextInt(15_000, 30_000);
            if (areFree(first, count)) return first;
        }
    }

    private static boolean areFree(int first, int count) {
        for (int port = first; port < first + count; port++) {
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (!socket.isBound()) return false;
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }

    public int size() {
        return processes.size();
    }

    public Path folder(int validator) {
        return folders.get(validator);
    }

    public String url(int validator) {
        return urls.get(validator);
    }

    public String metricsUrl(int validator) {
        return "http://127.0.0.1:" + (p2pPort + 2 * created + validator) + "/metrics";
    }

    /** Where it takes links, by its own settings. */
    public int p2pPort(int validator) {
        return p2pPort + validator;
    }

    /** Starts one more node, on a folder that {@code lockstep init} made. */
    public void join(Path node) throws IOException {
        int first = freePorts(2);
        String known = Files.readString(folder(0).resolve("static-nodes.json"));
        String itself = Files.readString(folder(1).resolve("static-nodes.json"));
        // Each names all but itself, so two of them name all.
        Files.writeString(
                node.resolve("static-nodes.json"),
                known.strip().replaceFirst("]$", ",") + itself.strip().replaceFirst("^\\[", ""));
        Files.writeString(
                node.resolve("config.toml"),
                """
                p2p-host = "127.0.0.1"
                p2p-port = %d
                rpc-http-port = %d
                """
                        .formatted(first, first + 1));
        add(node, first + 1);
        start(size() - 1);
    }

    public RpcClient rpc(int validator) {
        return clients.get(validator);
    }

    public void start(int validator) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Launcher.lockstep(
                                "run",
                                "--config-file=" + folder(validator).resolve("config.toml"),
                                "--data-path=" + folder(validator)));
        builder.environment().put("LOCKSTEP_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("LOCKSTEP_OPTS", JVM);
        Process process = builder.redirectErrorStream(true).start();
        processes.set(validator, process);
        printed.set(validator, Launcher.Gobbler.of(process.getInputStream()));
    }

    public void startAll() throws IOException {
        for (int i = 0; i < size(); i++) start(i);
    }

    /**
     * All of them by {@code lockstep network run}, as one process that has the nodes as children.
     */
    public void runTogether() throws IOException {
        runTogether(JVM);
    }

    /** The same with options for the nodes' JVMs, or none. */
    public void runTogether(String jvmOptions) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(Launcher.lockstep("network", "run", folder.toString()));
        builder.environment().put("LOCKSTEP_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("LOCKSTEP_OPTS", jvmOptions);
        together = builder.redirectErrorStream(true).start();
        togetherPrinted = Launcher.Gobbler.of(together.getInputStream());
    }

    /** The nodes of {@link #runTogether}. */
    public List<ProcessHandle> children() {
        return together == null ? List.of() : together.children().toList();
    }

    /** What all of them printed, once {@link #stopTogether} was called. */
    public String printedTogether() {
        return togetherPrinted == null ? "" : togetherPrinted.soFar();
    }

    /** As Ctrl-C does; the exit code. */
    public int stopTogether() throws InterruptedException {
        Process process = Objects.requireNonNull(together);
        process.toHandle().destroy();
        if (!process.waitFor(2 * STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("did not stop:\n" + printedTogether());
        }
        Objects.requireNonNull(togetherPrinted).awaitEnd();
        return process.exitValue();
    }

    /** Ends it as a power cut does. */
    public void kill(int validator) {
        process(validator).destroyForcibly().onExit().join();
    }

    /** As Ctrl-C does; the exit code. */
    public int stop(int validator) throws InterruptedException {
        process(validator).toHandle().destroy();
        if (!process(validator).waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            kill(validator);
            throw new IllegalStateException("did not stop:\n" + printed(validator));
        }
        return process(validator).exitValue();
    }

    private Process process(int validator) {
        return Objects.requireNonNull(processes.get(validator));
    }

    public String printed(int validator) {
        Launcher.Gobbler own = printed.get(validator);
        return own == null ? printedTogether() : own.soFar();
    }

    public long head(int validator) throws IOException {
        return Long.decode(rpc(validator).call("eth_blockNumber").asString());
    }

    public JsonNode block(int validator, long number) throws IOException {
        return rpc(validator).call("eth_getBlockByNumber", "0x" + Long.toHexString(number), false);
    }

    public String hash(int validator, long number) throws IOException {
        return block(validator, number).path("hash").asString();
    }

    /** Waits until a node, which may be starting, has a block of this height; its head. */
    public long awaitHead(int validator, long height) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (System.nanoTime() < until) {
            try {
                long head = head(validator);
                if (head >= height) return head;
            } catch (IOException notUpYet) {
                Process own = processes.get(validator);
                Process process = own == null ? together : own;
                if (process == null || !process.isAlive()) break;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException(
                "validator "
                        + validator
                        + " did not reach block "
                        + height
                        + "; it printed\n"
                        + printed(validator));
    }

    /** Memory of each node in the machine's RAM; none where the machine does not say. @unit MiB */
    public List<Long> residentMiB() throws IOException {
        List<ProcessHandle> nodes =
                together != null
                        ? children()
                        : IntStream.range(0, size()).mapToObj(i -> process(i).toHandle()).toList();
        List<Long> sizes = new ArrayList<>();
        for (ProcessHandle node : nodes) {
            Path status = Path.of("/proc", Long.toString(node.pid()), "status");
            if (!Files.exists(status)) continue;
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    sizes.add(Long.parseLong(line.replaceAll("\\D", "")) >> 10);
                }
            }
        }
        return sizes;
    }

    public void awaitAll(long height) throws InterruptedException {
        for (int i = 0; i < size(); i++) awaitHead(i, height);
    }

    @Override
    public void close() {
        List<ProcessHandle> children = children();
        if (together != null) together.destroyForcibly().onExit().join();
        for (ProcessHandle child : children) {
            child.destroyForcibly();
            child.onExit().join();
        }
        for (Process process : processes) {
            if (process != null) process.destroyForcibly().onExit().join();
        }
        clients.forEach(RpcClient::close);
    }
}

package dev.lockstep.acceptance.speed;

import dev.lockstep.acceptance.dsl.Anvil;
import dev.lockstep.acceptance.dsl.DevNode;
import dev.lockstep.acceptance.dsl.RpcClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** A client under measurement: a process that answers {@code eth_call}. */
final class Peer implements AutoCloseable {
    private static final long GAS = 2_000_000_000;
    private static final String METER_ADDRESS = "0x000000000000000000000000000000000000be00";
    private static final String PROGRAM_ADDRESS = "0x000000000000000000000000000000000000be01";

    /**
     * Calls the program with its own input; returns whether that succeeded, what it cost, and what
     * the program returned. So gas is seen through any client's {@code eth_call}.
     */
    private static final String METER =
            "0x365f5f37" // CALLDATACOPY of all
                    + "5a5f5f365f5f61be015af15a" // GAS, CALL, GAS
                    + "91905f52036020523d5f60403e3d6040015ff3";

    /** One call. @unit nanoseconds of wall time, and of CPU time of the whole process */
    record Sample(Result result, long wallNanos, long cpuNanos) {}

    /** What the meter saw. */
    record Result(boolean succeeded, long gas, Bytes output) {}

    private final Runnable stop;
    private final long pid;
    private final RpcClient rpc;

    private Peer(Runnable stop, long pid, String url) {
        this.stop = stop;
        this.pid = pid;
        rpc = new RpcClient(url);
    }

    static Peer anvil() throws IOException, InterruptedException {
        Anvil anvil = Anvil.start("--gas-limit", Long.toString(GAS));
        return new Peer(anvil::close, anvil.pid(), anvil.url());
    }

    /**
     * @param engine as {@code --evm-engine} takes it
     */
    static Peer lockstep(String engine) throws IOException, InterruptedException {
        DevNode node = DevNode.start("--evm-engine", engine, "--rpc-gas-cap", Long.toString(GAS));
        return new Peer(node::close, node.pid(), node.url());
    }

    /** Runs the program once. */
    Sample run(Program program) throws IOException {
        Map<String, String> call =
                Map.of(
                        "to",
                        METER_ADDRESS,
                        "data",
                        program.input().toHexString(),
                        "gas",
                        "0x" + Long.toHexString(GAS));
        Map<String, Map<String, String>> overrides =
                Map.of(
                        METER_ADDRESS, Map.of("code", METER),
                        PROGRAM_ADDRESS, Map.of("code", program.code().toHexString()));
        Map<String, Long> cpuBefore = cpuNanosByThread();
        long start = System.nanoTime();
        String output = rpc.call("eth_call", call, "latest", overrides).stringValue();
        long wallNanos = System.nanoTime() - start;
        return new Sample(result(Bytes.fromHexString(output)), wallNanos, cpuNanosSince(cpuBefore));
    }

    private static Result result(Bytes output) {
        return new Result(
                !output.slice(0, 32).isZero(),
                UInt256.fromBytes(output.slice(32, 32)).toLong(),
                output.slice(64));
    }

    private long cpuNanosSince(Map<String, Long> before) throws IOException {
        long nanos = 0;
        for (Map.Entry<String, Long> thread : cpuNanosByThread().entrySet()) {
            nanos += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
        }
        return nanos;
    }

    /** Nothing where the system has no /proc. */
    private Map<String, Long> cpuNanosByThread() throws IOException {
        Map<String, Long> nanos = new HashMap<>();
        Path tasks = Path.of("/proc/" + pid + "/task");
        if (!Files.isDirectory(tasks)) return nanos;
        List<Path> threads;
        try (var list = Files.list(tasks)) {
            threads = list.toList();
        }
        for (Path thread : threads) {
            String schedule;
            try {
                schedule = Files.readString(thread.resolve("schedstat"));
            } catch (IOException ended) {
                continue; // between the listing and the reading
            }
            nanos.put(thread.toString(), Long.parseLong(schedule.split(" ")[0]));
        }
        return nanos;
    }

    @Override
    public void close() {
        rpc.close();
        stop.run();
    }
}

package dev.lockstep.acceptance.speed;

import com.esaulpaugh.headlong.abi.Function;
import com.esaulpaugh.headlong.abi.Tuple;
import dev.lockstep.acceptance.dsl.Anvil;
import dev.lockstep.acceptance.dsl.Cluster;
import dev.lockstep.acceptance.dsl.RpcClient;
import dev.lockstep.acceptance.dsl.Transfers;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.node.BundledModels;
import dev.lockstep.node.DataFolder;
import dev.lockstep.types.Address;
import dev.lockstep.types.SignedTransaction;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Transactions on four validators, and on anvil alone, in one run. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Four validators by `lockstep network run`, and an anvil with blocks of a second, one after the",
            "other: transfers and token transfers in bursts, then transfers paced. All are signed before the",
            "clock starts. CPU time is of the whole processes. Exit code 0 if no transaction was lost."
        })
public final class NetworkLoad implements Callable<Integer> {
    private static final Address TOKEN_HOLDER =
            Address.fromHex("0x00000000000000000000000000000000000ca11e");
    private static final Address INFERENCE =
            Address.fromHex("0x0000000000000000000000000000000000000a01");
    private static final int BATCH = 100;

    /** An account has as many transactions in the pool, or as far ahead, as it may: try later. */
    private static final Set<Integer> NOT_YET = Set.of(-32005, -32006);

    private static final int MODEL_INPUTS = 40;
    private static final long STALL_MILLIS = 60_000;

    @Option(
            names = "--transfers",
            defaultValue = "20000",
            description = "default: ${DEFAULT-VALUE}")
    private int transfers;

    @Option(names = "--tokens", defaultValue = "10000", description = "default: ${DEFAULT-VALUE}")
    private int tokens;

    @Option(
            names = "--paced-seconds",
            defaultValue = "30",
            description = "Of 200 a second; default: ${DEFAULT-VALUE}")
    private int pacedSeconds;

    @Option(
            names = "--model-calls",
            defaultValue = "0",
            description =
                    "Model calls a second beside the paced transfers, each with another input")
    private int modelCalls;

    @Option(names = "--no-anvil", description = "Lockstep alone")
    private boolean withoutAnvil;

    private final List<KeyPair> users =
            DevAccounts.all().stream().map(DevAccounts.DevAccount::keys).toList();
    private final long[] nonces = new long[users.size()];
    private boolean isComplete = true;

    /** Where transactions go, and the processes that work on them. */
    private record Target(String name, List<RpcClient> nodes, List<ProcessHandle> processes) {
        double cpuSeconds() {
            return processes.stream()
                    .map(p -> p.info().totalCpuDuration().orElse(Duration.ZERO))
                    .mapToDouble(d -> d.toMillis() / 1000.0)
                    .sum();
        }
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new NetworkLoad()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Path folder = Files.createTempDirectory("lockstep-load");
        try {
            if (!withoutAnvil) {
                try (Anvil anvil = Anvil.start("--block-time", "1");
                        RpcClient rpc = new RpcClient(anvil.url())) {
                    ProcessHandle process = ProcessHandle.of(anvil.pid()).orElseThrow();
                    run(new Target("anvil", List.of(rpc), List.of(process)), false);
                }
            }
            try (Cluster cluster = Cluster.create(folder.resolve("net"), 4)) {
                long start = System.nanoTime();
                cluster.runTogether("");
                cluster.awaitAll(1);
                System.out.printf(
                        Locale.ROOT,
                        "four validators: up, with a first block, after %.1f s%n",
                        (System.nanoTime() - start) / 1e9);
                List<RpcClient> nodes = new ArrayList<>();
                for (int i = 0; i < cluster.size(); i++) nodes.add(cluster.rpc(i));
                run(new Target("four validators", nodes, cluster.children()), modelCalls > 0);
                System.out.println("resident MiB: " + cluster.residentMiB());
                cluster.stopTogether();
            }
        } finally {
            DataFolder.delete(folder);
        }
        return isComplete ? 0 : 1;
    }

    private void run(Target target, boolean hasModels) throws Exception {
        Arrays.fill(nonces, 0);
        burst(target, "transfers", transfers(transfers));
        Address token = deploy(target);
        List<SignedTransaction> calls = new ArrayList<>();
        Bytes transfer =
                Bytes.concatenate(
                        Bytes.fromHexString("0xa9059cbb"),
                        Bytes.wrap(new byte[12]),
                        TOKEN_HOLDER.bytes(),
                        UInt256.ONE);
        for (int i = 0; i < tokens; i++) calls.add(call(i, token, transfer, 100_000));
        burst(target, "token transfers", calls);
        paced(target, hasModels);
    }

    private List<SignedTransaction> transfers(int count) {
        List<SignedTransaction> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int user = i % users.size();
            all.add(Transfers.of(users.get(user), nonces[user]++));
        }
        return all;
    }

    private SignedTransaction call(int i, Address to, Bytes data, long gasLimit) {
        int user = i % users.size();
        return Transfers.call(users.get(user), nonces[user]++, to, UInt256.ZERO, data, gasLimit);
    }

    /** The token of the benchmarks; each user gets plenty. */
    private Address deploy(Target target) throws Exception {
        Bytes code = Bytes.fromHexString(Program.codes().get("Erc20").stringValue());
        // PUSH2 size, DUP1, PUSH1 12, PUSH0, CODECOPY, PUSH0, RETURN
        Bytes creation =
                Bytes.concatenate(
                        Bytes.fromHexString("0x61"),
                        Bytes.ofUnsignedShort(code.size()),
                        Bytes.fromHexString("0x80600a5f395ff3"),
                        code);
        KeyPair first = users.getFirst();
        Address token = Address.created(first.address(), nonces[0]);
        List<SignedTransaction> all = new ArrayList<>();
        all.add(Transfers.call(first, nonces[0]++, null, UInt256.ZERO, creation, 3_000_000));
        send(target.nodes.getFirst(), all);
        await(target, all);
        List<SignedTransaction> mints = new ArrayList<>();
        for (int i = 0; i < users.size(); i++) {
            Bytes mint =
                    Bytes.wrapByteBuffer(
                            Function.parse("mint(address,uint256)")
                                    .encodeCall(
                                            Tuple.of(
                                                    com.esaulpaugh.headlong.abi.Address.wrap(
                                                            com.esaulpaugh.headlong.abi.Address
                                                                    .toChecksumAddress(
                                                                            users.get(i)
                                                                                    .address()
                                                                                    .toString())),
                                                    BigInteger.TEN.pow(24))));
            mints.add(call(i, token, mint, 200_000));
        }
        for (SignedTransaction mint : mints) send(target.nodes.getFirst(), List.of(mint));
        await(target, mints);
        return token;
    }

    private void burst(Target target, String what, List<SignedTransaction> all) throws Exception {
        measure(
                target,
                what,
                all,
                sentNanos -> {
                    try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
                        List<Future<?>> lanes = new ArrayList<>();
                        for (int user = 0; user < users.size(); user++) {
                            int lane = user;
                            lanes.add(
                                    senders.submit(
                                            () -> {
                                                sendLane(target, all, lane, sentNanos);
                                                return null;
                                            }));
                        }
                        for (Future<?> lane : lanes) lane.get();
                    }
                });
    }

    private void sendLane(
            Target target, List<SignedTransaction> all, int lane, Map<String, Long> sentNanos)
            throws IOException, InterruptedException {
        RpcClient node = target.nodes.get(lane % target.nodes.size());
        List<SignedTransaction> batch = new ArrayList<>();
        for (int i = lane; i < all.size(); i += users.size()) {
            batch.add(all.get(i));
            if (batch.size() < BATCH && i + users.size() < all.size()) continue;
            long now = System.nanoTime();
            batch.forEach(tx -> sentNanos.put(tx.hash().toString(), now));
            send(node, batch);
            batch.clear();
        }
    }

    /** Those that the pool has no place for yet are sent again a little later. */
    private static void send(RpcClient node, List<SignedTransaction> batch)
            throws IOException, InterruptedException {
        List<SignedTransaction> rest = batch;
        while (!rest.isEmpty()) {
            List<RpcClient.Request> requests = new ArrayList<>();
            for (SignedTransaction tx : rest) {
                requests.add(
                        new RpcClient.Request(
                                "eth_sendRawTransaction", List.of(tx.encoded().toHexString())));
            }
            List<JsonNode> answers = node.batch(requests);
            List<SignedTransaction> refused = new ArrayList<>();
            for (int i = 0; i < rest.size(); i++) {
                JsonNode error = answers.get(i).path("error");
                if (error.isMissingNode()) continue;
                if (!NOT_YET.contains(error.path("code").asInt())) {
                    throw new IOException("refused: " + error);
                }
                refused.add(rest.get(i));
            }
            rest = refused;
            if (!rest.isEmpty()) Thread.sleep(200);
        }
    }

    /** Each at its time, whether those before were answered or not. */
    private void paced(Target target, boolean hasModels) throws Exception {
        int rate = 200;
        Random random = new Random(1);
        List<SignedTransaction> all = new ArrayList<>();
        int every = hasModels ? Math.max(1, rate / modelCalls) : Integer.MAX_VALUE;
        for (int i = 0; i < rate * pacedSeconds; i++) {
            if (i % every == every - 1) all.add(call(i, INFERENCE, modelCall(random), 500_000));
            else {
                int user = i % users.size();
                all.add(Transfers.of(users.get(user), nonces[user]++));
            }
        }
        measure(
                target,
                hasModels ? "paced, " + modelCalls + " model calls/s" : "paced, 200/s",
                all,
                sentNanos -> {
                    List<Thread> lanes = new ArrayList<>();
                    long start = System.nanoTime();
                    for (int user = 0; user < users.size(); user++) {
                        int lane = user;
                        lanes.add(
                                Thread.ofVirtual()
                                        .start(() -> pace(target, all, lane, start, sentNanos)));
                    }
                    for (Thread lane : lanes) lane.join();
                });
    }

    private void pace(
            Target target,
            List<SignedTransaction> all,
            int lane,
            long startNanos,
            Map<String, Long> sentNanos) {
        RpcClient node = target.nodes.get(lane % target.nodes.size());
        try {
            for (int i = lane; i < all.size(); i += users.size()) {
                long dueNanos = startNanos + TimeUnit.SECONDS.toNanos(1) / 200 * i;
                TimeUnit.NANOSECONDS.sleep(dueNanos - System.nanoTime());
                sentNanos.put(all.get(i).hash().toString(), dueNanos);
                send(node, List.of(all.get(i)));
            }
        } catch (IOException | InterruptedException e) {
            System.out.println(target.name + ": " + e.getMessage());
        }
    }

    /** The volatility model on numbers of no meaning. */
    private static Bytes modelCall(Random random) {
        BigInteger[] input = new BigInteger[MODEL_INPUTS];
        for (int i = 0; i < input.length; i++) input[i] = BigInteger.valueOf(random.nextInt(100));
        byte[] model = BundledModels.VOLATILITY.model().id().toBytes();
        return Bytes.wrapByteBuffer(
                Function.parse("inferInts(bytes32,int256[])").encodeCall(Tuple.of(model, input)));
    }

    private interface Sending {
        void to(Map<String, Long> sentNanos) throws Exception;
    }

    private void measure(Target target, String what, List<SignedTransaction> all, Sending sending)
            throws Exception {
        Map<String, Long> sentNanos = new ConcurrentHashMap<>();
        long before = Long.decode(target.nodes.getFirst().call("eth_blockNumber").asString());
        double cpuBefore = target.cpuSeconds();
        long start = System.nanoTime();
        List<Double> latencies = new ArrayList<>();
        Thread follower =
                Thread.ofVirtual()
                        .start(() -> follow(target, before + 1, all.size(), sentNanos, latencies));
        sending.to(sentNanos);
        follower.join();
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpu = target.cpuSeconds() - cpuBefore;
        latencies.sort(null);
        isComplete &= latencies.size() == all.size();
        System.out.printf(
                Locale.ROOT,
                "%-16s %-22s %6d sent, %d lost  %6.0f/s  latency p50 %.2f s p99 %.2f s  CPU %.3f s per 1,000%n",
                target.name,
                what,
                all.size(),
                all.size() - latencies.size(),
                latencies.size() / seconds,
                at(latencies, 0.5),
                at(latencies, 0.99),
                cpu * 1000 / all.size());
    }

    private static double at(List<Double> sorted, double share) {
        if (sorted.isEmpty()) return Double.NaN;
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(share * sorted.size())));
    }

    /** Until all were seen in blocks, or none was for long. */
    private static void follow(
            Target target, long first, int count, Map<String, Long> sentNanos, List<Double> seen) {
        RpcClient node = target.nodes.getFirst();
        long next = first;
        long lastNanos = System.nanoTime();
        while (seen.size() < count) {
            try {
                long head = Long.decode(node.call("eth_blockNumber").asString());
                for (; next <= head; next++) {
                    JsonNode block =
                            node.call("eth_getBlockByNumber", "0x" + Long.toHexString(next), false);
                    long now = System.nanoTime();
                    for (JsonNode hash : block.path("transactions")) {
                        Long sent = sentNanos.get(hash.asString());
                        if (sent == null) continue;
                        seen.add((now - sent) / 1e9);
                        lastNanos = now;
                    }
                }
                Thread.sleep(50);
            } catch (IOException busy) {
                // It is asked again.
            } catch (InterruptedException stopping) {
                return;
            }
            if (System.nanoTime() - lastNanos > TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS)) return;
        }
    }

    private static void await(Target target, List<SignedTransaction> all) throws Exception {
        for (SignedTransaction tx : all) {
            JsonNode receipt = null;
            for (int i = 0; i < 1200 && (receipt == null || !receipt.isObject()); i++) {
                receipt =
                        target.nodes
                                .getFirst()
                                .call("eth_getTransactionReceipt", tx.hash().toString());
                if (!receipt.isObject()) Thread.sleep(50);
            }
            if (receipt == null || !"0x1".equals(receipt.path("status").asString())) {
                throw new IOException("the token was not made: " + receipt);
            }
        }
    }
}

package dev.lockstep.acceptance.faults;

import dev.lockstep.acceptance.dsl.Cluster;
import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.acceptance.dsl.Relay;
import dev.lockstep.acceptance.dsl.RpcClient.Request;
import dev.lockstep.acceptance.dsl.Transfers;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.genesis.DevAccounts;
import dev.lockstep.network.Enode;
import dev.lockstep.node.DataFolder;
import dev.lockstep.types.SignedTransaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Faults of a network whose validators are real processes on loopback. */
@Command(
        name = "network-faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "rolling    every validator is stopped and started in turn; of four, and of seven",
            "kills      kill -9 of random validators of four, under load",
            "partition  two and two that do not hear each other, and the end of it",
            "votes      a fifth validator is voted in, and out again",
            "follower   a fresh node fetches a long chain, which goes on meanwhile",
            "attack     hostile peers of all four for a minute, at full speed",
            "",
            "After each: all have the same blocks, and no transaction that was in a block is lost.",
            "Exit code 0 if all of it held. All scenarios where none is named."
        })
public final class NetworkFaults implements Callable<Integer> {
    private enum Scenario {
        ROLLING,
        KILLS,
        PARTITION,
        VOTES,
        FOLLOWER,
        ATTACK
    }

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "SCENARIO", description = "${COMPLETION-CANDIDATES}")
    private List<Scenario> scenarios = List.of();

    @Option(names = "--kills", defaultValue = "200", description = "default: ${DEFAULT-VALUE}")
    private int kills;

    @Option(
            names = "--blocks",
            defaultValue = "5000",
            description = "that the follower fetches; default: ${DEFAULT-VALUE}")
    private int blocks;

    @Option(names = "--seed", defaultValue = "1", description = "default: ${DEFAULT-VALUE}")
    private long seed;

    private static final int ATTACK_SECONDS = 60;
    private static final Pattern ENODE = Pattern.compile("Enode (enode://\\S+)");

    private Path scratch = Path.of("");

    public static void main(String[] arguments) {
        CommandLine command =
                new CommandLine(new NetworkFaults()).setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(command.execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        inRange("--kills", kills, 100_000);
        inRange("--blocks", blocks, 1_000_000);
        List<Scenario> chosen = scenarios.isEmpty() ? List.of(Scenario.values()) : scenarios;
        for (Scenario scenario : chosen) {
            scratch = Files.createTempDirectory("lockstep-faults");
            long startNanos = System.nanoTime();
            try {
                switch (scenario) {
                    case ROLLING -> {
                        rolling(4);
                        rolling(7);
                    }
                    case KILLS -> killed();
                    case PARTITION -> partition();
                    case VOTES -> votes();
                    case FOLLOWER -> follower();
                    case ATTACK -> attack();
                }
            } finally {
                DataFolder.delete(scratch);
            }
            System.out.printf(
                    "%s held, %d s%n", scenario, (System.nanoTime() - startNanos) / 1_000_000_000);
        }
        return 0;
    }

    private void inRange(String option, int value, int max) {
        if (value >= 1 && value <= max) return;
        throw new CommandLine.ParameterException(
                spec.commandLine(), option + " is " + value + "; 1 to " + max + " are allowed");
    }

    /** Sends transfers to whoever answers, and remembers which are in which block. */
    private static final class Load implements AutoCloseable {
        private static final KeyPair USER = DevAccounts.all().getFirst().keys();
        private static final long PAUSE_MILLIS = 100;

        private final Cluster network;
        private final Random random;
        private final Map<String, String> blockOf = new ConcurrentHashMap<>();
        private final Thread thread = Thread.ofVirtual().unstarted(this::run);
        private volatile boolean isStopped;

        Load(Cluster network, Random random) {
            this.network = network;
            this.random = random;
            thread.start();
        }

        private void run() {
            long nonce = 0;
            while (!isStopped) {
                SignedTransaction tx = Transfers.of(USER, nonce);
                try {
                    Thread.sleep(PAUSE_MILLIS);
                    int node = random.nextInt(network.size());
                    // Sent again until it is in a block: whoever had it may have been killed.
                    network.rpc(node)
                            .answer(
                                    new Request(
                                            "eth_sendRawTransaction",
                                            List.of(tx.encoded().toHexString())));
                    JsonNode receipt =
                            network.rpc(node)
                                    .call("eth_getTransactionReceipt", tx.hash().toString());
                    if (!receipt.isObject()) continue;
                    blockOf.put(tx.hash().toString(), receipt.path("blockHash").asString());
                    nonce++;
                } catch (IOException isDown) {
                    // The next one is asked.
                } catch (InterruptedException stopping) {
                    return;
                }
            }
        }

        /** Every transaction that was seen in a block is in that block, on every node. */
        void check() throws IOException {
            for (Map.Entry<String, String> one : blockOf.entrySet()) {
                for (int i = 0; i < network.size(); i++) {
                    JsonNode receipt =
                            network.rpc(i).call("eth_getTransactionReceipt", one.getKey());
                    require(
                            receipt.path("blockHash").asString("").equals(one.getValue()),
                            one.getKey() + " was in " + one.getValue() + ", now " + receipt);
                }
            }
        }

        @Override
        public void close() {
            isStopped = true;
            try {
                thread.join();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) throw new IllegalStateException(otherwise);
    }

    private static void theyAgree(Cluster network) throws Exception {
        long head = network.head(0);
        network.awaitAll(head);
        for (long number = 0; number <= head; number++) {
            String hash = network.hash(0, number);
            for (int i = 1; i < network.size(); i++) {
                require(
                        network.hash(i, number).equals(hash),
                        "FORK at block "
                                + number
                                + ": "
                                + hash
                                + " and "
                                + network.hash(i, number));
            }
        }
    }

    private void stopAndVerify(Cluster network) throws Exception {
        for (int i = 0; i < network.size(); i++) {
            require(network.stop(i) == 0, "validator " + i + " said\n" + network.printed(i));
        }
        Path file = scratch.resolve("chain.rlp");
        for (int i = 0; i < network.size(); i++) {
            Files.deleteIfExists(file);
            run("blocks", "export", "--data-path=" + network.folder(i), "--to=" + file);
        }
        run(
                "blocks",
                "verify",
                "--genesis-file=" + network.folder(0).resolve("genesis.json"),
                file.toString());
    }

    private static String run(String... arguments) throws Exception {
        Launcher.Result result = Launcher.run(arguments);
        require(result.exitCode() == 0, result.all());
        return result.out();
    }

    private void attack() throws Exception {
        try (Cluster network = Cluster.create(scratch.resolve("attack"), 4)) {
            network.startAll();
            network.awaitAll(3);
            List<Enode> nodes = new ArrayList<>();
            for (int i = 0; i < 4; i++) nodes.add(Enode.parse(enode(network, i)));
            Load load = new Load(network, new Random(seed));
            Attack attack = new Attack(network, nodes, seed);
            try (load) {
                long head = network.head(0);
                try (attack) {
                    attack.start();
                    Thread.sleep(ATTACK_SECONDS * 1_000L);
                    System.out.printf(
                            "%d connections, %d links, %d messages in %d s: %d blocks meanwhile, %d"
                                    + " transactions in them; resident MiB, with 160 of heap: %s%n",
                            attack.connections.get(),
                            attack.links.get(),
                            attack.messages.get(),
                            ATTACK_SECONDS,
                            network.head(0) - head,
                            load.blockOf.size(),
                            network.residentMiB());
                    require(network.head(0) > head + ATTACK_SECONDS / 10, "the chain stood still");
                }
                network.awaitAll(network.head(0) + 3);
            }
            theyAgree(network);
            load.check();
            stopAndVerify(network);
        }
    }

    private static String enode(Cluster network, int validator) {
        Matcher line = ENODE.matcher(network.printed(validator));
        require(line.find(), "no enode in\n" + network.printed(validator));
        return line.group(1);
    }

    private void rolling(int validators) throws Exception {
        try (Cluster network =
                Cluster.create(scratch.resolve("rolling" + validators), validators)) {
            network.startAll();
            network.awaitAll(2);
            Load load = new Load(network, new Random(seed));
            try (load) {
                for (int i = 0; i < validators; i++) {
                    require(network.stop(i) == 0, "validator " + i + ": " + network.printed(i));
                    int other = (i + 1) % validators;
                    network.awaitHead(other, network.head(other) + 2);
                    network.start(i);
                    network.awaitHead(i, network.head(other));
                }
            }
            theyAgree(network);
            load.check();
            System.out.printf(
                    "rolling restart of %d: %d blocks, %d transactions%n",
                    validators, network.head(0), load.blockOf.size());
            stopAndVerify(network);
        }
    }

    private void killed() throws Exception {
        Random random = new Random(seed);
        try (Cluster network = Cluster.create(scratch.resolve("kills"), 4)) {
            network.startAll();
            network.awaitAll(2);
            Load load = new Load(network, new Random(seed));
            try (load) {
                for (int i = 0; i < kills; i++) {
                    int victim = random.nextInt(4);
                    network.kill(victim);
                    Thread.sleep(random.nextInt(500));
                    network.start(victim);
                    // Now and then the next dies before this one is back.
                    if (random.nextInt(4) > 0) network.awaitHead(victim, 0);
                    if (i % 20 == 19) {
                        network.awaitAll(network.head((victim + 1) % 4));
                        System.out.println("  " + (i + 1) + " kills, block " + network.head(0));
                    }
                }
                network.awaitAll(0);
                long head = network.head(0);
                network.awaitAll(head + 2);
            }
            theyAgree(network);
            load.check();
            System.out.printf(
                    "%d kills (seed %d): %d blocks, %d transactions%n",
                    kills, seed, network.head(0), load.blockOf.size());
            stopAndVerify(network);
        }
    }

    private void partition() throws Exception {
        Path folder = scratch.resolve("partition");
        List<Relay> between = new ArrayList<>();
        try (Cluster network = Cluster.create(folder, 4, "--block-period=1")) {
            for (int i = 0; i < 4; i++) between.addAll(relayed(network, i));
            network.startAll();
            network.awaitAll(3);
            between.forEach(Relay::cut);
            Thread.sleep(3_000);
            long halted = network.head(0);
            Thread.sleep(8_000);
            for (int i = 0; i < 4; i++) {
                require(
                        network.head(i) <= halted + 1,
                        "validator " + i + " went on to " + network.head(i) + " with two of four");
            }
            between.forEach(Relay::heal);
            long start = System.nanoTime();
            network.awaitAll(halted + 3);
            System.out.printf(
                    "partition 2|2: halted at %d, three blocks further %.1f s after it healed%n",
                    halted, (System.nanoTime() - start) / 1e9);
            theyAgree(network);
            stopAndVerify(network);
        } finally {
            for (Relay relay : between) relay.close();
        }
    }

    /** Has a validator see those of the other half through relays. */
    private static List<Relay> relayed(Cluster network, int validator) throws IOException {
        Path file = network.folder(validator).resolve("static-nodes.json");
        String nodes = Files.readString(file);
        List<Relay> relays = new ArrayList<>();
        for (int other = 0; other < 4; other++) {
            if (other / 2 == validator / 2) continue;
            int port = network.p2pPort(other);
            Relay relay = Relay.to(port);
            relays.add(relay);
            nodes = nodes.replace("@127.0.0.1:" + port, "@127.0.0.1:" + relay.port());
            nodes = nodes.replace("discport=" + port, "discport=" + relay.port());
        }
        Files.writeString(file, nodes);
        return relays;
    }

    private void votes() throws Exception {
        Path fifth = scratch.resolve("fifth");
        try (Cluster network = Cluster.create(scratch.resolve("votes"), 4)) {
            String address = init(network, fifth);
            network.startAll();
            network.awaitAll(2);
            network.join(fifth);
            network.awaitHead(4, network.head(0));
            vote(network, 4, address, true);
            awaitValidators(network, 5);
            // Of five, four are needed: the fifth has to vote now.
            network.kill(0);
            network.awaitHead(1, network.head(1) + 3);
            network.start(0);
            network.awaitHead(0, network.head(1));
            vote(network, 5, address, false);
            awaitValidators(network, 4);
            network.awaitHead(1, network.head(1) + 2);
            theyAgree(network);
            System.out.println("a fifth validator joined, was needed, and left");
        }
    }

    private void follower() throws Exception {
        Path fresh = scratch.resolve("fresh");
        try (Cluster network = Cluster.create(scratch.resolve("follower"), 4)) {
            LongChain.give(network, blocks);
            String _ = init(network, fresh);
            network.startAll();
            network.awaitAll(blocks + 2);
            long start = System.nanoTime();
            network.join(fresh);
            network.awaitHead(4, 0);
            double upSeconds = (System.nanoTime() - start) / 1e9;
            long target = network.head(0);
            network.awaitHead(4, target);
            double seconds = (System.nanoTime() - start) / 1e9;
            network.awaitAll(target + 3);
            System.out.printf(
                    "a follower fetched %d blocks in %.1f s from its start (its RPC was up after"
                            + " %.1f s), and follows%n",
                    target, seconds, upSeconds);
            theyAgree(network);
            stopAndVerify(network);
        }
    }

    /** A folder for one more node of this chain; its address. */
    private static String init(Cluster network, Path node) throws Exception {
        String made =
                run(
                        "init",
                        "--genesis-file=" + network.folder(0).resolve("genesis.json"),
                        node.toString());
        Matcher key = Pattern.compile("Node key +(0x[0-9a-fA-F]{40})").matcher(made);
        require(key.find(), made);
        return key.group(1);
    }

    private static void vote(Cluster network, int voters, String address, boolean add)
            throws IOException {
        for (int i = 0; i < voters; i++) {
            network.rpc(i).call("qbft_proposeValidatorVote", address, add);
        }
    }

    private static void awaitValidators(Cluster network, int count) throws Exception {
        for (int i = 0; i < 120; i++) {
            JsonNode validators = network.rpc(1).call("qbft_getValidatorsByBlockNumber", "latest");
            if (validators.size() == count) return;
            Thread.sleep(500);
        }
        throw new IllegalStateException("there are not " + count + " validators after a minute");
    }
}

package dev.lockstep.acceptance.speed;

import com.sun.management.OperatingSystemMXBean;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Engine;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.OverlayView;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.RocksStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Blocks of ERC-20 transfers over a large state on disk: time and Mgas/s by part, first on a store
 * just opened, then on one whose cache is warm. Each block takes other senders and recipients.
 */
final class StateBench {
    private static final String USAGE =
            """
            bench state [--data FOLDER] [--accounts N] [--transfers N] [--rounds N]
              --data FOLDER   where the state is, or is to be made; kept. Without: temporary
              --accounts N    accounts with ether and tokens, 10000 to 50000000; default 1000000
              --transfers N   transactions a block, 1 to 10000; default 1000
              --rounds N      times that the store is opened anew, 1 to 100; default 5
            """;

    private static final int WARM_BLOCKS = 6;
    private static final int REHEARSALS = 40;

    private static final String[] PARTS = {"senders", "execution", "root", "write"};

    /**
     * When the parts of a block ended, the first being its start.
     *
     * @unit nanoseconds, on the wall and of this process' CPU
     */
    private record Laps(List<Long> wall, List<Long> cpu) {
        void end() {
            wall.add(System.nanoTime());
            cpu.add(PROCESS.getProcessCpuTime());
        }
    }

    private record Times(long gas, Laps laps) {}

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final TokenWorld tokens;
    private final Path folder;
    private final int transfers;
    private final TransactionExecutor executor =
            new TransactionExecutor(LockstepPrecompiles.standard(), Engine.ADAPTIVE);
    private final Random random = new Random(1);

    private StateBench(int accounts, Path folder, int transfers) {
        this.tokens = new TokenWorld(accounts);
        this.folder = folder;
        this.transfers = transfers;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = null;
        int accounts = 1_000_000;
        int transfers = 1_000;
        int rounds = 5;
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (args[i]) {
                case "--data" -> folder = Path.of(value);
                case "--accounts" ->
                        accounts = number(args[i], value, TokenWorld.SIGNERS, 50_000_000);
                case "--transfers" -> transfers = number(args[i], value, 1, TokenWorld.SIGNERS);
                case "--rounds" -> rounds = number(args[i], value, 1, 100);
                default -> misuse(USAGE);
            }
        }
        Path temporary = folder == null ? Files.createTempDirectory("lockstep-state") : null;
        try {
            Path path = temporary == null ? Objects.requireNonNull(folder) : temporary;
            new StateBench(accounts, path.resolve(accounts + "-accounts"), transfers).run(rounds);
        } finally {
            if (temporary != null) delete(temporary);
        }
    }

    private static int number(String option, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) return number;
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        misuse(option + " takes a number from " + least + " to " + most + ", not '" + value + "'");
        return least;
    }

    private static void misuse(String message) {
        System.err.println(message.strip());
        System.exit(2);
    }

    private void run(int rounds) throws IOException, InterruptedException {
        Path made = folder.resolveSibling(folder.getFileName() + ".complete");
        if (!Files.exists(made)) {
            long start = System.nanoTime();
            try (KeyValueStore store = RocksStore.open(folder)) {
                if (new WorldState(store).headNumber() >= 0) {
                    misuse(folder + " holds a state that was not finished: remove it");
                }
                tokens.fill(store);
            }
            Files.createFile(made);
            System.err.printf(
                    Locale.ROOT,
                    "The state took %d s.%n",
                    (System.nanoTime() - start) / 1_000_000_000);
        }
        try (KeyValueStore store = RocksStore.open(folder)) {
            WorldState world = new WorldState(store);
            for (int i = 0; i < REHEARSALS; i++) runBlock(store, world);
        }
        List<Times> cold = new ArrayList<>();
        List<Times> warm = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            try (KeyValueStore store = RocksStore.open(folder)) {
                WorldState world = new WorldState(store);
                cold.add(runBlock(store, world));
                for (int i = 0; i < WARM_BLOCKS; i++) warm.add(runBlock(store, world));
            }
        }
        System.out.printf("%-30s", "median of blocks, ms");
        for (String part : PARTS) System.out.printf("%10s", part);
        System.out.printf("%10s%10s%n", "total", "Mgas/s");
        print("store just opened", cold, Laps::wall);
        print("  of all threads' CPU", cold, Laps::cpu);
        print("warm", warm, Laps::wall);
        print("  of all threads' CPU", warm, Laps::cpu);
        System.out.printf(
                "%d transfers a block; heap %d MiB used after the run, %d MiB allowed; on disk %d MiB%n",
                transfers,
                heapUsed() >> 20,
                Runtime.getRuntime().maxMemory() >> 20,
                size(folder) >> 20);
    }

    private Times runBlock(KeyValueStore store, WorldState world) {
        long number = world.headNumber() + 1;
        List<Transaction> block =
                world.read(number - 1, state -> tokens.transfers(state, transfers, random));
        BlockContext context = TokenWorld.block(number);

        Laps laps = new Laps(new ArrayList<>(), new ArrayList<>());
        laps.end();
        List<SignedTransaction> signed = new ArrayList<>(block.size());
        for (Transaction tx : block) {
            signed.add(Objects.requireNonNull(SignedTransaction.recover(tx)));
        }
        laps.end();
        OverlayView overlay = new OverlayView(world.head());
        long gas = 0;
        for (SignedTransaction tx : signed) {
            TransactionOutcome outcome = executor.execute(overlay, context, tx, Tracer.NONE);
            if (!(outcome instanceof Executed executed) || !executed.succeeded()) {
                throw new AssertionError("a transfer failed: " + outcome);
            }
            gas += executed.gasUsed();
            overlay.apply(executed.diff());
        }
        laps.end();
        PreparedState prepared = world.prepare(overlay.diff());
        laps.end();
        WriteBatch batch = new WriteBatch();
        world.stage(prepared, number, batch);
        store.write(batch);
        laps.end();
        return new Times(gas, laps);
    }

    private static void print(String name, List<Times> blocks, Function<Laps, List<Long>> clock) {
        System.out.printf("%-30s", name + " (" + blocks.size() + ")");
        for (int part = 0; part < PARTS.length; part++) {
            System.out.printf(Locale.ROOT, "%10.1f", millis(blocks, clock, part, part + 1));
        }
        double total = millis(blocks, clock, 0, PARTS.length);
        double rate = blocks.getFirst().gas() / 1e3 / total;
        System.out.printf(Locale.ROOT, "%10.1f%10.1f%n", total, rate);
    }

    private static double millis(
            List<Times> blocks, Function<Laps, List<Long>> clock, int from, int to) {
        long[] nanos =
                blocks.stream()
                        .map(block -> clock.apply(block.laps))
                        .mapToLong(ends -> ends.get(to) - ends.get(from))
                        .sorted()
                        .toArray();
        return nanos[nanos.length / 2] / 1e6;
    }

    private static long heapUsed() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(file);
        }
    }
}

package dev.lockstep.acceptance.speed;

import dev.lockstep.acceptance.speed.TimedBlock.Laps;
import dev.lockstep.evm.Engine;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;

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

    private final TokenWorld tokens;
    private final StateFolder state;
    private final int transfers;
    private final TransactionExecutor executor =
            new TransactionExecutor(LockstepPrecompiles.standard(), Engine.ADAPTIVE);
    private final Random random = new Random(1);

    private StateBench(TokenWorld tokens, StateFolder state, int transfers) {
        this.tokens = tokens;
        this.state = state;
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
                        accounts = Options.number(args[i], value, TokenWorld.SIGNERS, 50_000_000);
                case "--transfers" ->
                        transfers = Options.number(args[i], value, 1, TokenWorld.SIGNERS);
                case "--rounds" -> rounds = Options.number(args[i], value, 1, 100);
                default -> Options.misuse(USAGE);
            }
        }
        TokenWorld tokens = new TokenWorld(accounts);
        try (StateFolder state = StateFolder.open(folder, tokens)) {
            new StateBench(tokens, state, transfers).run(rounds);
        }
    }

    private void run(int rounds) throws IOException {
        try (KeyValueStore store = RocksStore.open(state.path())) {
            WorldState world = new WorldState(store);
            for (int i = 0; i < REHEARSALS; i++) runBlock(store, world);
        }
        List<TimedBlock> cold = new ArrayList<>();
        List<TimedBlock> warm = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            try (KeyValueStore store = RocksStore.open(state.path())) {
                WorldState world = new WorldState(store);
                cold.add(runBlock(store, world));
                for (int i = 0; i < WARM_BLOCKS; i++) warm.add(runBlock(store, world));
            }
        }
        System.out.printf("%-30s", "median of blocks, ms");
        for (String part : TimedBlock.PARTS) System.out.printf("%10s", part);
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
                state.sizeBytes() >> 20);
    }

    private TimedBlock runBlock(KeyValueStore store, WorldState world) {
        List<Transaction> block =
                world.read(world.headNumber(), state -> tokens.transfers(state, transfers, random));
        return TimedBlock.run(executor, store, world, block);
    }

    private static void print(
            String name, List<TimedBlock> blocks, Function<Laps, List<Long>> clock) {
        System.out.printf("%-30s", name + " (" + blocks.size() + ")");
        for (int part = 0; part < TimedBlock.PARTS.size(); part++) {
            System.out.printf(Locale.ROOT, "%10.1f", millis(blocks, clock, part, part + 1));
        }
        double total = millis(blocks, clock, 0, TimedBlock.PARTS.size());
        double rate = blocks.getFirst().gas() / 1e3 / total;
        System.out.printf(Locale.ROOT, "%10.1f%10.1f%n", total, rate);
    }

    private static double millis(
            List<TimedBlock> blocks, Function<Laps, List<Long>> clock, int from, int to) {
        long[] nanos =
                blocks.stream().mapToLong(block -> block.nanos(clock, from, to)).sorted().toArray();
        return nanos[nanos.length / 2] / 1e6;
    }

    private static long heapUsed() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}

package dev.lockstep.acceptance.speed;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.lockstep.acceptance.dsl.Launcher;
import dev.lockstep.acceptance.speed.TimedBlock.Laps;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.InvalidModelException;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelFile;
import dev.lockstep.inference.TensorSpec;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.precompiles.inference.ActiveModel;
import dev.lockstep.precompiles.inference.InferenceMemo;
import dev.lockstep.precompiles.inference.ModelCatalog;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What a gas takes: blocks of one kind of work each, over a large state on disk, as a validator
 * works through them. Beside transfers and instructions stand calls of models, without their memo.
 */
final class GasBench {
    private static final String USAGE =
            """
            bench gas [--data FOLDER] [--accounts N] [--rounds N] [--warm-up N] [--model FILE.lkm]...
              --data FOLDER     where the state is, or is to be made, as for bench state; kept
              --accounts N      accounts with ether and tokens, 20000 to 50000000; default 1000000
              --rounds N        blocks of each kind, 1 to 100; default 5
              --warm-up N       blocks of each kind before those, 0 to 100; default 4
              --model FILE.lkm  a model to call, beside those that come with Lockstep
            """;

    private static final long GAS_LIMIT = 15_000_000;

    /** Of {@code infer(bytes32,bytes)}. */
    private static final Bytes INFER =
            Keccak.hash(Bytes.wrap("infer(bytes32,bytes)".getBytes(US_ASCII))).bytes().slice(0, 4);

    /** Gas that calls of a model use up in a transaction, at most. */
    private static final long MODEL_GAS = 10_000_000;

    /** Loops over what lies from the first word of the input up to the second. */
    private enum Loop {
        /** {@code BALANCE} of account i. */
        BALANCE(12, 1000, "", "6000526004601c203150"),

        /** {@code balanceOf} account i, asked of the token. */
        BALANCE_OF(
                12,
                1000,
                "6370a0823160e01b602052",
                "6000526004601c20"
                        + "73ffffffffffffffffffffffffffffffffffffffff16602452"
                        + "6020600060246020"
                        + "63706b656e5afa50"),

        /** Slot i becomes what the third word of the input says. */
        STORE(6, 250, "", "6040359055"),

        /** Slot 0, which is warm after the first time. */
        LOAD_WARM(4, 60_000, "", "5060005450"),
        STORE_WARM(4, 60_000, "", "600055"),

        /** One topic and a word. */
        LOG(6, 4000, "", "8060005260206000a1"),

        /** Code of 32 bytes. */
        CREATE(4, 200, "", "506360205ff36000526004601c6000f050"),

        /**
         * What stands after the third word of the input, said to the models' precompile; it must
         * succeed.
         */
        INFER(3, 0, "6060360360605f37", "505f5f606036035f610a015afa155f57");

        final int transactions;
        final int steps;
        private final String before;
        private final String step;

        /**
         * @param steps in a transaction
         * @param step takes i from the stack
         */
        Loop(int transactions, int steps, String before, String step) {
            this.transactions = transactions;
            this.steps = steps;
            this.before = before;
            this.step = step;
        }

        /** What deploys it. */
        Bytes initCode() {
            Bytes head = Bytes.fromHexString("0x" + before + "600035");
            Bytes code =
                    Bytes.concatenate(
                            head,
                            Bytes.fromHexString("0x5b80" + step + "600101806020351160"),
                            Bytes.of(head.size(), 0x57, 0));
            return Bytes.concatenate(
                    Bytes.of(0x60, code.size(), 0x80, 0x60, 0x09, 0x5f, 0x39, 0x5f, 0xf3), code);
        }
    }

    /** Makes the transactions of a block for a state. */
    private interface Work {
        List<Transaction> block(StateView state);
    }

    private final TokenWorld tokens;
    private final TransactionExecutor executor;
    private final Random random = new Random(1);
    private final Map<String, Work> rows = new LinkedHashMap<>();
    private final Map<Loop, Address> loops = new LinkedHashMap<>();
    private int nextSigner;
    private int nextSlot;

    private GasBench(TokenWorld tokens, Map<String, Model> models) {
        this.tokens = tokens;
        ModelCatalog catalog = ModelCatalog.of(models.values(), 1000);
        this.executor =
                new TransactionExecutor(
                        LockstepPrecompiles.with(
                                catalog, new InferenceMemo(InferenceMemo.Size.OFF)));
        rows.put("ether transfers", state -> transfers(state, 1_400));
        rows.put("ERC-20 transfers", state -> tokens.transfers(state, 850, random));
        rows.put("accounts, cold: BALANCE", state -> people(state, Loop.BALANCE));
        rows.put("slots, cold: balanceOf", state -> people(state, Loop.BALANCE_OF));
        rows.put("slots, new: SSTORE", state -> slots(state, Loop.STORE, true));
        rows.put("slots, changed: SSTORE", state -> slots(state, Loop.STORE, false));
        rows.put("slots, warm: SLOAD", state -> slots(state, Loop.LOAD_WARM, true));
        rows.put("slots, warm: SSTORE", state -> slots(state, Loop.STORE_WARM, true));
        rows.put("LOG1 of a word", state -> slots(state, Loop.LOG, true));
        rows.put("CREATE, 32 bytes", state -> slots(state, Loop.CREATE, true));
        models.forEach(
                (name, model) -> {
                    Hash id = Hash.of(Bytes.wrap(model.id().toBytes()));
                    ActiveModel active = Objects.requireNonNull(catalog.find(id));
                    rows.put("model " + name, state -> calls(state, active));
                });
    }

    public static void main(String[] args)
            throws IOException, InterruptedException, InvalidModelException {
        Path folder = null;
        int accounts = 1_000_000;
        int rounds = 5;
        int warmUp = 4;
        Map<String, Model> models = new LinkedHashMap<>();
        for (String name : List.of("digits", "volatility")) {
            Path file = Launcher.root().resolve("inference-engine/models/" + name);
            models.put(name, ModelFile.read(file.resolve(name + ".lkm")));
        }
        for (int i = 0; i < args.length; i += 2) {
            String value = i + 1 < args.length ? args[i + 1] : "";
            switch (args[i]) {
                case "--data" -> folder = Path.of(value);
                case "--accounts" ->
                        accounts =
                                Options.number(args[i], value, 2 * TokenWorld.SIGNERS, 50_000_000);
                case "--rounds" -> rounds = Options.number(args[i], value, 1, 100);
                case "--warm-up" -> warmUp = Options.number(args[i], value, 0, 100);
                case "--model" ->
                        models.put(
                                Path.of(value).getFileName().toString(),
                                ModelFile.read(Path.of(value)));
                default -> Options.misuse(USAGE);
            }
        }
        TokenWorld tokens = new TokenWorld(accounts);
        try (StateFolder state = StateFolder.open(folder, tokens)) {
            new GasBench(tokens, models).run(state.path(), warmUp, rounds);
        }
    }

    private void run(Path folder, int warmUp, int rounds) throws IOException {
        Map<String, List<TimedBlock>> blocks = new LinkedHashMap<>();
        try (KeyValueStore store = RocksStore.open(folder)) {
            WorldState world = new WorldState(store);
            block(store, world, this::deploy);
            for (int round = -warmUp; round < rounds; round++) {
                for (var row : rows.entrySet()) {
                    TimedBlock block = block(store, world, row.getValue());
                    if (round >= 0) {
                        blocks.computeIfAbsent(row.getKey(), _ -> new ArrayList<>()).add(block);
                    }
                }
            }
        }
        System.out.printf("%-36s%12s%8s%8s", "blocks of", "gas", "CPU", "wall");
        for (String part : TimedBlock.PARTS) System.out.printf("%11s", part);
        System.out.println();
        blocks.forEach(GasBench::print);
        System.out.println("nanoseconds a gas, means; the parts by CPU time of all threads");
    }

    private TimedBlock block(KeyValueStore store, WorldState world, Work work) {
        return TimedBlock.run(executor, store, world, world.read(world.headNumber(), work::block));
    }

    private static void print(String name, List<TimedBlock> blocks) {
        int parts = TimedBlock.PARTS.size();
        System.out.printf(
                Locale.ROOT,
                "%-36s%12d%8.2f%8.2f",
                name,
                blocks.getFirst().gas(),
                perGas(blocks, Laps::cpu, 0, parts),
                perGas(blocks, Laps::wall, 0, parts));
        for (int part = 0; part < parts; part++) {
            System.out.printf(Locale.ROOT, "%11.2f", perGas(blocks, Laps::cpu, part, part + 1));
        }
        System.out.println();
    }

    private static double perGas(
            List<TimedBlock> blocks, Function<Laps, List<Long>> clock, int from, int to) {
        long nanos = blocks.stream().mapToLong(block -> block.nanos(clock, from, to)).sum();
        return (double) nanos / blocks.stream().mapToLong(TimedBlock::gas).sum();
    }

    private List<Transaction> deploy(StateView state) {
        List<Transaction> block = new ArrayList<>();
        for (Loop loop : Loop.values()) {
            KeyPair keys = nextSigner();
            Transaction tx = transaction(state, keys, null, UInt256.ZERO, loop.initCode());
            loops.put(loop, Address.created(keys.address(), tx.nonce()));
            block.add(tx);
        }
        return block;
    }

    private KeyPair nextSigner() {
        return tokens.signer(nextSigner++ % TokenWorld.SIGNERS);
    }

    private static Transaction transaction(
            StateView state, KeyPair keys, @Nullable Address to, UInt256 value, Bytes data) {
        return TokenWorld.transaction(state, keys, to, value, data, GAS_LIMIT);
    }

    private List<Transaction> transfers(StateView state, int count) {
        List<Transaction> block = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Address to = tokens.account(random.nextInt(tokens.size()));
            block.add(
                    TokenWorld.transaction(
                            state, nextSigner(), to, UInt256.ONE, Bytes.EMPTY, 21_000));
        }
        return block;
    }

    /** Other accounts from block to block, none of which has a key. */
    private List<Transaction> people(StateView state, Loop loop) {
        int most = tokens.size() - TokenWorld.SIGNERS - loop.steps;
        List<Transaction> block = new ArrayList<>();
        for (int i = 0; i < loop.transactions; i++) {
            block.add(call(state, loop, TokenWorld.SIGNERS + random.nextInt(most), 0));
        }
        return block;
    }

    /** New slots, or those that the last block with new slots wrote. */
    private List<Transaction> slots(StateView state, Loop loop, boolean fresh) {
        if (fresh) nextSlot += loop.transactions * loop.steps;
        List<Transaction> block = new ArrayList<>();
        for (int i = 0; i < loop.transactions; i++) {
            block.add(call(state, loop, nextSlot + i * loop.steps, fresh ? 1 : 2));
        }
        return block;
    }

    private Transaction call(StateView state, Loop loop, int from, int value) {
        return call(state, loop, from, loop.steps, value, Bytes.EMPTY);
    }

    private Transaction call(
            StateView state, Loop loop, int from, int steps, int value, Bytes more) {
        Bytes data =
                Bytes.concatenate(
                        UInt256.valueOf(from).toBytes(),
                        UInt256.valueOf(from + steps).toBytes(),
                        UInt256.valueOf(value).toBytes(),
                        more);
        Address to = loops.get(loop);
        return transaction(state, nextSigner(), to, UInt256.ZERO, data);
    }

    /** {@code infer}, of another random input from transaction to transaction. */
    private List<Transaction> calls(StateView state, ActiveModel model) {
        int steps = (int) Math.max(1, MODEL_GAS / model.gas());
        List<Transaction> block = new ArrayList<>();
        for (int i = 0; i < Loop.INFER.transactions; i++) {
            byte[] input = input(model.model());
            Bytes data =
                    Bytes.concatenate(
                            INFER,
                            model.id().bytes(),
                            UInt256.valueOf(64).toBytes(),
                            UInt256.valueOf(input.length).toBytes(),
                            Bytes.wrap(input),
                            Bytes.wrap(new byte[-input.length & 31]));
            block.add(call(state, Loop.INFER, 0, steps, 0, data));
        }
        return block;
    }

    private byte[] input(Model model) {
        ByteBuffer input = ByteBuffer.allocate(model.inputBytes());
        for (TensorSpec tensor : model.inputs()) {
            int bytes = tensor.bytes() / tensor.shape().elements();
            for (int i = 0; i < tensor.shape().elements(); i++) {
                long element =
                        tensor.dtype() == DType.F32
                                ? Float.floatToIntBits(random.nextFloat())
                                : random.nextLong(tensor.range().lo(), tensor.range().hi() + 1);
                for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                    input.put((byte) (element >> shift));
                }
            }
        }
        return input.array();
    }
}

package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.fuzz.Case.Contents;
import dev.lockstep.acceptance.fuzz.Outcome.Kind;
import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Engine;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.precompiles.LockstepPrecompiles;
import dev.lockstep.types.Address;
import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/** Lockstep's own EVM: each engine with its caches from case to case, and the stepper without. */
final class LocalEvm implements Comparison {
    static final Address COINBASE = Address.ofNumber(0xc014);
    static final long TIMESTAMP = 1_700_000_000;
    static final long BLOCK_GAS_LIMIT = 36_000_000;
    static final Bytes32 PREV_RANDAO = Bytes32.repeat((byte) 0x77);

    /** Has an observer, so that the stepper runs. */
    private static final Tracer WATCHING =
            new Tracer() {
                @Override
                public void onStep(Tracer.Step step) {}
            };

    private final Map<Engine, TransactionExecutor> engines = new EnumMap<>(Engine.class);
    private final long blockNumber;

    /**
     * @param blockNumber 0 where there are to be no earlier blocks
     */
    LocalEvm(long blockNumber, List<Engine> engines) {
        this.blockNumber = blockNumber;
        for (Engine engine : engines) {
            this.engines.put(
                    engine, new TransactionExecutor(LockstepPrecompiles.standard(), engine));
        }
    }

    @Override
    public List<Optional<String>> differences(List<Case> cases) {
        return cases.stream().map(this::difference).toList();
    }

    /** What an engine makes of it otherwise than the stepper does. */
    @Override
    public Optional<String> difference(Case example) {
        return Comparison.orCrash(() -> differenceOfEngines(example));
    }

    private Optional<String> differenceOfEngines(Case example) {
        TransactionOutcome stepped = stepped(example, WATCHING);
        for (Map.Entry<Engine, TransactionExecutor> entry : engines.entrySet()) {
            TransactionOutcome fast = run(entry.getValue(), example, Tracer.NONE);
            if (fast.equals(stepped)) continue;
            return Optional.of(entry.getKey() + " gives " + fast + "\nthe stepper " + stepped);
        }
        return Optional.empty();
    }

    private TransactionOutcome stepped(Case example, Tracer tracer) {
        return run(new TransactionExecutor(LockstepPrecompiles.standard()), example, tracer);
    }

    private TransactionOutcome run(TransactionExecutor executor, Case example, Tracer tracer) {
        return executor.execute(
                example.view(),
                block(example.fork()),
                SignedTransaction.of(example.transaction(), Case.SENDER),
                tracer);
    }

    private BlockContext block(Fork fork) {
        return new BlockContext(
                fork,
                Generator.CHAIN_ID,
                blockNumber,
                TIMESTAMP,
                BLOCK_GAS_LIMIT,
                COINBASE,
                fork.isAtLeast(Fork.LONDON) ? Generator.BASE_FEE : UInt256.ZERO,
                UInt256.valueOf(0x20000),
                PREV_RANDAO,
                UInt256.ONE,
                BlobSchedule.PRAGUE,
                1L << 24,
                null,
                number -> Keccak.hash(Bytes.ofUnsignedLong(number)));
    }

    /** The outcome in one of the engines. */
    Outcome outcome(Case example, Engine engine) {
        TransactionExecutor executor = Objects.requireNonNull(engines.get(engine));
        if (!(run(executor, example, Tracer.NONE) instanceof Executed executed)) {
            return Outcome.REFUSED;
        }
        Kind kind =
                executed.succeeded()
                        ? Kind.SUCCEEDED
                        : executed.halt() == null ? Kind.REVERTED : Kind.HALTED;
        return new Outcome(
                kind,
                executed.gasUsed(),
                executed.output(),
                executed.logs(),
                after(example, executed.diff()));
    }

    private static SortedMap<Address, Contents> after(Case example, StateDiff diff) {
        SortedMap<Address, Contents> after = new TreeMap<>(example.state());
        diff.accounts()
                .forEach(
                        (address, change) -> {
                            Contents before = example.state().getOrDefault(address, Contents.NONE);
                            after.put(address, changed(before, change, diff));
                        });
        after.values().removeIf(Contents::isEmpty);
        return after;
    }

    private static Contents changed(Contents before, AccountChange change, StateDiff diff) {
        StateDiff.Fields fields = change.after();
        if (fields == null) return Contents.NONE;
        SortedMap<UInt256, UInt256> slots =
                new TreeMap<>(change.storageCleared() ? Map.of() : before.slots());
        slots.putAll(change.slots());
        slots.values().removeIf(UInt256::isZero);
        Bytes code =
                fields.codeHash().equals(Hash.EMPTY)
                        ? Bytes.EMPTY
                        : diff.codes().getOrDefault(fields.codeHash(), before.code());
        return new Contents(fields.nonce(), fields.balance(), code, slots);
    }

    /** All steps; empty where they and their stacks are more than so many words. */
    Optional<List<TraceStep>> steps(Case example, int wordsMax) {
        List<TraceStep> steps = new ArrayList<>();
        AtomicLong words = new AtomicLong();
        stepped(
                example,
                new Tracer() {
                    @Override
                    public void onStep(Tracer.Step step) {
                        if (words.addAndGet(1 + step.stackSize()) > wordsMax) return;
                        List<UInt256> stack = new ArrayList<>();
                        for (int i = step.stackSize() - 1; i >= 0; i--) {
                            stack.add(step.stackWord(i));
                        }
                        steps.add(new TraceStep(step.depth() + 1, step.pc(), step.gas(), stack));
                    }
                });
        return words.get() > wordsMax ? Optional.empty() : Optional.of(steps);
    }
}

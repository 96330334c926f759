package dev.lockstep.acceptance.speed;

import com.sun.management.OperatingSystemMXBean;
import dev.lockstep.evm.BlockContext;
import dev.lockstep.evm.Tracer;
import dev.lockstep.evm.TransactionExecutor;
import dev.lockstep.evm.TransactionOutcome;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.OverlayView;
import dev.lockstep.state.PreparedState;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.SignedTransaction;
import dev.lockstep.types.Transaction;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** How long each part took that a validator goes through with a block, and the block's gas. */
record TimedBlock(long gas, Laps laps) {
    static final List<String> PARTS = List.of("senders", "execution", "root", "write");

    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /**
     * When the parts of a block ended, the first being its start.
     *
     * @unit nanoseconds, on the wall and of this process' CPU
     */
    record Laps(List<Long> wall, List<Long> cpu) {
        private void end() {
            wall.add(System.nanoTime());
            cpu.add(PROCESS.getProcessCpuTime());
        }
    }

    /** Puts a block of these transactions on the head, all of which must succeed. */
    static TimedBlock run(
            TransactionExecutor executor,
            KeyValueStore store,
            WorldState world,
            List<Transaction> block) {
        long number = world.headNumber() + 1;
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
                throw new AssertionError("a transaction failed: " + outcome);
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
        return new TimedBlock(gas, laps);
    }

    /** What parts {@code from..to} took, by one of the clocks. */
    long nanos(Function<Laps, List<Long>> clock, int from, int to) {
        List<Long> ends = clock.apply(laps);
        return ends.get(to) - ends.get(from);
    }
}

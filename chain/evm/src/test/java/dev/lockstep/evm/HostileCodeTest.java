package dev.lockstep.evm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lockstep.evm.TransactionOutcome.Executed;
import dev.lockstep.types.Fork;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Code that is made to overflow a stack or to fill the memory, on every engine. */
final class HostileCodeTest {
    private static final int CODE_BYTES_MAX = 24_576;
    private static final long TRANSACTION_GAS_MAX = 1 << 24;

    /**
     * About the least that a JVM takes; a frame in Java for each of 1,024 calls would need more.
     */
    private static final long STACK_BYTES = 192 << 10;

    /** All engines together allocate this at most for one code and one transaction. */
    private static final long ALLOCATED_BYTES_MAX = 512L << 20;

    private static final int ROW_BYTES = 6;
    private static final int JUMPDEST = 0x5b;
    private static final int PUSH2 = 0x61;
    private static final int JUMP = 0x56;

    /** Each level counts itself and calls itself with nearly all of its gas. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 0 0 0 ADDRESS 6000 GAS SUB CALL",
                "0 0 0 0 0 ADDRESS 6000 GAS SUB CALLCODE",
                "0 0 0 0 ADDRESS 6000 GAS SUB DELEGATECALL"
            })
    void callsNestToTheirLimitOnASmallStack(String call) throws Exception {
        String level = "1 0 SLOAD ADD 0 SSTORE " + call;
        Scene scene = new Scene().at(Fork.HOMESTEAD);
        scene.gas = 30_000_000;
        Executed here = scene.run(level);
        assertThat(counted(here)).isEqualTo(UInt256.valueOf(1025));
        assertThat(onSmallStack(() -> scene.run(level))).isEqualTo(here);
    }

    /** A 64th of the gas stays behind at each, so that these end before 1,024. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 0 0 ADDRESS GAS STATICCALL",
                "CODESIZE 0 0 CODECOPY CODESIZE 0 0 CREATE"
            })
    void staticCallsAndCreationsNestAsFarAsGasGoesOnASmallStack(String level) throws Exception {
        Scene scene = new Scene();
        scene.gas = TRANSACTION_GAS_MAX;
        Executed here = scene.run(level);
        assertThat(onSmallStack(() -> scene.run(level))).isEqualTo(here);
        assertThat(here.succeeded()).isTrue();
    }

    enum JumpTable {
        /** Nothing but destinations. */
        DESTINATIONS,
        /** Each row jumps to the row before it. */
        BACKWARDS,
        /** Each row jumps to one far away, and all have their turn. */
        SCATTERED,
        /** Each row adds up where it jumps to. */
        COMPUTED
    }

    @ParameterizedTest
    @EnumSource(JumpTable.class)
    void jumpTablesAsLongAsCodeCanBeAreRunInBoundedMemory(JumpTable kind) throws Exception {
        Scene scene = new Scene().account(Scene.CONTRACT, 1, UInt256.ZERO, code(kind));
        scene.gas = TRANSACTION_GAS_MAX;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Executed first = scene.send();
        assertThat(first.gasUsed()).isLessThanOrEqualTo(TRANSACTION_GAS_MAX);
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(scene.send()).isEqualTo(first);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .isLessThan(ALLOCATED_BYTES_MAX);
        assertThat(onSmallStack(() -> scene.send())).isEqualTo(first);
    }

    /** Rows of six bytes from end to end, each beginning with a destination. */
    private static Bytes code(JumpTable kind) {
        int rows = CODE_BYTES_MAX / ROW_BYTES;
        MutableBytes code = MutableBytes.create(CODE_BYTES_MAX);
        for (int i = 0; i < rows; i++) row(kind, i, rows).copyTo(code, i * ROW_BYTES);
        return code;
    }

    private static Bytes row(JumpTable kind, int i, int rows) {
        return switch (kind) {
            case DESTINATIONS -> i + 1 == rows ? jump(0) : Bytes.repeat((byte) JUMPDEST, ROW_BYTES);
            case BACKWARDS -> jump((i + rows - 1) % rows);
            case SCATTERED -> jump((i + 1_733) % rows);
            case COMPUTED -> i + 1 == rows ? jump(0) : Scene.assemble("JUMPDEST PC 5 ADD JUMP");
        };
    }

    private static Bytes jump(int row) {
        int to = row * ROW_BYTES;
        return Bytes.of(JUMPDEST, PUSH2, to >> 8, to & 0xff, JUMP);
    }

    private static UInt256 counted(Executed executed) {
        return executed.diff().accounts().get(Scene.CONTRACT).slots().get(UInt256.ZERO);
    }

    /** Not for the first time: loading and linking of classes needs a stack of its own. */
    private static <T> T onSmallStack(Callable<T> work)
            throws InterruptedException, ExecutionException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(null, task, "small stack", STACK_BYTES);
        thread.start();
        thread.join();
        return task.get();
    }
}

package dev.lockstep.evm;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much may be compiled: as much as takes a tenth of the time that execution took, and something
 * to begin with. So code that is made to be compiled, and not to run much longer, cannot slow a
 * node down by more than that, however much there is of it.
 *
 * <p>Time is counted in gas, at the rate at which decoded code spends it on plain instructions: a
 * block's gas then bounds what it can make the node compile, whatever its instructions are.
 */
final class CompileBudget {
    /**
     * For each byte of a class HotSpot needs about the time in which decoded code spends this much:
     * it interprets it, then compiles it twice.
     */
    private static final long GAS_PER_CLASS_BYTE = 650;

    private static final long SHARE = 10;

    /** Less than a second's work, and the classes of a dozen contracts. */
    private static final long GAS_MAX = 400_000_000;

    private final AtomicLong gas = new AtomicLong(GAS_MAX);

    /** Of gas that was spent in any way. */
    void earn(long gasSpent) {
        if (gas.get() < GAS_MAX) gas.addAndGet(gasSpent / SHARE);
    }

    /** Whether the next may be compiled; its price may be more than there is, and is owed then. */
    boolean isOpen() {
        return gas.get() > 0;
    }

    void charge(long classBytes) {
        gas.addAndGet(-classBytes * GAS_PER_CLASS_BYTE);
    }
}

package dev.lockstep.evm;

/**
 * How much may be compiled: as much as takes a tenth of the time that execution took, and something
 * to begin with. So code that is made to be compiled, and not to run much longer, cannot slow a
 * node down by more than that, however much there is of it.
 *
 * <p>Time is counted in gas, at the rate at which decoded code spends it on plain instructions: a
 * block's gas then bounds what it can make the node compile, whatever its instructions are. Safe
 * for use by several threads.
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

    private long gas = GAS_MAX;

    /** Of gas that was spent in any way. */
    synchronized void earn(long gasSpent) {
        if (gas < GAS_MAX) gas += gasSpent / SHARE;
    }

    /** Whether the next may be compiled; its price may be more than there is, and is owed then. */
    synchronized boolean isOpen() {
        return gas > 0;
    }

    synchronized void charge(long classBytes) {
        gas -= classBytes * GAS_PER_CLASS_BYTE;
    }
}

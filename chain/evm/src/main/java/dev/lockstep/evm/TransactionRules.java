package dev.lockstep.evm;

import dev.lockstep.types.Fork;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Transaction;
import java.util.Optional;

/** The checks of a transaction that need no state: shared by the pool and the executor. */
public final class TransactionRules {
    private TransactionRules() {}

    /**
     * Why this transaction cannot run in such a block whatever the state, or empty. The block's
     * base fee, blob base fee and gas limit are looked at; its number, time and hashes are not.
     */
    public static Optional<TransactionOutcome.Refused> check(Transaction tx, BlockContext block) {
        throw new LocalFault("not here yet: " + tx + block);
    }

    /** Gas that the transaction costs before its first instruction. */
    public static long intrinsicGas(Transaction tx, Fork fork) {
        throw new LocalFault("not here yet: " + tx + fork);
    }

    /**
     * The least that a transaction with this much call data costs, 0 before Prague. @source
     * EIP-7623
     */
    public static long floorGas(Transaction tx, Fork fork) {
        throw new LocalFault("not here yet: " + tx + fork);
    }
}

package dev.lockstep.pool;

import dev.lockstep.evm.TransactionRules;
import dev.lockstep.types.SignedTransaction;
import java.math.BigInteger;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * A transaction in the pool.
 *
 * @param arrival counts up; who came first goes first
 * @param cost the most that it may take from its sender @unit wei
 */
record Pooled(SignedTransaction tx, long arrival, int sizeBytes, BigInteger cost) {
    static Pooled of(SignedTransaction tx, long arrival) {
        int sizeBytes = tx.encoded().size();
        return new Pooled(tx, arrival, sizeBytes, TransactionRules.cost(tx.transaction()));
    }

    long nonce() {
        return tx.transaction().nonce();
    }

    boolean paysFor(UInt256 baseFee) {
        return tx.transaction().maxFeePerGas().compareTo(baseFee) >= 0;
    }

    /** What the proposer gets for a unit of gas; zero where the base fee is not paid. @unit wei */
    UInt256 tip(UInt256 baseFee) {
        return paysFor(baseFee)
                ? tx.transaction().effectiveGasPrice(baseFee).subtract(baseFee)
                : UInt256.ZERO;
    }
}

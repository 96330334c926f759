package dev.lockstep.pool;

import org.apache.tuweni.units.bigints.UInt256;

/**
 * What the pool holds at most, and takes at least.
 *
 * @param sizeBytesMax of all transactions, as encoded
 * @param transactionSizeBytesMax of one
 * @param perSenderMax transactions of one sender
 * @param nonceGapMax how far a nonce may be over the account's
 * @param feeMin the least {@code maxFeePerGas} @unit wei
 */
public record PoolLimits(
        int transactionsMax,
        long sizeBytesMax,
        int transactionSizeBytesMax,
        int perSenderMax,
        long nonceGapMax,
        UInt256 feeMin) {
    public static final PoolLimits DEFAULT =
            new PoolLimits(10_000, 64L << 20, 128 << 10, 1_000, 1_000, UInt256.ZERO);
}

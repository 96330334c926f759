package dev.lockstep.ledger;

import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What a unit of gas costs at least: rises by up to an eighth when the parent was over half full,
 * falls by up to an eighth when it was under.
 *
 * @source EIP-1559
 */
public final class BaseFee {
    /** Of the first block that has a base fee. @unit wei */
    public static final UInt256 INITIAL = UInt256.valueOf(1_000_000_000L);

    private static final long ELASTICITY = 2;
    private static final long CHANGE_DENOMINATOR = 8;

    private BaseFee() {}

    /**
     * The base fee of the block after {@code parent}, or null where its fork has none. @unit wei
     */
    public static @Nullable UInt256 after(BlockHeader parent, long timestamp, ChainSpec spec) {
        Fork fork = spec.schedule().at(parent.number() + 1, timestamp).fork();
        if (!fork.isAtLeast(Fork.LONDON)) return null;
        if (spec.zeroBaseFee()) return UInt256.ZERO;
        UInt256 baseFee = parent.baseFee();
        return baseFee == null ? INITIAL : next(baseFee, parent.gasUsed(), parent.gasLimit());
    }

    /** The next base fee from its parent's numbers. @unit wei */
    static UInt256 next(UInt256 baseFee, long gasUsed, long gasLimit) {
        long target = gasLimit / ELASTICITY;
        if (gasUsed == target || target == 0) return baseFee;
        boolean rises = gasUsed > target;
        UInt256 distance = UInt256.valueOf(rises ? gasUsed - target : target - gasUsed);
        UInt256 change =
                baseFee.multiply(distance)
                        .divide(UInt256.valueOf(target))
                        .divide(UInt256.valueOf(CHANGE_DENOMINATOR));
        if (!rises) return baseFee.subtract(change);
        return baseFee.add(change.isZero() ? UInt256.ONE : change);
    }

    /**
     * The gas limit that the bounds of the next block count from: doubled where the base fee
     * begins, since from then on half of it is the target.
     *
     * @param before the parent's fork
     * @param fork the block's
     */
    static long gasLimitBefore(BlockHeader parent, Fork before, Fork fork) {
        boolean begins = fork.isAtLeast(Fork.LONDON) && !before.isAtLeast(Fork.LONDON);
        return begins ? parent.gasLimit() * ELASTICITY : parent.gasLimit();
    }
}

package dev.lockstep.types;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The constants of one network.
 *
 * @param schedule which rules hold when
 * @param headerForm how headers are hashed
 * @param zeroBaseFee whether the base fee is zero in every block, for chains without fees
 * @param transactionGasLimitMax the gas cap of one transaction from Osaka on, 0 for none (@source
 *     EIP-7825)
 * @param depositContract whose logs are deposits to the beacon chain, or null where there is none
 *     (@source EIP-6110)
 * @param payouts what a block pays, by the number of the first block for which it holds; none where
 *     a block pays nothing but its tips, to its coinbase
 * @param inference what {@code config.lockstep} says, or null on a plain EVM chain
 */
public record ChainSpec(
        UInt256 chainId,
        Schedule schedule,
        HeaderForm headerForm,
        boolean zeroBaseFee,
        long transactionGasLimitMax,
        @Nullable Address depositContract,
        SortedMap<Long, Payout> payouts,
        @Nullable InferenceSpec inference) {

    public static final long TRANSACTION_GAS_LIMIT_MAX = 1L << 24;

    public ChainSpec {
        payouts = Collections.unmodifiableSortedMap(new TreeMap<>(payouts));
    }

    /**
     * What the blocks of a QBFT chain pay.
     *
     * @param rewardWei for each block, made of nothing
     * @param beneficiary who gets it and the tips and is COINBASE to contracts, or null for the
     *     header's coinbase
     */
    public record Payout(UInt256 rewardWei, @Nullable Address beneficiary) {
        static final Payout NONE = new Payout(UInt256.ZERO, null);
    }

    /** What a block pays. */
    public Payout payout(long number) {
        var upTo = payouts.headMap(number + 1);
        return upTo.isEmpty() ? Payout.NONE : upTo.lastEntry().getValue();
    }

    /**
     * What a chain with model calls fixes at genesis.
     *
     * @param models ids that are active from block 0, ascending
     * @param gasScalePermille price of a model call against the table's, 1000 for the same
     */
    public record InferenceSpec(List<Hash> models, long gasScalePermille) {
        public InferenceSpec {
            models = List.copyOf(models);
        }
    }

    /** One rule set with its blob numbers, from a time or a block on. */
    public record Rules(Fork fork, BlobSchedule blobs) {}

    /**
     * Which rules hold at a block.
     *
     * @param byNumber rules by the number of their first block; 0 must be there
     * @param byTime rules by the timestamp of their first block, over those by number
     */
    public record Schedule(TreeMap<Long, Rules> byNumber, TreeMap<Long, Rules> byTime) {
        public Schedule {
            byNumber = unsigned(byNumber);
            byTime = unsigned(byTime);
            if (!byNumber.containsKey(0L)) {
                throw new IllegalArgumentException("no rules for block 0");
            }
        }

        private static TreeMap<Long, Rules> unsigned(TreeMap<Long, Rules> rules) {
            TreeMap<Long, Rules> sorted = new TreeMap<>(Long::compareUnsigned);
            sorted.putAll(rules);
            return sorted;
        }

        /** The same rules for ever. */
        public static Schedule always(Fork fork) {
            BlobSchedule blobs =
                    fork.isAtLeast(Fork.PRAGUE) ? BlobSchedule.PRAGUE : BlobSchedule.CANCUN;
            return new Schedule(
                    new TreeMap<>(java.util.Map.of(0L, new Rules(fork, blobs))), new TreeMap<>());
        }

        public Rules at(long number, long timestamp) {
            var timed = byTime.floorEntry(timestamp);
            return timed != null ? timed.getValue() : byNumber.floorEntry(number).getValue();
        }
    }

    public Rules rules(BlockHeader header) {
        return schedule.at(header.number(), header.timestamp());
    }

    /** A plain chain of one fork, as tests use it. */
    public static ChainSpec plain(long chainId, Fork fork) {
        return new ChainSpec(
                UInt256.valueOf(chainId),
                Schedule.always(fork),
                HeaderForm.PLAIN,
                false,
                TRANSACTION_GAS_LIMIT_MAX,
                null,
                Collections.emptySortedMap(),
                null);
    }
}

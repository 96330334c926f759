package dev.lockstep.types;

import java.util.List;
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
 * @param inference what {@code config.lockstep} says, or null on a plain EVM chain
 */
public record ChainSpec(
        UInt256 chainId,
        Schedule schedule,
        HeaderForm headerForm,
        boolean zeroBaseFee,
        long transactionGasLimitMax,
        @Nullable Address depositContract,
        @Nullable InferenceSpec inference) {

    public static final long TRANSACTION_GAS_LIMIT_MAX = 1L << 24;

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
                null);
    }
}

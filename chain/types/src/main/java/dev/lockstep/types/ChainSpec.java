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
 * @param codeBytesMax how much code a contract may have, or null for what the fork says (@source
 *     EIP-170)
 * @param systemContracts which contracts the blocks themselves call, or null for none
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
        @Nullable Integer codeBytesMax,
        @Nullable SystemContracts systemContracts,
        SortedMap<Long, Payout> payouts,
        @Nullable InferenceSpec inference) {

    public static final long TRANSACTION_GAS_LIMIT_MAX = 1L << 24;

    public ChainSpec {
        payouts = Collections.unmodifiableSortedMap(new TreeMap<>(payouts));
    }

    /**
     * The contracts that a block calls before and after its transactions, besides those that keep
     * block hashes and beacon roots, which may be absent anywhere.
     *
     * @param deposits whose logs are deposits to the beacon chain, or null where there is none
     * @param withdrawals which keeps requests to withdraw
     * @param consolidations which keeps requests to consolidate
     * @param areRequired whether a block is invalid where one that is asked for requests is absent
     * @source EIP-6110, EIP-7002, EIP-7251
     */
    public record SystemContracts(
            @Nullable Address deposits,
            Address withdrawals,
            Address consolidations,
            boolean areRequired) {
        /** As on Ethereum, at addresses that are the same everywhere. */
        public static SystemContracts of(@Nullable Address deposits) {
            return new SystemContracts(
                    deposits,
                    Address.fromHex("0x00000961Ef480Eb55e80D19ad83579A64c007002"),
                    Address.fromHex("0x0000BBdDc7CE488642fb579F8B00f3a590007251"),
                    true);
        }

        /** The same contracts, called where they are. */
        public SystemContracts whereDeployed() {
            return new SystemContracts(deposits, withdrawals, consolidations, false);
        }
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
                SystemContracts.of(null),
                Collections.emptySortedMap(),
                null);
    }
}

package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import dev.lockstep.types.ChainSpec.Payout;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code config.qbft} and {@code config.transitions.qbft} say.
 *
 * @param requestTimeoutSeconds how long round 0 may take
 * @param epochLength blocks after which pending votes are dropped
 * @param validators of block 1, ascending; empty where a contract keeps them
 * @param schedule what holds from a block on; from block 0 at least
 * @param overrides who decides on a block whatever was voted for before, ascending, by its number
 */
public record QbftConfig(
        long requestTimeoutSeconds,
        long epochLength,
        List<Address> validators,
        SortedMap<Long, Settings> schedule,
        SortedMap<Long, List<Address>> overrides) {

    /**
     * What may change from block to block.
     *
     * @param blockPeriodSeconds least time between blocks; 0 where a block may follow at once
     * @param emptyBlockPeriodSeconds least time before a block without transactions; 0 for the same
     * @param validatorContract which keeps the validators, or null where votes do
     * @param payout what a block pays besides tips, and to whom
     */
    public record Settings(
            long blockPeriodSeconds,
            long emptyBlockPeriodSeconds,
            @Nullable Address validatorContract,
            Payout payout) {}

    /** What blocks pay, by the first block for which it holds. */
    SortedMap<Long, Payout> payouts() {
        SortedMap<Long, Payout> payouts = new TreeMap<>();
        schedule.forEach((number, settings) -> payouts.put(number, settings.payout));
        return payouts;
    }

    public QbftConfig {
        validators = List.copyOf(validators);
        schedule = Collections.unmodifiableSortedMap(new TreeMap<>(schedule));
        overrides = Collections.unmodifiableSortedMap(new TreeMap<>(overrides));
    }

    /** What holds for a block. */
    public Settings at(long number) {
        return schedule.headMap(number + 1).lastEntry().getValue();
    }

    static QbftConfig read(JsonSection config, JsonSection qbft, List<Address> validators) {
        QbftTransitions transitions = QbftTransitions.read(config, qbft);
        return new QbftConfig(
                qbft.number("requesttimeoutseconds", 1, 1, QbftTransitions.SECONDS_MAX),
                qbft.number("epochlength", 30_000, 1, Long.MAX_VALUE),
                validators,
                transitions.schedule(),
                transitions.overrides());
    }
}

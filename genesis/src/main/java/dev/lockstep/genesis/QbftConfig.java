package dev.lockstep.genesis;

import dev.lockstep.types.Address;
import java.util.List;

/**
 * What {@code config.qbft} says.
 *
 * @param blockPeriodSeconds least time between blocks; 0 where a block may follow at once
 * @param emptyBlockPeriodSeconds least time before a block without transactions; 0 for the same
 * @param requestTimeoutSeconds how long round 0 may take
 * @param epochLength blocks after which pending votes are dropped
 * @param validators of block 1, ascending; empty where a contract keeps them
 */
public record QbftConfig(
        long blockPeriodSeconds,
        long emptyBlockPeriodSeconds,
        long requestTimeoutSeconds,
        long epochLength,
        List<Address> validators) {
    private static final long SECONDS_MAX = 1L << 31;

    public QbftConfig {
        validators = List.copyOf(validators);
    }

    static QbftConfig read(JsonSection qbft, List<Address> validators) {
        return new QbftConfig(
                qbft.number("blockperiodseconds", 1, 0, SECONDS_MAX),
                qbft.number("emptyblockperiodseconds", 0, 0, SECONDS_MAX),
                qbft.number("requesttimeoutseconds", 1, 1, SECONDS_MAX),
                qbft.number("epochlength", 30_000, 1, Long.MAX_VALUE),
                validators);
    }
}

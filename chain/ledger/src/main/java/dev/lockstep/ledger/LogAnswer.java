package dev.lockstep.ledger;

import java.util.List;

/** The answer to a {@link LogFilter}. */
public sealed interface LogAnswer {
    /** All of them, in order of the chain. */
    record Found(List<LocatedLog> logs) implements LogAnswer {}

    /**
     * More was asked for than is given at once.
     *
     * @param lastComplete the last block up to which the same filter has an answer, or the block
     *     before {@code from} where not even the first block fits
     * @param message says which limit was met and the range that fits
     */
    record TooMany(long lastComplete, String message) implements LogAnswer {}
}

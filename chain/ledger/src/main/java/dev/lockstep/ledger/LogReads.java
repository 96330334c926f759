package dev.lockstep.ledger;

import dev.lockstep.ledger.LogAnswer.Found;
import dev.lockstep.ledger.LogAnswer.TooMany;
import dev.lockstep.types.BlockHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Finds logs by way of the index, in windows of blocks, so that no answer costs without bound. */
final class LogReads {
    private final ChainReads chain;
    private final LogIndex index;
    private final Limits limits;

    LogReads(ChainReads chain, LogIndex index, Limits limits) {
        this.chain = chain;
        this.index = index;
        this.limits = limits;
    }

    /**
     * What one answer may cost.
     *
     * @param rangeBlocksMax blocks from first to last
     * @param readBlocksMax blocks that the index names and whose receipts are read
     * @param logsMax logs in the answer; the logs of a single block are always given
     * @param windowBlocks blocks for which the index is read at once
     */
    record Limits(long rangeBlocksMax, int readBlocksMax, int logsMax, int windowBlocks) {
        static final Limits DEFAULT = new Limits(10_000_000, 20_000, 10_000, 4_096);
    }

    LogAnswer find(LogFilter filter, long head) {
        long to = Math.min(filter.to(), head);
        long from = Math.max(0, filter.from());
        if (to - from >= limits.rangeBlocksMax) {
            return tooMany(
                    from, from + limits.rangeBlocksMax - 1, limits.rangeBlocksMax + " blocks");
        }
        List<LocatedLog> found = new ArrayList<>();
        int blocksRead = 0;
        for (long first = from; first <= to; first += limits.windowBlocks) {
            long last = Math.min(to, first + limits.windowBlocks - 1);
            SortedSet<Long> candidates = index.candidates(filter, first, last);
            for (long number : candidates) {
                if (blocksRead++ == limits.readBlocksMax) {
                    return tooMany(from, number - 1, limits.readBlocksMax + " blocks to search");
                }
                List<LocatedLog> inBlock = logsOf(number, filter);
                if (found.size() + inBlock.size() > limits.logsMax && !found.isEmpty()) {
                    return tooMany(from, number - 1, limits.logsMax + " logs");
                }
                found.addAll(inBlock);
            }
        }
        return new Found(List.copyOf(found));
    }

    private List<LocatedLog> logsOf(long number, LogFilter filter) {
        BlockHeader header = chain.header(number);
        if (header == null || !filter.mayMatch(header.bloom())) return List.of();
        List<ReceiptView> receipts = chain.receipts(number);
        if (receipts == null) return List.of();
        return receipts.stream()
                .flatMap(receipt -> receipt.logs().stream())
                .filter(located -> filter.matches(located.log()))
                .toList();
    }

    private static TooMany tooMany(long from, long lastComplete, String limit) {
        return new TooMany(
                lastComplete,
                "the answer is over the limit of "
                        + limit
                        + "; blocks "
                        + from
                        + " to "
                        + lastComplete
                        + " fit");
    }
}

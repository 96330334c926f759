package dev.lockstep.ledger;

import dev.lockstep.types.BlobSchedule;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** What gas cost lately, from what was really paid. */
final class FeeReads {
    /** Percentiles are given in hundredths of a percent. */
    static final int PERCENTILE_MAX = 10_000;

    private static final int HISTORY_BLOCKS_MAX = 1024;
    private static final int SUGGESTION_BLOCKS = 20;
    private static final int SUGGESTION_PERCENTILE = 6_000;

    private final ChainSpec spec;
    private final BlockStore blocks;

    FeeReads(ChainSpec spec, BlockStore blocks) {
        this.spec = spec;
        this.blocks = blocks;
    }

    private record Paid(UInt256 tip, long gasUsed) {}

    /** Of at most 1024 blocks up to {@code newest}. */
    FeeHistory history(int blockCount, long newest, List<Integer> percentiles) {
        long count = Math.min(Math.min(blockCount, HISTORY_BLOCKS_MAX), newest + 1);
        long oldest = newest - count + 1;
        List<UInt256> baseFees = new ArrayList<>();
        List<UInt256> blobBaseFees = new ArrayList<>();
        List<FeeHistory.Fill> fills = new ArrayList<>();
        List<List<UInt256>> rewards = new ArrayList<>();
        BlockHeader last = null;
        for (long number = oldest; number <= newest; number++) {
            BlockHeader header = blocks.header(number);
            if (header == null) break;
            BlobSchedule blobs = spec.rules(header).blobs();
            baseFees.add(header.baseFeeOrZero());
            blobBaseFees.add(blobPrice(header.excessBlobGas(), blobs));
            fills.add(fill(header, blobs));
            if (!percentiles.isEmpty()) rewards.add(rewards(header, percentiles));
            last = header;
        }
        if (last != null) {
            long timestamp = last.timestamp() + 1;
            ChainSpec.Rules rules = spec.schedule().at(last.number() + 1, timestamp);
            UInt256 next = BaseFee.after(last, timestamp, spec);
            baseFees.add(Objects.requireNonNullElse(next, UInt256.ZERO));
            boolean hasBlobs = rules.fork().isAtLeast(Fork.CANCUN);
            Long excess = hasBlobs ? BlobFee.excessAfter(last, rules) : null;
            blobBaseFees.add(blobPrice(excess, rules.blobs()));
        }
        return new FeeHistory(oldest, baseFees, blobBaseFees, fills, rewards);
    }

    private static UInt256 blobPrice(@Nullable Long excess, BlobSchedule blobs) {
        return excess == null ? UInt256.ZERO : BlobFee.price(excess, blobs);
    }

    private static FeeHistory.Fill fill(BlockHeader header, BlobSchedule blobs) {
        return new FeeHistory.Fill(
                header.gasUsed(),
                header.gasLimit(),
                Objects.requireNonNullElse(header.blobGasUsed(), 0L),
                blobs.maxPerBlock() * BlobSchedule.GAS_PER_BLOB);
    }

    /** The tips at these parts of the block's gas, its transactions ordered by tip. */
    private List<UInt256> rewards(BlockHeader header, List<Integer> percentiles) {
        List<Paid> paid = paid(header);
        List<UInt256> rewards = new ArrayList<>();
        for (int percentile : percentiles) rewards.add(tipAt(paid, header.gasUsed(), percentile));
        return rewards;
    }

    private static UInt256 tipAt(List<Paid> paid, long gasUsed, int percentile) {
        if (paid.isEmpty()) return UInt256.ZERO;
        long threshold = gasUsed / PERCENTILE_MAX * percentile;
        threshold += gasUsed % PERCENTILE_MAX * percentile / PERCENTILE_MAX;
        long sum = 0;
        for (Paid one : paid) {
            sum += one.gasUsed;
            if (sum >= threshold) return one.tip;
        }
        return paid.getLast().tip;
    }

    /** By tip, ascending. */
    private List<Paid> paid(BlockHeader header) {
        if (header.gasUsed() == 0) return List.of();
        Block block = blocks.block(header.number());
        List<BlockStore.StoredReceipt> receipts = blocks.receipts(header.number());
        if (block == null || receipts == null) return List.of();
        UInt256 baseFee = header.baseFeeOrZero();
        List<Paid> paid = new ArrayList<>();
        long before = 0;
        for (int i = 0; i < receipts.size(); i++) {
            Transaction tx = block.transactions().get(i);
            long after = receipts.get(i).receipt().cumulativeGasUsed();
            paid.add(new Paid(tx.effectiveGasPrice(baseFee).subtract(baseFee), after - before));
            before = after;
        }
        paid.sort(Comparator.comparing(Paid::tip));
        return paid;
    }

    /** A tip that lately sufficed for most; zero where nobody paid any. @unit wei */
    UInt256 suggestedTip(long newest) {
        List<UInt256> tips = new ArrayList<>();
        for (long number = newest; number > Math.max(0, newest - SUGGESTION_BLOCKS); number--) {
            BlockHeader header = blocks.header(number);
            if (header != null) paid(header).forEach(paid -> tips.add(paid.tip));
        }
        if (tips.isEmpty()) return UInt256.ZERO;
        tips.sort(Comparator.naturalOrder());
        return tips.get((tips.size() - 1) * SUGGESTION_PERCENTILE / PERCENTILE_MAX);
    }
}

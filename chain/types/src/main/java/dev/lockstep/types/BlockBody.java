package dev.lockstep.types;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block without its header, as peers hand it out.
 *
 * @param ommers none since Paris
 * @param withdrawals since Shanghai, null before
 */
public record BlockBody(
        List<Transaction> transactions,
        List<BlockHeader> ommers,
        @Nullable List<Withdrawal> withdrawals) {
    private static final int ITEMS_MAX = 1 << 20;
    private static final int OMMERS_MAX = 64;

    public BlockBody {
        transactions = List.copyOf(transactions);
        ommers = List.copyOf(ommers);
        withdrawals = withdrawals == null ? null : List.copyOf(withdrawals);
    }

    /** Writes it as a list. */
    public void write(Rlp out) {
        out.nested(this::writeItems);
    }

    void writeItems(Rlp out) {
        List<Withdrawal> items = withdrawals;
        out.nested(list -> transactions.forEach(tx -> tx.write(list)));
        out.nested(list -> ommers.forEach(ommer -> ommer.write(list)));
        if (items != null) out.nested(list -> items.forEach(w -> w.write(list)));
    }

    /**
     * @fails RlpException
     */
    public static BlockBody read(RlpReader in) {
        return in.nested(BlockBody::readItems);
    }

    static BlockBody readItems(RlpReader in) {
        return new BlockBody(
                in.each(ITEMS_MAX, Transaction::read),
                in.each(OMMERS_MAX, BlockHeader::read),
                in.hasMore() ? in.each(ITEMS_MAX, Withdrawal::read) : null);
    }
}

package dev.lockstep.types;

import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A header with what it promises.
 *
 * @param ommers none since Paris
 * @param withdrawals since Shanghai, null before
 */
public record Block(
        BlockHeader header,
        List<Transaction> transactions,
        List<BlockHeader> ommers,
        @Nullable List<Withdrawal> withdrawals) {
    private static final int ITEMS_MAX = 1 << 20;
    private static final int OMMERS_MAX = 64;

    public Block {
        transactions = List.copyOf(transactions);
        ommers = List.copyOf(ommers);
        withdrawals = withdrawals == null ? null : List.copyOf(withdrawals);
    }

    public Bytes encode() {
        List<Withdrawal> items = withdrawals;
        return Rlp.list(
                block -> {
                    header.write(block);
                    block.nested(list -> transactions.forEach(tx -> tx.write(list)));
                    block.nested(list -> ommers.forEach(ommer -> ommer.write(list)));
                    if (items != null) block.nested(list -> items.forEach(w -> w.write(list)));
                });
    }

    /**
     * @fails RlpException
     */
    public static Block decode(Bytes encoded) {
        return RlpReader.list(encoded, Block::readItems);
    }

    /** One block of several that stand one after the other. */
    public static Block read(RlpReader in) {
        return in.nested(Block::readItems);
    }

    private static Block readItems(RlpReader in) {
        return new Block(
                BlockHeader.read(in),
                in.each(ITEMS_MAX, Transaction::read),
                in.each(OMMERS_MAX, BlockHeader::read),
                in.hasMore() ? in.each(ITEMS_MAX, Withdrawal::read) : null);
    }
}

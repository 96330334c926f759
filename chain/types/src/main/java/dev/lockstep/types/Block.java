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
    public Block {
        transactions = List.copyOf(transactions);
        ommers = List.copyOf(ommers);
        withdrawals = withdrawals == null ? null : List.copyOf(withdrawals);
    }

    public Block(BlockHeader header, BlockBody body) {
        this(header, body.transactions(), body.ommers(), body.withdrawals());
    }

    public BlockBody body() {
        return new BlockBody(transactions, ommers, withdrawals);
    }

    public Bytes encode() {
        return Rlp.list(
                block -> {
                    header.write(block);
                    body().writeItems(block);
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
        return new Block(BlockHeader.read(in), BlockBody.readItems(in));
    }
}

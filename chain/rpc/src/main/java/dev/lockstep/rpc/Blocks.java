package dev.lockstep.rpc;

import dev.lockstep.ledger.Ledger;
import dev.lockstep.types.BlockHeader;
import org.jspecify.annotations.Nullable;

/**
 * Finds the blocks that requests name. Blocks of this chain are final as soon as they are there, so
 * latest, safe and finalized are the same; pending is the latest too, with the pool's nonces where
 * nonces are asked for.
 */
record Blocks(Ledger ledger) {
    /** The block's number, or null where there is none. */
    @Nullable Long find(BlockTag tag) {
        long head = ledger.head().number();
        return switch (tag) {
            case BlockTag.Named.EARLIEST -> 0L;
            case BlockTag.Named.LATEST,
                    BlockTag.Named.SAFE,
                    BlockTag.Named.FINALIZED,
                    BlockTag.Named.PENDING ->
                    head;
            case BlockTag.Numbered numbered -> numbered.number() > head ? null : numbered.number();
            case BlockTag.Hashed hashed -> ledger.number(hashed.hash());
        };
    }

    /**
     * @fails RpcException NOT_FOUND where there is no such block
     */
    long require(Param param) {
        Long number = find(param.blockTag());
        if (number == null) {
            throw new RpcException(
                    RpcError.Kind.NOT_FOUND,
                    param.name()
                            + " is "
                            + param.value()
                            + ", which is no block of this chain; its head is "
                            + Json.quantity(ledger.head().number()));
        }
        return number;
    }

    /** The header of a block that is there. */
    BlockHeader header(long number) {
        BlockHeader header = ledger.header(number);
        if (header == null) throw new IllegalStateException("block " + number + " has gone");
        return header;
    }
}

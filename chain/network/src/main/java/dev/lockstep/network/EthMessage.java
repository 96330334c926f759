package dev.lockstep.network;

import dev.lockstep.types.Block;
import dev.lockstep.types.BlockBody;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Receipt;
import dev.lockstep.types.Transaction;
import java.util.List;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * What nodes tell and ask each other about a chain.
 *
 * <p>A request has an id that its sender chose, and its answer has the same. An answer may hold
 * less than was asked for.
 *
 * @source devp2p, Ethereum Wire Protocol, eth/68 and eth/69; EIP-7642
 */
public sealed interface EthMessage {
    /** The first message of each side: which chain, and how far. */
    sealed interface Status extends EthMessage {
        UInt256 networkId();

        Hash genesis();

        ForkId forkId();

        /** The newest block that its sender has. */
        Hash headHash();
    }

    /**
     * Up to eth/68.
     *
     * @param totalDifficulty of the head and all before it
     */
    record HeadStatus(
            UInt256 networkId, UInt256 totalDifficulty, Hash headHash, Hash genesis, ForkId forkId)
            implements Status {}

    /** From eth/69 on. */
    record RangeStatus(UInt256 networkId, Hash genesis, ForkId forkId, Range range)
            implements Status {
        @Override
        public Hash headHash() {
            return range.latestHash;
        }
    }

    /** The blocks that a node has, both numbers inclusive. */
    record Range(long earliest, long latest, Hash latestHash) {}

    /** From eth/69 on. */
    record BlockRangeUpdate(Range range) implements EthMessage {}

    record NewBlockHashes(List<NumberedHash> blocks) implements EthMessage {
        public NewBlockHashes {
            blocks = List.copyOf(blocks);
        }
    }

    record NumberedHash(Hash hash, long number) {}

    /**
     * @param totalDifficulty of the block and all before it
     */
    record NewBlock(Block block, UInt256 totalDifficulty) implements EthMessage {}

    record Transactions(List<Transaction> transactions) implements EthMessage {
        public Transactions {
            transactions = List.copyOf(transactions);
        }
    }

    record NewPooledTransactionHashes(List<Announcement> transactions) implements EthMessage {
        public NewPooledTransactionHashes {
            transactions = List.copyOf(transactions);
        }
    }

    /**
     * @param sizeBytes of its encoding
     */
    record Announcement(int type, long sizeBytes, Hash hash) {}

    /** A message that asks. */
    sealed interface Request extends EthMessage {
        long requestId();
    }

    /** A message that answers. */
    sealed interface Response extends EthMessage {
        long requestId();
    }

    /**
     * Headers of a chain from a block on.
     *
     * @param fromHash or null where {@code fromNumber} says it
     * @param skip how many are left out between two
     * @param isReverse towards the genesis
     */
    record GetBlockHeaders(
            long requestId,
            @Nullable Hash fromHash,
            long fromNumber,
            long limit,
            long skip,
            boolean isReverse)
            implements Request {}

    record BlockHeaders(long requestId, List<BlockHeader> headers) implements Response {
        public BlockHeaders {
            headers = List.copyOf(headers);
        }
    }

    record GetBlockBodies(long requestId, List<Hash> hashes) implements Request {
        public GetBlockBodies {
            hashes = List.copyOf(hashes);
        }
    }

    record BlockBodies(long requestId, List<BlockBody> bodies) implements Response {
        public BlockBodies {
            bodies = List.copyOf(bodies);
        }
    }

    record GetPooledTransactions(long requestId, List<Hash> hashes) implements Request {
        public GetPooledTransactions {
            hashes = List.copyOf(hashes);
        }
    }

    record PooledTransactions(long requestId, List<Transaction> transactions) implements Response {
        public PooledTransactions {
            transactions = List.copyOf(transactions);
        }
    }

    record GetReceipts(long requestId, List<Hash> hashes) implements Request {
        public GetReceipts {
            hashes = List.copyOf(hashes);
        }
    }

    /** The receipts of blocks. */
    record Receipts(long requestId, List<List<Receipt>> blocks) implements Response {
        public Receipts {
            blocks = blocks.stream().map(List::copyOf).toList();
        }
    }
}

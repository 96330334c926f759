package dev.lockstep.node;

import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Address;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.QbftExtraData;
import java.time.Clock;
import java.util.List;
import org.apache.tuweni.bytes.Bytes32;

/**
 * Builds, seals and commits the next block of a chain whose one validator is this node. Called on
 * the chain thread alone.
 */
final class Sealer {
    private final Ledger ledger;
    private final TxPool pool;
    private final KeyPair key;
    private final Clock clock;
    private final long blockPeriodSeconds;

    Sealer(Ledger ledger, TxPool pool, KeyPair key, long blockPeriodSeconds, Clock clock) {
        this.ledger = ledger;
        this.pool = pool;
        this.key = key;
        // Every block is later than its parent, so where blocks come faster than seconds their time
        // runs ahead.
        this.blockPeriodSeconds = Math.max(1, blockPeriodSeconds);
        this.clock = clock;
    }

    /**
     * Commits one block with what the pool has; false where it would be empty and is not wanted so.
     */
    boolean seal(boolean emptyAllowed) {
        BlockHeader parent = ledger.head();
        List<Address> validators = QbftExtraData.decode(parent.extraData()).validators();
        long timestamp =
                Math.max(parent.timestamp() + blockPeriodSeconds, clock.instant().getEpochSecond());
        QbftExtraData extraData = new QbftExtraData(Bytes32.ZERO, validators, null, 0, List.of());
        BuildRequest request =
                BuildRequest.qbft(timestamp, key.address(), parent.gasLimit(), extraData);
        PreparedBlock prepared =
                ledger.build(request, pool.best(ledger.pendingContext(timestamp).baseFee()));
        if (prepared.block().transactions().isEmpty() && !emptyAllowed) return false;
        ledger.commit(prepared, sealed(prepared.block(), key));
        return true;
    }

    /** The block with this key's commit seal. */
    static Block sealed(Block block, KeyPair key) {
        BlockHeader header =
                CommitSeals.attach(block.header(), List.of(CommitSeals.sign(block.header(), key)));
        return new Block(header, block.transactions(), block.ommers(), block.withdrawals());
    }
}

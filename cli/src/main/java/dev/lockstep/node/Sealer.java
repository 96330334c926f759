package dev.lockstep.node;

import dev.lockstep.consensus.core.CommitSeals;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.ledger.BuildRequest;
import dev.lockstep.ledger.Ledger;
import dev.lockstep.ledger.PreparedBlock;
import dev.lockstep.pool.TxPool;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.LocalFault;
import java.time.Clock;
import java.util.List;
import java.util.Objects;

/**
 * Builds, seals and commits the next block of a chain whose one validator is this node. Called on
 * the chain thread alone.
 */
final class Sealer {
    private final Ledger ledger;
    private final TxPool pool;
    private final KeyPair key;
    private final Validators validators;
    private final Clock clock;

    Sealer(Chain chain, TxPool pool, KeyPair key, Clock clock) {
        this.ledger = chain.ledger();
        this.validators = Objects.requireNonNull(chain.validators());
        this.pool = pool;
        this.key = key;
        this.clock = clock;
    }

    /**
     * Commits one block with what the pool has; false where it would be empty and is not wanted so.
     */
    boolean seal(boolean emptyAllowed) {
        BlockHeader parent = ledger.head();
        BuildRequest request =
                switch (validators.after(parent)) {
                    case Validators.Known(var rules) ->
                            validators.draft(rules, parent, 0, key.address(), clock);
                    case Validators.Unknown(var reason) ->
                            throw new LocalFault("nobody can make a block: " + reason);
                };
        PreparedBlock prepared =
                ledger.build(
                        request, pool.best(ledger.pendingContext(request.timestamp()).baseFee()));
        if (prepared.block().transactions().isEmpty() && !emptyAllowed) return false;
        ledger.commit(prepared, sealed(prepared.block(), key));
        BlockLog.produced(prepared);
        return true;
    }

    /** The block with this key's commit seal. */
    static Block sealed(Block block, KeyPair key) {
        BlockHeader header =
                CommitSeals.attach(block.header(), List.of(CommitSeals.sign(block.header(), key)));
        return new Block(header, block.transactions(), block.ommers(), block.withdrawals());
    }
}

package dev.lockstep.ledger;

import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.types.Block;
import dev.lockstep.types.BlockHeader;
import dev.lockstep.types.ChainSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.HeaderForm;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Block 0 as data.
 *
 * @param header with the state root that {@code alloc} gives
 * @param alloc the accounts that the chain begins with
 */
public record Genesis(ChainSpec spec, BlockHeader header, StateDiff alloc) {
    public Genesis {
        if (header.number() != 0) {
            throw new IllegalArgumentException(
                    "a genesis block has number 0, not " + header.number());
        }
        if (spec.inference() != null && spec.headerForm() != HeaderForm.QBFT) {
            throw new IllegalArgumentException(
                    "the inference root stands in QBFT extra data: a chain with model calls needs QBFT headers");
        }
    }

    /** With the state root of {@code alloc} put into the header. */
    public static Genesis of(ChainSpec spec, BlockHeader.Builder header, StateDiff alloc) {
        header.stateRoot = new WorldState(new MemoryStore()).prepare(alloc).root();
        return new Genesis(spec, header.build(), alloc);
    }

    public Hash hash() {
        return spec.headerForm().hash(header);
    }

    void requireStateRoot(Hash stateRoot) {
        if (stateRoot.equals(header.stateRoot())) return;
        throw new LocalFault(
                "the genesis header has the state root "
                        + header.stateRoot()
                        + ", its accounts give "
                        + stateRoot);
    }

    void requireHash(@Nullable Hash stored) {
        if (hash().equals(stored)) return;
        throw new LocalFault(
                "the database holds the chain of genesis "
                        + stored
                        + ", the genesis file gives "
                        + hash()
                        + ": take another data folder or the right file");
    }

    Block block() {
        return new Block(
                header, List.of(), List.of(), header.withdrawalsRoot() == null ? null : List.of());
    }
}

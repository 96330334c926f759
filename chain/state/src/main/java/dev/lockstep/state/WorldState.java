package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * The world state: read at any block, changed by one diff a block. It holds nothing itself but
 * copies: what the store says is what counts, so a batch that was staged and never written leaves
 * no trace.
 *
 * <p>{@link #prepare}, {@link #stage} and {@link #stageRewind} belong to the one chain thread;
 * {@link #read} and {@link #prove} may be called from any.
 */
public final class WorldState {
    private final KeyValueStore store;
    private final BranchCache branches = new BranchCache();

    public WorldState(KeyValueStore store) {
        this.store = store;
    }

    /**
     * The state after block {@code number}, one and the same while {@code use} runs.
     *
     * @fails IllegalArgumentException where the state has not come to that block
     */
    public <T> T read(long number, Function<StateView, T> use) {
        try (KeyValueStore.Snapshot snapshot = store.snapshot()) {
            StateHead head = StateHead.of(snapshot);
            head.require(number);
            return use.apply(
                    number == head.number()
                            ? new FlatView(snapshot)
                            : new PastView(snapshot, number));
        }
    }

    /**
     * The state at the head: it moves with what is written. For the chain thread, and for one value
     * at a time for any.
     */
    public StateView head() {
        return new FlatView(store);
    }

    /** {@link Hash#EMPTY_TRIE} before block 0. */
    public Hash headRoot() {
        return StateHead.of(store).root();
    }

    /** The block whose state the head is, -1 before block 0. */
    public long headNumber() {
        return StateHead.of(store).number();
    }

    /** What {@code diff} makes of the head state; nothing is written. */
    public PreparedState prepare(StateDiff diff) {
        return Preparation.of(store, branches, headRoot(), diff);
    }

    /**
     * Adds the writes of {@code prepared}, as block {@code number}, to the batch. Block 0 leaves no
     * history: there is nothing before it to read.
     *
     * @fails IllegalStateException where the head has moved since it was prepared, or is not the
     *     block before
     */
    public void stage(PreparedState prepared, long number, WriteBatch batch) {
        StateHead head = StateHead.of(store);
        if (!prepared.parentRoot().equals(head.root())) {
            throw new IllegalStateException(
                    "prepared on " + prepared.parentRoot() + ", the head is at " + head.root());
        }
        if (number != head.number() + 1) {
            throw new IllegalStateException(
                    "block " + number + " does not follow the head, " + head.number());
        }
        batch.addAll(prepared.head());
        if (number > 0) {
            for (PreparedState.Replaced replaced : prepared.replaced()) {
                batch.put(replaced.history(), Keys.at(replaced.key(), number), replaced.before());
            }
            Bytes changes = ChangedKeys.of(prepared).encode();
            batch.put(Column.CHANGES, Bytes.ofUnsignedLong(number), changes);
        }
        new StateHead(number, prepared.root()).stage(batch);
    }

    /**
     * Adds what makes the state after block {@code toNumber} the head again, and forgets the blocks
     * above it. Time and memory go with what these blocks changed, not with the state.
     *
     * @fails IllegalArgumentException where the state has not come to that block
     */
    public void stageRewind(long toNumber, WriteBatch batch) {
        StateHead head = StateHead.of(store);
        head.require(toNumber);
        if (toNumber < head.number()) Rewind.stage(store, branches, head, toNumber, batch);
    }

    /** An account's proof at the head with those of some of its slots. @source EIP-1186 */
    public StateProof prove(Address address, List<UInt256> slots) {
        try (KeyValueStore.Snapshot snapshot = store.snapshot()) {
            StateHead head = StateHead.of(snapshot);
            FlatView view = new FlatView(snapshot);
            Account found = view.account(address);
            Account account = found == null ? Account.EMPTY : found;
            Hash addressHash = Keccak.hash(address.bytes());
            MerkleTrie accounts = new MerkleTrie(head.root(), Preparation.accountNodes(snapshot));
            MerkleTrie storage =
                    new MerkleTrie(
                            account.storageRoot(), Preparation.slotNodes(snapshot, addressHash));
            List<StateProof.Slot> proofs = new ArrayList<>();
            for (UInt256 slot : slots) {
                proofs.add(
                        new StateProof.Slot(
                                slot,
                                view.storage(address, slot),
                                storage.prove(Keccak.hash(slot).bytes())));
            }
            return new StateProof(
                    head.number(),
                    head.root(),
                    address,
                    account,
                    accounts.prove(addressHash.bytes()),
                    proofs);
        }
    }
}

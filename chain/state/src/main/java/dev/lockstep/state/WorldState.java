package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The world state: read at any block, changed by one diff a block.
 *
 * <p>{@link #prepare} and {@link #stage} belong to the one chain thread; {@link #read} may be
 * called from any.
 */
public final class WorldState {
    private static final Bytes HEAD_KEY = Bytes.wrap("state".getBytes(StandardCharsets.US_ASCII));

    private final KeyValueStore store;

    public WorldState(KeyValueStore store) {
        this.store = store;
    }

    /** Where the state stands: the last staged block and its root. */
    private record Head(long number, Hash root) {}

    private static @Nullable Head head(Reads reads) {
        Bytes stored = reads.get(Column.META, HEAD_KEY);
        if (stored == null) return null;
        if (stored.size() != 40)
            throw new LocalFault("the database's state head is damaged: " + stored);
        return new Head(stored.getLong(0), Hash.of(stored.slice(8)));
    }

    /**
     * The state after block {@code number}, one and the same while {@code use} runs.
     *
     * @fails IllegalArgumentException where the state has not come to that block
     */
    public <T> T read(long number, Function<StateView, T> use) {
        try (KeyValueStore.Snapshot snapshot = store.snapshot()) {
            Head head = head(snapshot);
            if (head == null || number < 0 || number > head.number) {
                throw new IllegalArgumentException("there is no state of block " + number);
            }
            return use.apply(
                    number == head.number
                            ? new FlatView(snapshot)
                            : new PastView(snapshot, number));
        }
    }

    /** The state at the head, for the chain thread: it moves with what is written. */
    public StateView head() {
        return new FlatView(store);
    }

    public Hash headRoot() {
        Head head = head(store);
        return head == null ? Hash.EMPTY_TRIE : head.root;
    }

    /** What {@code diff} makes of the head state; nothing is written. */
    public PreparedState prepare(StateDiff diff) {
        Preparation preparation = new Preparation();
        diff.accounts().forEach(preparation::change);
        diff.codes()
                .forEach((hash, code) -> preparation.batch.put(Column.CODES, hash.bytes(), code));
        return preparation.finish();
    }

    /**
     * Adds the writes of {@code prepared}, as block {@code number}, to the batch.
     *
     * @fails IllegalStateException where the head has moved since it was prepared
     */
    public void stage(PreparedState prepared, long number, WriteBatch batch) {
        if (!prepared.parentRoot().equals(headRoot())) {
            throw new IllegalStateException(
                    "prepared on " + prepared.parentRoot() + ", the head is at " + headRoot());
        }
        batch.addAll(prepared.head());
        for (PreparedState.Replaced replaced : prepared.replaced()) {
            batch.put(replaced.history(), Keys.at(replaced.key(), number), replaced.before());
        }
        batch.put(
                Column.META,
                HEAD_KEY,
                Bytes.concatenate(Bytes.ofUnsignedLong(number), prepared.root().bytes()));
    }

    /** An account's proof at the head with those of some of its slots. @source EIP-1186 */
    public StateProof prove(Address address, List<UInt256> slots) {
        try (KeyValueStore.Snapshot snapshot = store.snapshot()) {
            FlatView view = new FlatView(snapshot);
            Account account = view.account(address);
            MerkleTrie accounts = new MerkleTrie(path -> snapshot.get(Column.ACCOUNT_NODES, path));
            MerkleTrie storage = storageTrie(snapshot, address);
            List<StateProof.Slot> proofs = new ArrayList<>();
            for (UInt256 slot : slots) {
                proofs.add(
                        new StateProof.Slot(
                                slot,
                                view.storage(address, slot),
                                storage.prove(Keccak.hash(slot.toBytes()).bytes())));
            }
            return new StateProof(
                    address,
                    account == null ? Account.EMPTY : account,
                    accounts.prove(Keccak.hash(address.bytes()).bytes()),
                    proofs);
        }
    }

    private static MerkleTrie storageTrie(Reads reads, Address address) {
        Bytes prefix = Keccak.hash(address.bytes()).bytes();
        return new MerkleTrie(
                path -> reads.get(Column.SLOT_NODES, Bytes.concatenate(prefix, path)));
    }

    /** One diff on its way into writes. */
    private final class Preparation {
        final WriteBatch batch = new WriteBatch();
        final List<PreparedState.Replaced> replaced = new ArrayList<>();
        final Hash parentRoot = headRoot();
        final MerkleTrie accounts = new MerkleTrie(path -> store.get(Column.ACCOUNT_NODES, path));

        void change(Address address, StateDiff.AccountChange change) {
            Bytes stored = store.get(Column.ACCOUNTS, address.bytes());
            Account before = StateCodec.decodeAccount(stored);
            Hash storageRoot = before == null ? Hash.EMPTY_TRIE : before.storageRoot();
            boolean clears =
                    (change.storageCleared() || change.after() == null)
                            && !storageRoot.equals(Hash.EMPTY_TRIE);
            if (clears || !change.slots().isEmpty()) {
                storageRoot = changeStorage(address, change, clears, storageRoot);
            }
            StateDiff.Fields after = change.after();
            Bytes encoded =
                    after == null
                            ? Bytes.EMPTY
                            : StateCodec.encode(
                                    new Account(
                                            after.nonce(),
                                            after.balance(),
                                            after.codeHash(),
                                            storageRoot));
            Bytes beforeBytes = Objects.requireNonNullElse(stored, Bytes.EMPTY);
            if (encoded.equals(beforeBytes)) return;
            put(Column.ACCOUNTS, Column.ACCOUNT_HISTORY, address.bytes(), encoded, beforeBytes);
            accounts.put(Keccak.hash(address.bytes()).bytes(), encoded);
        }

        private Hash changeStorage(
                Address address, StateDiff.AccountChange change, boolean clears, Hash storageRoot) {
            TreeMap<Bytes, Bytes> before = new TreeMap<>(Keys.ORDER);
            if (clears) {
                store.scanPrefix(
                        Column.SLOTS,
                        address.bytes(),
                        (key, value) -> {
                            before.put(key, value);
                            return true;
                        });
            }
            SortedMap<UInt256, UInt256> slots =
                    change.after() == null ? new TreeMap<>() : change.slots();
            TreeMap<Bytes, Bytes> after = new TreeMap<>(Keys.ORDER);
            before.keySet().forEach(key -> after.put(key, Bytes.EMPTY));
            slots.forEach(
                    (slot, value) -> {
                        Bytes key = Keys.slot(address, slot);
                        after.put(key, value.toMinimalBytes());
                        if (!clears)
                            before.put(
                                    key,
                                    Objects.requireNonNullElse(
                                            store.get(Column.SLOTS, key), Bytes.EMPTY));
                    });
            return writeStorage(address, clears, storageRoot, before, after);
        }

        private Hash writeStorage(
                Address address,
                boolean clears,
                Hash storageRoot,
                Map<Bytes, Bytes> before,
                SortedMap<Bytes, Bytes> after) {
            Bytes prefix = Keccak.hash(address.bytes()).bytes();
            MerkleTrie trie = clears ? new MerkleTrie() : storageTrie(store, address);
            boolean changed = clears;
            for (Map.Entry<Bytes, Bytes> entry : after.entrySet()) {
                Bytes key = entry.getKey();
                Bytes value = entry.getValue();
                Bytes old = before.getOrDefault(key, Bytes.EMPTY);
                if (!value.equals(old)) {
                    put(Column.SLOTS, Column.SLOT_HISTORY, key, value, old);
                    changed = true;
                }
                boolean isInTrie = clears ? value.isEmpty() : value.equals(old);
                if (isInTrie) continue;
                Bytes hashed = Keccak.hash(key.slice(Address.SIZE_BYTES)).bytes();
                trie.put(hashed, value.isEmpty() ? value : Rlp.string(value));
            }
            if (!changed) return storageRoot;
            if (clears) {
                store.scanPrefix(
                        Column.SLOT_NODES,
                        prefix,
                        (key, _) -> {
                            batch.delete(Column.SLOT_NODES, key);
                            return true;
                        });
            }
            MerkleTrie.Changes changes = trie.changes();
            changes.nodes()
                    .forEach(
                            (path, node) ->
                                    putNode(
                                            Column.SLOT_NODES,
                                            Bytes.concatenate(prefix, path),
                                            node));
            return changes.root();
        }

        private void put(Column flat, Column history, Bytes key, Bytes value, Bytes before) {
            replaced.add(new PreparedState.Replaced(history, key, before));
            if (value.isEmpty()) batch.delete(flat, key);
            else batch.put(flat, key, value);
        }

        private void putNode(Column column, Bytes path, Bytes node) {
            if (node.isEmpty()) batch.delete(column, path);
            else batch.put(column, path, node);
        }

        PreparedState finish() {
            MerkleTrie.Changes changes = accounts.changes();
            changes.nodes().forEach((path, node) -> putNode(Column.ACCOUNT_NODES, path, node));
            return new PreparedState(parentRoot, changes.root(), batch, List.copyOf(replaced));
        }
    }
}

package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.PreparedState.Replaced;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Works out what one diff does to the rows of the head. Rows that stay alike are left out. */
final class Preparation {
    private final Reads reads;
    private final MerkleTrie accountTrie;
    private final WriteBatch batch = new WriteBatch();
    private final List<Replaced> replaced = new ArrayList<>();

    private Preparation(Reads reads, Hash parentRoot) {
        this.reads = reads;
        this.accountTrie = new MerkleTrie(parentRoot, accountNodes(reads));
    }

    static PreparedState of(Reads reads, Hash parentRoot, StateDiff diff) {
        Preparation preparation = new Preparation(reads, parentRoot);
        diff.codes()
                .forEach((hash, code) -> preparation.batch.put(Column.CODES, hash.bytes(), code));
        diff.accounts().forEach(preparation::change);
        MerkleTrie.Changes changes = preparation.accountTrie.changes();
        changes.nodes().forEach((path, node) -> preparation.row(Column.ACCOUNT_NODES, path, node));
        return new PreparedState(
                parentRoot, changes.root(), preparation.batch, List.copyOf(preparation.replaced));
    }

    static Function<Bytes, @Nullable Bytes> accountNodes(Reads reads) {
        return path -> reads.get(Column.ACCOUNT_NODES, path);
    }

    static Function<Bytes, @Nullable Bytes> slotNodes(Reads reads, Hash addressHash) {
        return path -> reads.get(Column.SLOT_NODES, slotNode(addressHash, path));
    }

    private static Bytes slotNode(Hash addressHash, Bytes path) {
        return Bytes.concatenate(addressHash.bytes(), path);
    }

    private void change(Address address, StateDiff.AccountChange change) {
        Bytes key = address.bytes();
        Hash addressHash = Keccak.hash(key);
        Bytes before = stored(Column.ACCOUNTS, key);
        Account old = StateCodec.decodeAccount(before);
        Hash storageRoot = old == null ? Hash.EMPTY_TRIE : old.storageRoot();
        StateDiff.Fields fields = change.after();
        SortedMap<UInt256, UInt256> slots = fields == null ? new TreeMap<>() : change.slots();
        boolean clears =
                (fields == null || change.storageCleared()) && !storageRoot.equals(Hash.EMPTY_TRIE);
        if (clears) {
            storageRoot = replaceStorage(address, addressHash, slots);
        } else if (!slots.isEmpty()) {
            storageRoot = changeStorage(address, addressHash, storageRoot, slots);
        }
        Bytes after =
                fields == null
                        ? Bytes.EMPTY
                        : StateCodec.encode(
                                new Account(
                                        fields.nonce(),
                                        fields.balance(),
                                        fields.codeHash(),
                                        storageRoot));
        if (after.equals(before)) return;
        replaced.add(new Replaced(Column.ACCOUNT_HISTORY, key, before));
        row(Column.ACCOUNTS, key, after);
        accountTrie.put(addressHash.bytes(), after);
    }

    /** Puts {@code slots} on top of what is there. */
    private Hash changeStorage(
            Address address, Hash addressHash, Hash root, SortedMap<UInt256, UInt256> slots) {
        MerkleTrie trie = new MerkleTrie(root, slotNodes(reads, addressHash));
        slots.forEach(
                (slot, value) -> {
                    Bytes key = Keys.slot(address, slot);
                    Bytes before = stored(Column.SLOTS, key);
                    Bytes after = value.toMinimalBytes();
                    if (after.equals(before)) return;
                    slot(key, before, after);
                    put(trie, slot, after);
                });
        return writeStorage(addressHash, trie);
    }

    /** Puts {@code slots} in the place of all that is there. */
    private Hash replaceStorage(
            Address address, Hash addressHash, SortedMap<UInt256, UInt256> slots) {
        MerkleTrie trie = new MerkleTrie();
        reads.scanPrefix(
                Column.SLOTS,
                address.bytes(),
                (key, before) -> {
                    UInt256 value = slots.getOrDefault(Keys.slotOf(key), UInt256.ZERO);
                    Bytes after = value.toMinimalBytes();
                    if (!after.equals(before)) slot(key, before, after);
                    return true;
                });
        slots.forEach(
                (slot, value) -> {
                    Bytes key = Keys.slot(address, slot);
                    Bytes after = value.toMinimalBytes();
                    if (after.isEmpty()) return;
                    if (stored(Column.SLOTS, key).isEmpty()) slot(key, Bytes.EMPTY, after);
                    put(trie, slot, after);
                });
        reads.scanPrefix(
                Column.SLOT_NODES,
                addressHash.bytes(),
                (key, _) -> {
                    batch.delete(Column.SLOT_NODES, key);
                    return true;
                });
        return writeStorage(addressHash, trie);
    }

    private static void put(MerkleTrie trie, UInt256 slot, Bytes value) {
        trie.put(Keccak.hash(slot).bytes(), value.isEmpty() ? value : Rlp.string(value));
    }

    private Hash writeStorage(Hash addressHash, MerkleTrie trie) {
        MerkleTrie.Changes changes = trie.changes();
        changes.nodes()
                .forEach((path, node) -> row(Column.SLOT_NODES, slotNode(addressHash, path), node));
        return changes.root();
    }

    private void slot(Bytes key, Bytes before, Bytes after) {
        replaced.add(new Replaced(Column.SLOT_HISTORY, key, before));
        row(Column.SLOTS, key, after);
    }

    private void row(Column column, Bytes key, Bytes value) {
        if (value.isEmpty()) batch.delete(column, key);
        else batch.put(column, key, value);
    }

    private Bytes stored(Column column, Bytes key) {
        Bytes value = reads.get(column, key);
        return value == null ? Bytes.EMPTY : value;
    }
}

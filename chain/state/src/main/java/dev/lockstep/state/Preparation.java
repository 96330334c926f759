package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.PreparedState.Replaced;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Works out what one diff does to the rows of the head. Rows that stay alike are left out. */
final class Preparation {
    /** With fewer rows to read than these, threads cost more than they give. */
    private static final int PARALLEL_MIN = 64;

    private final Reads reads;
    private final BranchCache branches;

    private Preparation(Reads reads, BranchCache branches) {
        this.reads = reads;
        this.branches = branches;
    }

    static PreparedState of(Reads reads, BranchCache branches, Hash parentRoot, StateDiff diff) {
        return new Preparation(reads, branches).prepare(parentRoot, diff);
    }

    /** Accounts, where they are many, are worked out by threads and put together in their order. */
    private PreparedState prepare(Hash parentRoot, StateDiff diff) {
        List<OneAccount> changed =
                stream(diff.accounts().entrySet())
                        .map(change -> new OneAccount(change.getKey()).apply(change.getValue()))
                        .toList();
        WriteBatch batch = new WriteBatch();
        diff.codes().forEach((hash, code) -> batch.put(Column.CODES, hash.bytes(), code));
        List<Replaced> replaced = new ArrayList<>();
        SortedMap<Bytes, Bytes> leaves = new TreeMap<>(Keys.ORDER);
        for (OneAccount account : changed) {
            batch.addAll(account.batch);
            replaced.addAll(account.replaced);
            if (account.after != null) leaves.put(account.addressHash.bytes(), account.after);
        }
        MerkleTrie trie = new MerkleTrie(parentRoot, accountNodes(reads), branches);
        trie.putAll(leaves);
        MerkleTrie.Changes changes = trie.changes();
        changes.nodes().forEach((path, node) -> row(batch, Column.ACCOUNT_NODES, path, node));
        return new PreparedState(parentRoot, changes.root(), batch, List.copyOf(replaced));
    }

    private static <T> Stream<T> stream(Collection<T> rows) {
        return rows.size() < PARALLEL_MIN ? rows.stream() : rows.parallelStream();
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

    private static void row(WriteBatch batch, Column column, Bytes key, Bytes value) {
        if (value.isEmpty()) batch.delete(column, key);
        else batch.put(column, key, value);
    }

    private Bytes stored(Column column, Bytes key) {
        Bytes value = reads.get(column, key);
        return value == null ? Bytes.EMPTY : value;
    }

    /** What becomes of one account and its storage. */
    private final class OneAccount {
        private final Address address;
        private final Hash addressHash;
        private final WriteBatch batch = new WriteBatch();
        private final List<Replaced> replaced = new ArrayList<>();

        /** As it is stored, empty where it is gone; null where nothing changed. */
        private @Nullable Bytes after;

        OneAccount(Address address) {
            this.address = address;
            this.addressHash = Keccak.hash(address.bytes());
        }

        OneAccount apply(StateDiff.AccountChange change) {
            Bytes key = address.bytes();
            Bytes before = stored(Column.ACCOUNTS, key);
            Account old = StateCodec.decodeAccount(before);
            Hash storageRoot = old == null ? Hash.EMPTY_TRIE : old.storageRoot();
            StateDiff.Fields fields = change.after();
            SortedMap<UInt256, UInt256> slots = fields == null ? new TreeMap<>() : change.slots();
            boolean clears =
                    (fields == null || change.storageCleared())
                            && !storageRoot.equals(Hash.EMPTY_TRIE);
            if (clears) {
                storageRoot = replaceStorage(slots);
            } else if (!slots.isEmpty()) {
                storageRoot = changeStorage(storageRoot, slots);
            }
            Bytes now =
                    fields == null
                            ? Bytes.EMPTY
                            : StateCodec.encode(
                                    new Account(
                                            fields.nonce(),
                                            fields.balance(),
                                            fields.codeHash(),
                                            storageRoot));
            if (now.equals(before)) return this;
            replaced.add(new Replaced(Column.ACCOUNT_HISTORY, key, before));
            row(batch, Column.ACCOUNTS, key, now);
            after = now;
            return this;
        }

        /**
         * @param path in the trie
         */
        private record Slot(Bytes key, Bytes path, Bytes before, Bytes after) {}

        /** Puts {@code slots} on top of what is there. */
        private Hash changeStorage(Hash root, SortedMap<UInt256, UInt256> slots) {
            List<Slot> changed =
                    stream(slots.entrySet())
                            .map(slot -> slot(slot.getKey(), slot.getValue()))
                            .filter(slot -> !slot.after.equals(slot.before))
                            .toList();
            SortedMap<Bytes, Bytes> leaves = new TreeMap<>(Keys.ORDER);
            for (Slot slot : changed) {
                write(slot.key, slot.before, slot.after);
                leaves.put(slot.path, leaf(slot.after));
            }
            MerkleTrie trie = new MerkleTrie(root, slotNodes(reads, addressHash), branches);
            trie.putAll(leaves);
            return writeStorage(trie);
        }

        private Slot slot(UInt256 slot, UInt256 value) {
            Bytes key = Keys.slot(address, slot);
            return new Slot(
                    key,
                    Keccak.hash(slot).bytes(),
                    stored(Column.SLOTS, key),
                    value.toMinimalBytes());
        }

        /** Puts {@code slots} in the place of all that is there. */
        private Hash replaceStorage(SortedMap<UInt256, UInt256> slots) {
            MerkleTrie trie = new MerkleTrie();
            reads.scanPrefix(
                    Column.SLOTS,
                    address.bytes(),
                    (key, before) -> {
                        UInt256 value = slots.getOrDefault(Keys.slotOf(key), UInt256.ZERO);
                        Bytes after = value.toMinimalBytes();
                        if (!after.equals(before)) write(key, before, after);
                        return true;
                    });
            slots.forEach(
                    (slot, value) -> {
                        Bytes key = Keys.slot(address, slot);
                        Bytes after = value.toMinimalBytes();
                        if (after.isEmpty()) return;
                        if (stored(Column.SLOTS, key).isEmpty()) write(key, Bytes.EMPTY, after);
                        trie.put(Keccak.hash(slot).bytes(), leaf(after));
                    });
            reads.scanPrefix(
                    Column.SLOT_NODES,
                    addressHash.bytes(),
                    (key, _) -> {
                        batch.delete(Column.SLOT_NODES, key);
                        return true;
                    });
            return writeStorage(trie);
        }

        private static Bytes leaf(Bytes value) {
            return value.isEmpty() ? value : Rlp.string(value);
        }

        private Hash writeStorage(MerkleTrie trie) {
            MerkleTrie.Changes changes = trie.changes();
            changes.nodes()
                    .forEach(
                            (path, node) ->
                                    row(
                                            batch,
                                            Column.SLOT_NODES,
                                            slotNode(addressHash, path),
                                            node));
            return changes.root();
        }

        private void write(Bytes key, Bytes before, Bytes after) {
            replaced.add(new Replaced(Column.SLOT_HISTORY, key, before));
            row(batch, Column.SLOTS, key, after);
        }
    }
}

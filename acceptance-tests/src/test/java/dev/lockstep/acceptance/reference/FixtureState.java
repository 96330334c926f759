package dev.lockstep.acceptance.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/** A whole state in maps, as fixtures list it. */
final class FixtureState implements StateView {
    /** An account less its storage root, which is computed at the end. */
    record Entry(long nonce, UInt256 balance, Hash codeHash, TreeMap<UInt256, UInt256> slots) {}

    private final TreeMap<Address, Entry> accounts = new TreeMap<>();
    private final TreeMap<Hash, Bytes> codes = new TreeMap<>();

    static FixtureState read(JsonNode accounts) {
        FixtureState state = new FixtureState();
        for (Map.Entry<String, JsonNode> item : accounts.properties()) {
            JsonNode account = item.getValue();
            Bytes code = Fields.bytes(account.get("code"));
            Hash codeHash = Keccak.hash(code);
            state.codes.put(codeHash, code);
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (Map.Entry<String, JsonNode> slot : account.get("storage").properties()) {
                UInt256 value = Fields.word(slot.getValue().asString());
                if (!value.isZero()) slots.put(Fields.word(slot.getKey()), value);
            }
            state.accounts.put(
                    Address.fromHex(item.getKey()),
                    new Entry(
                            Fields.number(account.get("nonce")),
                            Fields.word(account.get("balance").asString()),
                            codeHash,
                            slots));
        }
        return state;
    }

    @Override
    public Account account(Address address) {
        Entry entry = accounts.get(address);
        if (entry == null) return null;
        // Execution asks only whether there is storage, so any root but the empty one will do.
        Hash root = entry.slots.isEmpty() ? Hash.EMPTY_TRIE : Hash.ZERO;
        return new Account(entry.nonce, entry.balance, entry.codeHash, root);
    }

    @Override
    public Bytes code(Hash codeHash) {
        return codeHash.equals(Hash.EMPTY) ? Bytes.EMPTY : codes.get(codeHash);
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        Entry entry = accounts.get(address);
        return entry == null ? UInt256.ZERO : entry.slots.getOrDefault(slot, UInt256.ZERO);
    }

    void apply(StateDiff diff) {
        codes.putAll(diff.codes());
        diff.accounts()
                .forEach(
                        (address, change) -> {
                            Entry before = accounts.get(address);
                            if (change.after() == null) {
                                accounts.remove(address);
                                return;
                            }
                            TreeMap<UInt256, UInt256> slots =
                                    before == null || change.storageCleared()
                                            ? new TreeMap<>()
                                            : new TreeMap<>(before.slots);
                            change.slots()
                                    .forEach(
                                            (key, value) -> {
                                                if (value.isZero()) slots.remove(key);
                                                else slots.put(key, value);
                                            });
                            accounts.put(
                                    address,
                                    new Entry(
                                            change.after().nonce(),
                                            change.after().balance(),
                                            change.after().codeHash(),
                                            slots));
                        });
    }

    Hash root() {
        TreeMap<Bytes, Bytes> leaves = new TreeMap<>();
        accounts.forEach(
                (address, entry) -> {
                    TreeMap<Bytes, Bytes> slots = new TreeMap<>();
                    entry.slots.forEach(
                            (key, value) ->
                                    slots.put(
                                            Keccak.hash(key.toBytes()).bytes(),
                                            Rlp.string(value.toMinimalBytes())));
                    Hash storageRoot = ReferenceTrie.rootOf(slots);
                    Bytes leaf =
                            Rlp.list(
                                    list ->
                                            list.number(entry.nonce)
                                                    .number(entry.balance)
                                                    .hash(storageRoot)
                                                    .hash(entry.codeHash));
                    leaves.put(Keccak.hash(address.bytes()).bytes(), leaf);
                });
        return ReferenceTrie.rootOf(leaves);
    }

    /** What differs from another state, for people. */
    String differenceTo(FixtureState expected) {
        StringBuilder text = new StringBuilder();
        TreeMap<Address, Entry> all = new TreeMap<>(accounts);
        all.putAll(expected.accounts);
        for (Address address : all.keySet()) {
            Entry is = accounts.get(address);
            Entry should = expected.accounts.get(address);
            if (is == null || !is.equals(should)) {
                text.append("  ").append(address).append("\n    is     ").append(is);
                text.append("\n    should ").append(should).append('\n');
            }
        }
        return text.toString();
    }
}

package dev.lockstep.node.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.MemoryStore;
import dev.lockstep.state.WorldState;
import dev.lockstep.state.WriteBatch;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A whole state as fixtures list it, as what changed since nothing. */
final class FixtureState {
    private FixtureState() {}

    static StateDiff read(JsonNode object, String name) {
        TreeMap<Address, AccountChange> changes = new TreeMap<>();
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        for (Map.Entry<String, JsonNode> item : Fields.properties(object, name)) {
            JsonNode account = item.getValue();
            Bytes code = Fields.bytes(account, "code");
            Hash codeHash = Keccak.hash(code);
            if (!code.isEmpty()) codes.put(codeHash, code);
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (var slot : Fields.properties(account, "storage")) {
                UInt256 value = Fields.word("storage", slot.getValue().asString());
                if (!value.isZero()) slots.put(Fields.word("storage", slot.getKey()), value);
            }
            StateDiff.Fields fields =
                    new StateDiff.Fields(
                            Fields.number(account, "nonce"),
                            Fields.word(account, "balance"),
                            codeHash);
            changes.put(
                    Fields.address(name, item.getKey()), new AccountChange(fields, false, slots));
        }
        return new StateDiff(changes, codes);
    }

    /** The state in a store in memory, as a node holds it after its first block. */
    static WorldState world(StateDiff state) {
        KeyValueStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        WriteBatch batch = new WriteBatch();
        world.stage(world.prepare(state), 0, batch);
        store.write(batch);
        return world;
    }

    /** What differs between two states, an account after the other. */
    static String difference(StateDiff is, StateDiff should) {
        Map<Address, AccountChange> left = settled(is);
        Map<Address, AccountChange> right = settled(should);
        TreeMap<Address, AccountChange> all = new TreeMap<>(left);
        all.putAll(right);
        StringBuilder text = new StringBuilder();
        for (Address address : all.keySet()) {
            AccountChange one = left.get(address);
            AccountChange other = right.get(address);
            if (one == null ? other == null : one.equals(other)) continue;
            text.append("\n    ").append(address);
            text.append("\n      is        ").append(account(one));
            text.append("\n      should be ").append(account(other));
            slots(one, other, text);
        }
        return text.toString();
    }

    private static String account(@Nullable AccountChange change) {
        StateDiff.Fields fields = change == null ? null : change.after();
        if (fields == null) return "not there";
        return "nonce "
                + Long.toUnsignedString(fields.nonce())
                + ", balance "
                + fields.balance().toBigInteger()
                + ", code hash "
                + fields.codeHash();
    }

    private static void slots(
            @Nullable AccountChange one, @Nullable AccountChange other, StringBuilder text) {
        TreeMap<UInt256, UInt256> left = new TreeMap<>(one == null ? Map.of() : one.slots());
        TreeMap<UInt256, UInt256> right = new TreeMap<>(other == null ? Map.of() : other.slots());
        TreeMap<UInt256, UInt256> all = new TreeMap<>(left);
        all.putAll(right);
        for (UInt256 slot : all.keySet()) {
            UInt256 is = left.getOrDefault(slot, UInt256.ZERO);
            UInt256 should = right.getOrDefault(slot, UInt256.ZERO);
            if (is.equals(should)) continue;
            text.append("\n      slot ").append(slot.toShortHexString());
            text.append(" is ").append(is.toShortHexString());
            text.append(", should be ").append(should.toShortHexString());
        }
    }

    /** Without deleted accounts and slots. */
    private static Map<Address, AccountChange> settled(StateDiff state) {
        TreeMap<Address, AccountChange> accounts = new TreeMap<>();
        state.accounts()
                .forEach(
                        (address, change) -> {
                            if (change.after() == null) return;
                            TreeMap<UInt256, UInt256> slots = new TreeMap<>(change.slots());
                            slots.values().removeIf(UInt256::isZero);
                            accounts.put(address, new AccountChange(change.after(), false, slots));
                        });
        return accounts;
    }
}

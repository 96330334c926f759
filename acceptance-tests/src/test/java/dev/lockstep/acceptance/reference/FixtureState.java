package dev.lockstep.acceptance.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/** A whole state as fixtures list it, as what changed since nothing. */
final class FixtureState {
    private FixtureState() {}

    static StateDiff read(JsonNode accounts) {
        TreeMap<Address, AccountChange> changes = new TreeMap<>();
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        for (Map.Entry<String, JsonNode> item : accounts.properties()) {
            JsonNode account = item.getValue();
            Bytes code = Fields.bytes(account.get("code"));
            Hash codeHash = Keccak.hash(code);
            if (!code.isEmpty()) codes.put(codeHash, code);
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (Map.Entry<String, JsonNode> slot : account.get("storage").properties()) {
                UInt256 value = Fields.word(slot.getValue());
                if (!value.isZero()) slots.put(Fields.word(slot.getKey()), value);
            }
            StateDiff.Fields fields =
                    new StateDiff.Fields(
                            Fields.number(account.get("nonce")),
                            Fields.word(account.get("balance")),
                            codeHash);
            changes.put(Address.fromHex(item.getKey()), new AccountChange(fields, false, slots));
        }
        return new StateDiff(changes, codes);
    }

    /** What differs between two states, for people. */
    static String difference(StateDiff is, StateDiff should) {
        TreeMap<Address, AccountChange> left = settled(is);
        TreeMap<Address, AccountChange> right = settled(should);
        TreeMap<Address, AccountChange> all = new TreeMap<>(left);
        all.putAll(right);
        StringBuilder text = new StringBuilder();
        for (Address address : all.keySet()) {
            AccountChange one = left.get(address);
            AccountChange other = right.get(address);
            if (one != null && one.equals(other)) continue;
            text.append("  ").append(address).append("\n    is     ").append(one);
            text.append("\n    should ").append(other).append('\n');
        }
        return text.toString();
    }

    /** Without deleted accounts and slots. */
    private static TreeMap<Address, AccountChange> settled(StateDiff state) {
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

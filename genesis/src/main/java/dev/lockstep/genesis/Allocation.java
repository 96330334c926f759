package dev.lockstep.genesis;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;

/** The accounts of {@code alloc} as the diff that makes block 0's state of nothing. */
final class Allocation {
    private final TreeMap<Address, AccountChange> accounts = new TreeMap<>();
    private final TreeMap<Hash, Bytes> codes = new TreeMap<>();

    private Allocation() {}

    static StateDiff read(JsonSection genesis) {
        Allocation allocation = new Allocation();
        JsonSection alloc = genesis.sectionOrEmpty("alloc");
        for (String name : alloc.names()) {
            JsonSection account = alloc.section(name);
            if (account != null) allocation.add(address(alloc, name), account);
        }
        return new StateDiff(allocation.accounts, allocation.codes);
    }

    private static Address address(JsonSection alloc, String name) {
        String digits = name.startsWith("0x") || name.startsWith("0X") ? name.substring(2) : name;
        if (!digits.matches("[0-9a-fA-F]{40}")) {
            throw GenesisException.at(
                    alloc.at(name), "this name", "an address: 20 bytes in hex, 0x or not");
        }
        return Address.fromHex(digits);
    }

    private void add(Address address, JsonSection account) {
        Bytes code = account.bytes("code");
        Hash codeHash = Keccak.hash(code);
        if (!code.isEmpty()) codes.put(codeHash, code);
        Fields fields =
                new Fields(
                        account.hexadecimal64("nonce"),
                        account.number256("balance", UInt256.ZERO),
                        codeHash);
        AccountChange twin =
                accounts.put(address, new AccountChange(fields, false, storage(account)));
        if (twin != null) {
            throw new GenesisException(account.path() + ": " + address + " is given twice");
        }
    }

    private static SortedMap<UInt256, UInt256> storage(JsonSection account) {
        TreeMap<UInt256, UInt256> slots = new TreeMap<>();
        JsonSection storage = account.sectionOrEmpty("storage");
        for (String name : storage.names()) {
            JsonNode value = storage.node(name);
            String text = value != null && value.isString() ? value.asString() : "?";
            UInt256 slot = word(storage, name, name);
            if (slots.put(slot, word(storage, name, text)) != null) {
                throw new GenesisException(storage.at(name) + ": this slot is given twice");
            }
        }
        // A slot that holds zero is one that is not there.
        slots.values().removeIf(UInt256::isZero);
        return slots;
    }

    private static UInt256 word(JsonSection storage, String name, String text) {
        String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
        if (!digits.matches("[0-9a-fA-F]{1,64}")) {
            throw storage.fault(name, "up to 32 bytes in hex, in slot and value");
        }
        return UInt256.fromHexString(digits);
    }
}

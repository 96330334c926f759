package dev.lockstep.acceptance.fuzz;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import dev.lockstep.types.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** One transaction by {@link #SENDER} on a whole state. */
record Case(Fork fork, SortedMap<Address, Contents> state, Transaction transaction) {
    static final Address SENDER = Address.ofNumber(0x5e4de4);

    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * An account.
     *
     * @param slots without zeros
     */
    record Contents(long nonce, UInt256 balance, Bytes code, SortedMap<UInt256, UInt256> slots) {
        static final Contents NONE =
                new Contents(0, UInt256.ZERO, Bytes.EMPTY, Collections.emptySortedMap());

        Contents {
            slots = Collections.unmodifiableSortedMap(slots);
        }

        Contents withCode(Bytes other) {
            return new Contents(nonce, balance, other, slots);
        }

        boolean isEmpty() {
            return nonce == 0 && balance.isZero() && code.isEmpty() && slots.isEmpty();
        }
    }

    Case {
        state = Collections.unmodifiableSortedMap(state);
    }

    Case withState(SortedMap<Address, Contents> other) {
        return new Case(fork, other, transaction);
    }

    Case withTransaction(Transaction other) {
        return new Case(fork, state, other);
    }

    /** As execution reads it. */
    StateView view() {
        Map<Address, Account> accounts = new HashMap<>();
        Map<Hash, Bytes> codes = new HashMap<>();
        state.forEach(
                (address, contents) -> {
                    Hash codeHash = Keccak.hash(contents.code);
                    codes.put(codeHash, contents.code);
                    // Execution asks only whether there is storage.
                    Hash root = contents.slots.isEmpty() ? Hash.EMPTY_TRIE : Hash.ZERO;
                    accounts.put(
                            address, new Account(contents.nonce, contents.balance, codeHash, root));
                });
        return new View(state, accounts, codes);
    }

    private record View(
            Map<Address, Contents> state, Map<Address, Account> accounts, Map<Hash, Bytes> codes)
            implements StateView {
        @Override
        public Account account(Address address) {
            return accounts.get(address);
        }

        @Override
        public Bytes code(Hash codeHash) {
            return codeHash.equals(Hash.EMPTY) ? Bytes.EMPTY : codes.get(codeHash);
        }

        @Override
        public UInt256 storage(Address address, UInt256 slot) {
            return state.getOrDefault(address, Contents.NONE)
                    .slots
                    .getOrDefault(slot, UInt256.ZERO);
        }
    }

    /** Writes it as a file of the corpus. */
    void write(Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("fork", fork.name());
        json.put("transaction", transaction.encode().toHexString());
        ObjectNode accounts = json.putObject("state");
        state.forEach(
                (address, contents) -> {
                    ObjectNode account = accounts.putObject(address.toString());
                    account.put("nonce", contents.nonce);
                    account.put("balance", contents.balance.toHexString());
                    account.put("code", contents.code.toHexString());
                    ObjectNode slots = account.putObject("slots");
                    contents.slots.forEach(
                            (slot, value) -> slots.put(slot.toHexString(), value.toHexString()));
                });
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, json.toPrettyString() + "\n");
    }

    static Case read(Path file) throws IOException {
        JsonNode json = JSON.readTree(Files.readString(file));
        SortedMap<Address, Contents> state = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : json.get("state").properties()) {
            JsonNode account = entry.getValue();
            SortedMap<UInt256, UInt256> slots = new TreeMap<>();
            for (Map.Entry<String, JsonNode> slot : account.get("slots").properties()) {
                slots.put(
                        UInt256.fromHexString(slot.getKey()),
                        UInt256.fromHexString(slot.getValue().stringValue()));
            }
            state.put(
                    Address.fromHex(entry.getKey()),
                    new Contents(
                            account.get("nonce").longValue(),
                            UInt256.fromHexString(account.get("balance").stringValue()),
                            Bytes.fromHexString(account.get("code").stringValue()),
                            slots));
        }
        return new Case(
                Fork.valueOf(json.get("fork").stringValue()),
                state,
                Transaction.decode(Bytes.fromHexString(json.get("transaction").stringValue())));
    }
}

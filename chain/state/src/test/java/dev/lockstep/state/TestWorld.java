package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** A world kept in plain maps beside the one under test, and random changes to both. */
final class TestWorld {
    static final int ACCOUNTS = 12;
    static final int SLOTS = 6;

    private TestWorld() {}

    static StateDiff one(boolean clears, long... slotsAndValues) {
        TreeMap<UInt256, UInt256> slots = new TreeMap<>();
        for (int i = 0; i < slotsAndValues.length; i += 2) {
            slots.put(UInt256.valueOf(slotsAndValues[i]), UInt256.valueOf(slotsAndValues[i + 1]));
        }
        TreeMap<Address, StateDiff.AccountChange> changes = new TreeMap<>();
        changes.put(
                address(0),
                new StateDiff.AccountChange(
                        new StateDiff.Fields(1, UInt256.ONE, Hash.EMPTY), clears, slots));
        return new StateDiff(changes, new TreeMap<>());
    }

    static StateDiff deleted() {
        TreeMap<Address, StateDiff.AccountChange> changes = new TreeMap<>();
        changes.put(address(0), new StateDiff.AccountChange(null, false, new TreeMap<>()));
        return new StateDiff(changes, new TreeMap<>());
    }

    static void commit(KeyValueStore store, WorldState world, long number, StateDiff diff) {
        WriteBatch batch = new WriteBatch();
        world.stage(world.prepare(diff), number, batch);
        store.write(batch);
    }

    static Map<Bytes, Bytes> rows(KeyValueStore store, Column column) {
        TreeMap<Bytes, Bytes> rows = new TreeMap<>(Keys.ORDER);
        store.scanPrefix(column, Bytes.EMPTY, (key, value) -> rows.put(key, value) == null);
        return rows;
    }

    /** All rows but codes, which are never taken back. */
    static List<Map<Bytes, Bytes>> dump(KeyValueStore store) {
        List<Map<Bytes, Bytes>> dump = new ArrayList<>();
        for (Column column : Column.values()) {
            if (column != Column.CODES) dump.add(rows(store, column));
        }
        return dump;
    }

    /** One account of the test's own model of the world. */
    static final class Model {
        long nonce;
        UInt256 balance = UInt256.ZERO;
        Bytes code = Bytes.EMPTY;
        TreeMap<UInt256, UInt256> slots = new TreeMap<>();
    }

    static TreeMap<Address, Model> copy(TreeMap<Address, Model> model) {
        TreeMap<Address, Model> copy = new TreeMap<>();
        model.forEach(
                (address, account) -> {
                    Model twin = new Model();
                    twin.nonce = account.nonce;
                    twin.balance = account.balance;
                    twin.code = account.code;
                    twin.slots = new TreeMap<>(account.slots);
                    copy.put(address, twin);
                });
        return copy;
    }

    static Address address(int i) {
        return Address.ofNumber(0x1000 + i);
    }

    static StateDiff randomDiff(SplittableRandom random, TreeMap<Address, Model> model) {
        TreeMap<Address, StateDiff.AccountChange> changes = new TreeMap<>();
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        for (int i = 0; i < ACCOUNTS; i++) {
            if (random.nextInt(2) == 0) continue;
            Address address = address(i);
            int kind = random.nextInt(10);
            if (kind == 0) {
                model.remove(address);
                changes.put(address, new StateDiff.AccountChange(null, true, new TreeMap<>()));
                continue;
            }
            boolean clears = kind == 1;
            Model account = model.computeIfAbsent(address, _ -> new Model());
            if (clears) account.slots.clear();
            account.nonce++;
            account.balance = UInt256.valueOf(random.nextInt(1000));
            if (random.nextInt(4) == 0) {
                account.code = Bytes.of(random.nextInt(256), i);
                codes.put(Keccak.hash(account.code), account.code);
            }
            TreeMap<UInt256, UInt256> slots = new TreeMap<>();
            for (int s = 0; s < SLOTS; s++) {
                if (random.nextInt(2) == 0) continue;
                UInt256 value = UInt256.valueOf(random.nextInt(3));
                slots.put(UInt256.valueOf(s), value);
                if (value.isZero()) account.slots.remove(UInt256.valueOf(s));
                else account.slots.put(UInt256.valueOf(s), value);
            }
            changes.put(
                    address,
                    new StateDiff.AccountChange(
                            new StateDiff.Fields(
                                    account.nonce, account.balance, Keccak.hash(account.code)),
                            clears,
                            slots));
        }
        return new StateDiff(changes, codes);
    }

    static Hash rootOf(TreeMap<Address, Model> model) {
        TreeMap<Bytes, Bytes> leaves = new TreeMap<>(Keys.ORDER);
        model.forEach(
                (address, account) ->
                        leaves.put(
                                Keccak.hash(address.bytes()).bytes(),
                                Rlp.list(
                                        list ->
                                                list.number(account.nonce)
                                                        .number(account.balance)
                                                        .hash(storageRootOf(account))
                                                        .hash(Keccak.hash(account.code)))));
        return NaiveTrie.rootOf(leaves);
    }

    static Hash storageRootOf(Model account) {
        TreeMap<Bytes, Bytes> leaves = new TreeMap<>(Keys.ORDER);
        account.slots.forEach(
                (slot, value) ->
                        leaves.put(
                                Keccak.hash(slot.toBytes()).bytes(),
                                Rlp.string(value.toMinimalBytes())));
        return NaiveTrie.rootOf(leaves);
    }

    static void assertReads(StateView view, TreeMap<Address, Model> model, String what) {
        for (int i = 0; i < ACCOUNTS; i++) {
            Address address = address(i);
            Account found = view.account(address);
            Model expected = model.get(address);
            if (expected == null) {
                assertThat(found).as(what).isNull();
            } else {
                assertThat(found).as(what).isNotNull();
                assertThat(found.nonce()).as(what).isEqualTo(expected.nonce);
                assertThat(found.balance()).as(what).isEqualTo(expected.balance);
                assertThat(found.hasStorage()).as(what).isEqualTo(!expected.slots.isEmpty());
                assertThat(view.code(found.codeHash())).as(what).isEqualTo(expected.code);
            }
            for (int s = 0; s < SLOTS; s++) {
                UInt256 slot = UInt256.valueOf(s);
                UInt256 value =
                        expected == null
                                ? UInt256.ZERO
                                : expected.slots.getOrDefault(slot, UInt256.ZERO);
                assertThat(view.storage(address, slot)).as(what).isEqualTo(value);
            }
        }
    }
}

package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorldStateTest {
    private static final int ACCOUNTS = 12;
    private static final int SLOTS = 6;

    /**
     * Twenty blocks of random changes; after each the root is that of a trie built afresh, and
     * every old block reads as it was.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyBlockReadsAsItWasAndRootsAreThoseOfAFreshTrie(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        KeyValueStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        List<TreeMap<Address, Model>> history = new ArrayList<>();
        TreeMap<Address, Model> model = new TreeMap<>();
        for (int number = 0; number < 20; number++) {
            StateDiff diff = randomDiff(random, model);
            OverlayView overlay = new OverlayView(world.head());
            overlay.apply(diff);
            PreparedState prepared = world.prepare(diff);
            WriteBatch batch = new WriteBatch();
            world.stage(prepared, number, batch);
            store.write(batch);
            history.add(copy(model));
            assertThat(prepared.root())
                    .as("root, seed %d, block %d", seed, number)
                    .isEqualTo(rootOf(model));
            assertThat(world.headRoot()).isEqualTo(prepared.root());
            assertReads(overlay, model, "overlay, seed " + seed + ", block " + number);
        }
        for (int number = 0; number < history.size(); number++) {
            TreeMap<Address, Model> then = history.get(number);
            String what = "seed " + seed + ", block " + number;
            world.read(
                    number,
                    view -> {
                        assertReads(view, then, what);
                        return true;
                    });
        }
    }

    @Test
    void aStateThatIsNotThereIsRefused() {
        WorldState world = new WorldState(new MemoryStore());
        assertThatThrownBy(() -> world.read(0, view -> view))
                .hasMessageContaining("no state of block 0");
    }

    @Test
    void whatWasPreparedOnAnotherHeadIsNotStaged() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        SplittableRandom random = new SplittableRandom(9);
        PreparedState first = world.prepare(randomDiff(random, new TreeMap<>()));
        PreparedState second = world.prepare(randomDiff(random, new TreeMap<>()));
        WriteBatch batch = new WriteBatch();
        world.stage(first, 0, batch);
        store.write(batch);
        assertThatThrownBy(() -> world.stage(second, 1, new WriteBatch()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aBatchThatIsNotWrittenChangesNothing() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        world.stage(
                world.prepare(randomDiff(new SplittableRandom(3), new TreeMap<>())),
                0,
                new WriteBatch());
        assertThat(world.headRoot()).isEqualTo(Hash.EMPTY_TRIE);
        assertThat(world.head().account(address(0))).isNull();
    }

    @Test
    void aProofHoldsTheAccountAndItsSlots() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        TreeMap<Address, Model> model = new TreeMap<>();
        PreparedState prepared = world.prepare(randomDiff(new SplittableRandom(5), model));
        WriteBatch batch = new WriteBatch();
        world.stage(prepared, 0, batch);
        store.write(batch);
        Address address = model.firstKey();
        StateProof proof = world.prove(address, List.of(UInt256.ONE));
        assertThat(Keccak.hash(proof.accountProof().getFirst())).isEqualTo(world.headRoot());
        assertThat(proof.account()).isEqualTo(world.head().account(address));
        assertThat(proof.slots().getFirst().value())
                .isEqualTo(world.head().storage(address, UInt256.ONE));
    }

    /** One account of the test's own model of the world. */
    private static final class Model {
        long nonce;
        UInt256 balance = UInt256.ZERO;
        Bytes code = Bytes.EMPTY;
        TreeMap<UInt256, UInt256> slots = new TreeMap<>();
    }

    private static TreeMap<Address, Model> copy(TreeMap<Address, Model> model) {
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

    private static Address address(int i) {
        return Address.ofNumber(0x1000 + i);
    }

    private static StateDiff randomDiff(SplittableRandom random, TreeMap<Address, Model> model) {
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

    private static Hash rootOf(TreeMap<Address, Model> model) {
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
        return MerkleTrie.rootOf(leaves);
    }

    private static Hash storageRootOf(Model account) {
        TreeMap<Bytes, Bytes> leaves = new TreeMap<>(Keys.ORDER);
        account.slots.forEach(
                (slot, value) ->
                        leaves.put(
                                Keccak.hash(slot.toBytes()).bytes(),
                                Rlp.string(value.toMinimalBytes())));
        return MerkleTrie.rootOf(leaves);
    }

    private static void assertReads(StateView view, TreeMap<Address, Model> model, String what) {
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

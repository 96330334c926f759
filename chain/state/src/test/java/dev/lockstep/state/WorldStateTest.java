package dev.lockstep.state;

import static dev.lockstep.state.TestWorld.ACCOUNTS;
import static dev.lockstep.state.TestWorld.SLOTS;
import static dev.lockstep.state.TestWorld.address;
import static dev.lockstep.state.TestWorld.assertReads;
import static dev.lockstep.state.TestWorld.commit;
import static dev.lockstep.state.TestWorld.copy;
import static dev.lockstep.state.TestWorld.deleted;
import static dev.lockstep.state.TestWorld.one;
import static dev.lockstep.state.TestWorld.randomDiff;
import static dev.lockstep.state.TestWorld.rootOf;
import static dev.lockstep.state.TestWorld.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.StateDiff;
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
        List<TreeMap<Address, TestWorld.Model>> history = new ArrayList<>();
        TreeMap<Address, TestWorld.Model> model = new TreeMap<>();
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
            TreeMap<Address, TestWorld.Model> then = history.get(number);
            String what = "seed " + seed + ", block " + number;
            world.read(
                    number,
                    view -> {
                        assertReads(view, then, what);
                        return true;
                    });
        }
    }

    /** An account with storage is deleted, comes again with other slots, and is cleared at once. */
    @Test
    void clearedStorageIsRememberedSlotBySlot() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        commit(store, world, 0, one(false, 1, 11, 2, 22));
        commit(store, world, 1, deleted());
        assertThat(rows(store, Column.SLOTS)).isEmpty();
        assertThat(rows(store, Column.SLOT_NODES)).isEmpty();
        assertThat(rows(store, Column.ACCOUNT_NODES)).isEmpty();
        assertThat(world.headRoot()).isEqualTo(Hash.EMPTY_TRIE);
        commit(store, world, 2, one(false, 2, 33));
        commit(store, world, 3, one(true, 2, 33, 3, 44));
        commit(store, world, 4, one(true));
        long[][] expected = {{11, 22, 0}, {0, 0, 0}, {0, 33, 0}, {0, 33, 44}, {0, 0, 0}};
        for (int number = 0; number < expected.length; number++) {
            long[] slots = expected[number];
            world.read(
                    number,
                    view -> {
                        for (int i = 0; i < 3; i++) {
                            assertThat(view.storage(address(0), UInt256.valueOf(i + 1)))
                                    .isEqualTo(UInt256.valueOf(slots[i]));
                        }
                        return true;
                    });
        }
        assertThat(world.<Boolean>read(1, view -> view.account(address(0)) == null)).isTrue();
    }

    @Test
    void blockZeroLeavesNoHistoryAndAnUnchangedSlotNone() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        commit(store, world, 0, one(false, 1, 11));
        assertThat(rows(store, Column.ACCOUNT_HISTORY)).isEmpty();
        assertThat(rows(store, Column.SLOT_HISTORY)).isEmpty();
        commit(store, world, 1, one(false, 1, 11));
        assertThat(rows(store, Column.ACCOUNT_HISTORY)).isEmpty();
        assertThat(rows(store, Column.SLOT_HISTORY)).isEmpty();
    }

    /** A reader keeps its block while the chain goes on and back. */
    @Test
    void aReaderIsNotMovedByWhatIsCommittedMeanwhile() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        commit(store, world, 0, one(false, 1, 11));
        commit(store, world, 1, one(false, 1, 22));
        for (long number = 0; number < 2; number++) {
            UInt256 expected = UInt256.valueOf(11 + 11 * number);
            world.read(
                    number,
                    view -> {
                        commit(store, world, 2, one(false, 1, 33));
                        assertThat(view.storage(address(0), UInt256.ONE)).isEqualTo(expected);
                        WriteBatch batch = new WriteBatch();
                        world.stageRewind(0, batch);
                        store.write(batch);
                        assertThat(view.storage(address(0), UInt256.ONE)).isEqualTo(expected);
                        return true;
                    });
            commit(store, world, 1, one(false, 1, 22));
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

    /** Read by a verifier that knows the root alone: there or not there, account and slots. */
    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7})
    void aProofShowsTheAccountAndItsSlotsToWhoKnowsTheRoot(long seed) {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        TreeMap<Address, TestWorld.Model> model = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(seed);
        List<UInt256> slots = new ArrayList<>();
        for (int s = 0; s <= SLOTS; s++) slots.add(UInt256.valueOf(s));
        for (int number = 0; number < 4; number++) {
            commit(store, world, number, randomDiff(random, model));
            for (int i = 0; i <= ACCOUNTS; i++) {
                StateProof proof = world.prove(address(i), slots);
                assertThat(proof.number()).isEqualTo(number);
                assertThat(proof.root()).isEqualTo(rootOf(model));
                Bytes key = Keccak.hash(address(i).bytes()).bytes();
                Bytes account = ProofReader.value(proof.root(), proof.accountProof(), key);
                assertThat(account != null).isEqualTo(model.containsKey(address(i)));
                if (account == null) assertThat(proof.account()).isEqualTo(Account.EMPTY);
                else assertThat(account).isEqualTo(StateCodec.encode(proof.account()));
                TestWorld.Model expected = model.getOrDefault(address(i), new TestWorld.Model());
                for (StateProof.Slot slot : proof.slots()) {
                    UInt256 value = expected.slots.getOrDefault(slot.key(), UInt256.ZERO);
                    assertThat(slot.value()).isEqualTo(value);
                    Bytes shown =
                            ProofReader.value(
                                    proof.account().storageRoot(),
                                    slot.proof(),
                                    Keccak.hash(slot.key()).bytes());
                    assertThat(shown)
                            .isEqualTo(value.isZero() ? null : Rlp.string(value.toMinimalBytes()));
                }
            }
        }
    }
}

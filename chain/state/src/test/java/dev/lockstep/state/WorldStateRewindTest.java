package dev.lockstep.state;

import static dev.lockstep.state.TestWorld.assertReads;
import static dev.lockstep.state.TestWorld.commit;
import static dev.lockstep.state.TestWorld.copy;
import static dev.lockstep.state.TestWorld.dump;
import static dev.lockstep.state.TestWorld.randomDiff;
import static dev.lockstep.state.TestWorld.rootOf;
import static dev.lockstep.state.TestWorld.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Back over blocks, and back from a disk that failed. */
class WorldStateRewindTest {
    /**
     * Going back leaves every row of the state as it was, history too, and the way is open again.
     */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void goingBackLeavesEveryRowAsItWas(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        TreeMap<Address, TestWorld.Model> model = new TreeMap<>();
        List<List<Map<Bytes, Bytes>>> dumps = new ArrayList<>();
        List<TreeMap<Address, TestWorld.Model>> models = new ArrayList<>();
        for (int number = 0; number < 14; number++) {
            commit(store, world, number, randomDiff(random, model));
            dumps.add(dump(store));
            models.add(copy(model));
        }
        int at = 13;
        while (at > 0) {
            int to = Math.max(0, at - 1 - random.nextInt(5));
            WriteBatch batch = new WriteBatch();
            world.stageRewind(to, batch);
            store.write(batch);
            String what = "seed " + seed + ", from " + at + " to " + to;
            assertThat(world.headNumber()).as(what).isEqualTo(to);
            assertThat(dump(store)).as(what).isEqualTo(dumps.get(to));
            model = copy(models.get(to));
            assertReads(world.head(), model, what);
            at = to;
            if (at > 2) continue;
            commit(store, world, ++at, randomDiff(random, model));
            assertThat(world.headRoot()).as(what).isEqualTo(rootOf(model));
            models.set(at, copy(model));
            dumps.set(at, dump(store));
            if (random.nextInt(3) == 0) break;
        }
    }

    @Test
    void goingBackWhereThereIsNothingIsRefusedAndToTheHeadIsNothing() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        commit(store, world, 0, randomDiff(new SplittableRandom(2), new TreeMap<>()));
        WriteBatch batch = new WriteBatch();
        world.stageRewind(0, batch);
        assertThat(batch.isEmpty()).isTrue();
        assertThatThrownBy(() -> world.stageRewind(1, batch))
                .hasMessageContaining("no state of block 1");
        assertThatThrownBy(() -> world.stageRewind(-1, batch))
                .hasMessageContaining("no state of block -1");
    }

    @Test
    void goingBackOverADamagedHistoryIsALocalFault() {
        MemoryStore store = new MemoryStore();
        WorldState world = new WorldState(store);
        TreeMap<Address, TestWorld.Model> model = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(4);
        for (int number = 0; number < 3; number++) {
            commit(store, world, number, randomDiff(random, model));
        }
        WriteBatch damage = new WriteBatch();
        rows(store, Column.ACCOUNT_HISTORY)
                .keySet()
                .forEach(key -> damage.put(Column.ACCOUNT_HISTORY, key, Bytes.EMPTY));
        store.write(damage);
        assertThatThrownBy(() -> world.stageRewind(0, new WriteBatch()))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged");
    }

    /** The disk fails at every block once: what is there is the block before, whole. */
    @Test
    void aBatchThatFailsLeavesTheStateBeforeItWhole() {
        MemoryStore store = new MemoryStore();
        FailingStore failing = new FailingStore(store);
        WorldState world = new WorldState(failing);
        TreeMap<Address, TestWorld.Model> model = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(6);
        for (int number = 0; number < 10; number++) {
            List<Map<Bytes, Bytes>> before = dump(store);
            Hash root = world.headRoot();
            StateDiff diff = randomDiff(random, model);
            int block = number;
            failing.fails = true;
            assertThatThrownBy(() -> commit(failing, world, block, diff))
                    .isInstanceOf(LocalFault.class);
            failing.fails = false;
            WorldState reopened = new WorldState(store);
            assertThat(dump(store)).isEqualTo(before);
            assertThat(reopened.headNumber()).isEqualTo(number - 1);
            assertThat(reopened.headRoot()).isEqualTo(root);
            commit(failing, world, number, diff);
            assertThat(world.headRoot()).isEqualTo(rootOf(model));
        }
    }

    /** Writes nothing while told to fail. */
    private static final class FailingStore implements KeyValueStore {
        private final KeyValueStore inner;
        private boolean fails;

        private FailingStore(KeyValueStore inner) {
            this.inner = inner;
        }

        @Override
        public void write(WriteBatch batch) {
            if (fails) throw new LocalFault("the disk is full");
            inner.write(batch);
        }

        @Override
        public Bytes get(Column column, Bytes key) {
            return inner.get(column, key);
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            inner.scan(column, from, to, visit);
        }

        @Override
        public Snapshot snapshot() {
            return inner.snapshot();
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}

package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.LocalFault;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does. */
abstract class KeyValueStoreContract {
    private static final Bytes A = Bytes.fromHexString("0x0a");
    private static final Bytes B = Bytes.fromHexString("0x0bff");
    private static final Bytes C = Bytes.fromHexString("0xff");

    KeyValueStore store;

    abstract KeyValueStore open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void put(Column column, Bytes key, int value) {
        store.write(new WriteBatch().put(column, key, Bytes.of(value)));
    }

    @Test
    void aValueIsReadBackFromItsColumnAlone() {
        put(Column.CODES, A, 1);
        assertThat(store.get(Column.CODES, A)).isEqualTo(Bytes.of(1));
        assertThat(store.get(Column.HEADERS, A)).isNull();
    }

    @Test
    void anEmptyValueIsNotAMissingOne() {
        store.write(new WriteBatch().put(Column.CODES, A, Bytes.EMPTY));
        assertThat(store.get(Column.CODES, A)).isEqualTo(Bytes.EMPTY);
    }

    @Test
    void theLastChangeOfAKeyInABatchWins() {
        store.write(new WriteBatch().put(Column.CODES, A, Bytes.of(1)).delete(Column.CODES, A));
        assertThat(store.get(Column.CODES, A)).isNull();
        store.write(new WriteBatch().delete(Column.CODES, A).put(Column.CODES, A, Bytes.of(2)));
        assertThat(store.get(Column.CODES, A)).isEqualTo(Bytes.of(2));
    }

    @Test
    void aScanGoesInUnsignedOrderAndStopsWhereTold() {
        put(Column.SLOTS, C, 3);
        put(Column.SLOTS, A, 1);
        put(Column.SLOTS, B, 2);
        assertThat(scan(Bytes.EMPTY, Bytes.fromHexString("0xffff"), 10)).containsExactly(A, B, C);
        assertThat(scan(A, C, 10)).containsExactly(A, B);
        assertThat(scan(Bytes.EMPTY, C, 1)).containsExactly(A);
    }

    @Test
    void aPrefixScanTakesAllThatBeginsSoAndNoMore() {
        put(Column.SLOTS, Bytes.fromHexString("0x0aff"), 1);
        put(Column.SLOTS, Bytes.fromHexString("0x0affff"), 2);
        put(Column.SLOTS, Bytes.fromHexString("0x0b"), 3);
        List<Bytes> found = new ArrayList<>();
        store.scanPrefix(Column.SLOTS, Bytes.fromHexString("0x0aff"), (key, _) -> found.add(key));
        assertThat(found)
                .containsExactly(Bytes.fromHexString("0x0aff"), Bytes.fromHexString("0x0affff"));
    }

    @Test
    void aSnapshotDoesNotMoveWithLaterWrites() {
        put(Column.SLOTS, A, 1);
        put(Column.CODES, A, 1);
        try (KeyValueStore.Snapshot before = store.snapshot()) {
            put(Column.SLOTS, A, 2);
            put(Column.SLOTS, B, 2);
            put(Column.CODES, A, 2);
            assertThat(before.get(Column.SLOTS, A)).isEqualTo(Bytes.of(1));
            assertThat(before.get(Column.CODES, A)).isEqualTo(Bytes.of(1));
            assertThat(before.get(Column.SLOTS, B)).isNull();
            try (KeyValueStore.Snapshot after = store.snapshot()) {
                assertThat(after.get(Column.SLOTS, A)).isEqualTo(Bytes.of(2));
            }
            put(Column.SLOTS, A, 3);
            assertThat(before.get(Column.SLOTS, A)).isEqualTo(Bytes.of(1));
        }
        assertThat(store.get(Column.SLOTS, A)).isEqualTo(Bytes.of(3));
    }

    /** Hundreds of random batches: every read equals that of a sorted map kept beside. */
    @Test
    void readsAndScansEqualThoseOfASortedMap() {
        long seed = 17;
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<Bytes, Bytes> model = new TreeMap<>(Keys.ORDER);
        for (int round = 0; round < 150; round++) {
            WriteBatch batch = new WriteBatch();
            for (int i = random.nextInt(20); i >= 0; i--) {
                Bytes key = key(random);
                if (random.nextInt(5) < 2) {
                    batch.delete(Column.SLOTS, key);
                    model.remove(key);
                } else {
                    Bytes value = Bytes.ofUnsignedInt(random.nextInt(1 << 20));
                    batch.put(Column.SLOTS, key, value);
                    model.put(key, value);
                }
            }
            store.write(batch);
            Bytes from = key(random);
            Bytes to = key(random);
            String what = "seed " + seed + ", round " + round;
            assertThat(store.get(Column.SLOTS, from)).as(what).isEqualTo(model.get(from));
            List<Bytes> expected =
                    Keys.ORDER.compare(from, to) < 0
                            ? List.copyOf(model.subMap(from, to).keySet())
                            : List.of();
            assertThat(scan(from, to, Integer.MAX_VALUE)).as(what).isEqualTo(expected);
        }
    }

    private static Bytes key(SplittableRandom random) {
        byte[] key = new byte[1 + random.nextInt(3)];
        for (int i = 0; i < key.length; i++) key[i] = (byte) (random.nextInt(8) * 36);
        return Bytes.wrap(key);
    }

    @Test
    void whatIsHandedOverMayChangeAfterwards() {
        MutableBytes value = MutableBytes.wrap(new byte[] {1});
        store.write(new WriteBatch().put(Column.CODES, A, value));
        value.set(0, (byte) 2);
        assertThat(store.get(Column.CODES, A)).isEqualTo(Bytes.of(1));
    }

    @Test
    void aClosedStoreRefusesAllAndSoDoItsSnapshots() {
        put(Column.SLOTS, A, 1);
        KeyValueStore.Snapshot snapshot = store.snapshot();
        store.close();
        store.close();
        assertRefused(() -> store.get(Column.SLOTS, A));
        assertRefused(() -> scan(A, C, 1));
        assertRefused(() -> put(Column.SLOTS, A, 2));
        assertRefused(() -> store.snapshot());
        assertRefused(() -> snapshot.get(Column.SLOTS, A));
        snapshot.close();
        snapshot.close();
    }

    @Test
    void aClosedSnapshotRefuses() {
        KeyValueStore.Snapshot snapshot = store.snapshot();
        snapshot.close();
        snapshot.close();
        assertRefused(() -> snapshot.get(Column.SLOTS, A));
        assertThat(store.get(Column.SLOTS, A)).isNull();
    }

    private static void assertRefused(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOf(LocalFault.class).hasMessageContaining("closed");
    }

    /** One thread writes pairs of equal values, others never see two that differ. */
    @Test
    void aSnapshotSeesWholeBatchesOnlyWhileAnotherThreadWrites() throws InterruptedException {
        put(Column.SLOTS, A, 0);
        put(Column.CODES, A, 0);
        AtomicReference<Throwable> trouble = new AtomicReference<>();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread reader =
                    new Thread(
                            () -> {
                                for (int n = 0; n < 500; n++) {
                                    try (KeyValueStore.Snapshot seen = store.snapshot()) {
                                        assertThat(seen.get(Column.SLOTS, A))
                                                .isEqualTo(seen.get(Column.CODES, A));
                                    }
                                }
                            });
            reader.setUncaughtExceptionHandler((_, thrown) -> trouble.set(thrown));
            readers.add(reader);
            reader.start();
        }
        for (int n = 0; n < 100; n++) {
            store.write(
                    new WriteBatch()
                            .put(Column.SLOTS, A, Bytes.of(n))
                            .put(Column.CODES, A, Bytes.of(n)));
        }
        for (Thread reader : readers) reader.join();
        assertThat(trouble.get()).isNull();
    }

    /** A store may be closed under its readers: they end with a fault, the process goes on. */
    @Test
    void closingWhileOthersReadIsSafe() throws InterruptedException {
        for (int i = 0; i < 200; i++) put(Column.SLOTS, Bytes.of(i), i);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread reader =
                new Thread(
                        () -> {
                            while (true) {
                                try (KeyValueStore.Snapshot seen = store.snapshot()) {
                                    seen.get(Column.SLOTS, A);
                                    seen.scan(Column.SLOTS, Bytes.EMPTY, C, (_, _) -> true);
                                }
                            }
                        });
        reader.setUncaughtExceptionHandler((_, thrown) -> ended.set(thrown));
        reader.start();
        Thread.sleep(30);
        store.close();
        reader.join(10_000);
        assertThat(ended.get()).isInstanceOf(LocalFault.class).hasMessageContaining("closed");
    }

    private List<Bytes> scan(Bytes from, Bytes to, int most) {
        List<Bytes> found = new ArrayList<>();
        store.scan(
                Column.SLOTS,
                from,
                to,
                (key, _) -> {
                    found.add(key);
                    return found.size() < most;
                });
        return found;
    }
}

package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
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

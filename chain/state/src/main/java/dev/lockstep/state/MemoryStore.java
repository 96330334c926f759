package dev.lockstep.state;

import dev.lockstep.types.LocalFault;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A store that is gone at the end: for development chains, verification and tests. Its columns are
 * immutable maps that a batch replaces all at once, so a snapshot costs nothing, and writing while
 * one is held costs no more than writing.
 */
public final class MemoryStore implements KeyValueStore {
    /** Null once closed. */
    private volatile @Nullable Map<Column, SortedRows> columns = new EnumMap<>(Column.class);

    @Override
    public @Nullable Bytes get(Column column, Bytes key) {
        return rows(columns, column).get(key);
    }

    @Override
    public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        rows(columns, column).scan(from, to, visit);
    }

    @Override
    public synchronized void write(WriteBatch batch) {
        Map<Column, SortedRows> after = new EnumMap<>(Column.class);
        after.putAll(open(columns));
        for (WriteBatch.Change change : batch.changes()) {
            SortedRows rows = rows(after, change.column());
            Bytes value = change.value();
            after.put(
                    change.column(),
                    value == null ? rows.without(change.key()) : rows.with(change.key(), value));
        }
        columns = after;
    }

    @Override
    public Snapshot snapshot() {
        return new View(open(columns));
    }

    @Override
    public synchronized void close() {
        columns = null;
    }

    private static Map<Column, SortedRows> open(@Nullable Map<Column, SortedRows> columns) {
        if (columns == null) throw new LocalFault("the database is closed");
        return columns;
    }

    private static SortedRows rows(@Nullable Map<Column, SortedRows> columns, Column column) {
        return open(columns).getOrDefault(column, SortedRows.EMPTY);
    }

    private final class View implements Snapshot {
        private @Nullable Map<Column, SortedRows> viewed;

        View(Map<Column, SortedRows> viewed) {
            this.viewed = viewed;
        }

        @Override
        public @Nullable Bytes get(Column column, Bytes key) {
            return rows(ofOpenStore(), column).get(key);
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            rows(ofOpenStore(), column).scan(from, to, visit);
        }

        /** A snapshot ends with its store, as on disk. */
        private @Nullable Map<Column, SortedRows> ofOpenStore() {
            return columns == null ? null : viewed;
        }

        @Override
        public void close() {
            viewed = null;
        }
    }
}

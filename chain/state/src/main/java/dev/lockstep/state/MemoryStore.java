package dev.lockstep.state;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A store that is gone at the end: for development chains, verification and tests. While any
 * snapshot is open a write copies the columns that it changes, so that a snapshot costs nothing to
 * take.
 */
public final class MemoryStore implements KeyValueStore {
    /** By the ordinal of their column. */
    private List<NavigableMap<Bytes, Bytes>> columns = new ArrayList<>();

    private int openSnapshots;

    public MemoryStore() {
        for (int i = 0; i < Column.values().length; i++) columns.add(new TreeMap<>(Keys.ORDER));
    }

    @Override
    public synchronized @Nullable Bytes get(Column column, Bytes key) {
        return get(columns, column, key);
    }

    @Override
    public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        try (Snapshot now = snapshot()) {
            now.scan(column, from, to, visit);
        }
    }

    @Override
    public synchronized void write(WriteBatch batch) {
        if (openSnapshots > 0) copyChanged(batch);
        for (WriteBatch.Change change : batch.changes()) {
            NavigableMap<Bytes, Bytes> map = columns.get(change.column().ordinal());
            Bytes value = change.value();
            if (value == null) map.remove(change.key());
            else map.put(change.key().copy(), value.copy());
        }
    }

    private void copyChanged(WriteBatch batch) {
        Set<Column> changed = EnumSet.noneOf(Column.class);
        for (WriteBatch.Change change : batch.changes()) changed.add(change.column());
        List<NavigableMap<Bytes, Bytes>> copies = new ArrayList<>(columns);
        for (Column column : changed) {
            copies.set(column.ordinal(), new TreeMap<>(columns.get(column.ordinal())));
        }
        columns = copies;
    }

    @Override
    public synchronized Snapshot snapshot() {
        openSnapshots++;
        return new View(columns);
    }

    private synchronized void closeSnapshot() {
        openSnapshots--;
    }

    private static @Nullable Bytes get(
            List<NavigableMap<Bytes, Bytes>> columns, Column column, Bytes key) {
        return columns.get(column.ordinal()).get(key);
    }

    @Override
    public void close() {}

    private final class View implements Snapshot {
        private final List<NavigableMap<Bytes, Bytes>> viewed;
        private boolean isClosed;

        View(List<NavigableMap<Bytes, Bytes>> viewed) {
            this.viewed = viewed;
        }

        @Override
        public @Nullable Bytes get(Column column, Bytes key) {
            return MemoryStore.get(viewed, column, key);
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            for (var entry :
                    viewed.get(column.ordinal()).subMap(from, true, to, false).entrySet()) {
                if (!visit.test(entry.getKey(), entry.getValue())) return;
            }
        }

        @Override
        public void close() {
            if (!isClosed) closeSnapshot();
            isClosed = true;
        }
    }
}

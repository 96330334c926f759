package dev.lockstep.state;

import dev.lockstep.types.LocalFault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteOptions;

/**
 * A store on disk, in RocksDB: one column family a column, one synced batch a write. How it is laid
 * out and opened is in {@link RocksFolder}.
 *
 * <p>The library crashes the process where it is used after its closing, so every use is counted in
 * and out: closing waits for those under way and later ones are refused.
 */
public final class RocksStore implements KeyValueStore {
    private final RocksDB db;
    private final Map<Column, ColumnFamilyHandle> families;

    /** What lives as long as the database, in the order of its making. */
    private final List<AbstractNativeReference> owned;

    private final WriteOptions synced = new WriteOptions().setSync(true);

    // Under this object's lock:
    private final Set<View> views = new LinkedHashSet<>();
    private int usesUnderWay;
    private boolean isClosed;
    private boolean isFreed;

    RocksStore(
            RocksDB db,
            Map<Column, ColumnFamilyHandle> families,
            List<? extends AbstractNativeReference> owned) {
        this.db = db;
        this.families = families;
        this.owned = new ArrayList<>(owned);
    }

    /**
     * Opens the store in {@code path}, which is made where it is not there.
     *
     * @fails LocalFault where the folder is in use, unreadable, something else, damaged or of a
     *     newer version: one sentence that says what to do
     */
    public static RocksStore open(Path path) {
        return RocksFolder.open(path);
    }

    private synchronized void enter() {
        if (isClosed) throw new LocalFault("the database is closed");
        usesUnderWay++;
    }

    private synchronized void enter(View view) {
        if (!isClosed && !views.contains(view)) throw new LocalFault("the snapshot is closed");
        enter();
    }

    private synchronized void leave() {
        usesUnderWay--;
        if (isClosed) freeWhereUnused();
    }

    private ColumnFamilyHandle family(Column column) {
        return Objects.requireNonNull(families.get(column));
    }

    @Override
    public @Nullable Bytes get(Column column, Bytes key) {
        enter();
        try {
            byte[] value = db.get(family(column), key.toArrayUnsafe());
            return value == null ? null : Bytes.wrap(value);
        } catch (RocksDBException unreadable) {
            throw fault("reading", unreadable);
        } finally {
            leave();
        }
    }

    /** {@code visit} must not close the store. */
    @Override
    public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        try (Snapshot now = snapshot()) {
            now.scan(column, from, to, visit);
        }
    }

    @Override
    public void write(WriteBatch batch) {
        enter();
        try (org.rocksdb.WriteBatch rocks = new org.rocksdb.WriteBatch()) {
            for (WriteBatch.Change change : batch.changes()) {
                ColumnFamilyHandle family = family(change.column());
                Bytes value = change.value();
                if (value == null) rocks.delete(family, change.key().toArrayUnsafe());
                else rocks.put(family, change.key().toArrayUnsafe(), value.toArrayUnsafe());
            }
            db.write(synced, rocks);
        } catch (RocksDBException refused) {
            throw fault("writing", refused);
        } finally {
            leave();
        }
    }

    @Override
    public synchronized Snapshot snapshot() {
        if (isClosed) throw new LocalFault("the database is closed");
        View view = new View();
        views.add(view);
        return view;
    }

    private static LocalFault fault(String doing, RocksDBException cause) {
        return new LocalFault(doing + " the database failed: " + cause.getMessage(), cause);
    }

    /**
     * @fails LocalFault where the thread is interrupted while others still read; the last of them
     *     then frees the database
     */
    @Override
    public synchronized void close() {
        isClosed = true;
        freeWhereUnused();
        try {
            while (!isFreed) wait();
        } catch (InterruptedException early) {
            throw new LocalFault("interrupted while reads of the database were ending", early);
        }
    }

    private synchronized void freeWhereUnused() {
        if (usesUnderWay > 0 || isFreed) return;
        for (View view : List.copyOf(views)) view.close();
        families.values().forEach(AbstractNativeReference::close);
        synced.close();
        db.close();
        owned.reversed().forEach(AbstractNativeReference::close);
        isFreed = true;
        notifyAll();
    }

    private final class View implements Snapshot {
        private final org.rocksdb.Snapshot snapshot = db.getSnapshot();
        private final ReadOptions options = new ReadOptions().setSnapshot(snapshot);

        @Override
        public @Nullable Bytes get(Column column, Bytes key) {
            enter(this);
            try {
                byte[] value = db.get(family(column), options, key.toArrayUnsafe());
                return value == null ? null : Bytes.wrap(value);
            } catch (RocksDBException unreadable) {
                throw fault("reading", unreadable);
            } finally {
                leave();
            }
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            enter(this);
            try (Slice bound = new Slice(to.toArrayUnsafe());
                    ReadOptions bounded =
                            new ReadOptions().setSnapshot(snapshot).setIterateUpperBound(bound);
                    RocksIterator at = db.newIterator(family(column), bounded)) {
                for (at.seek(from.toArrayUnsafe()); at.isValid(); at.next()) {
                    if (!visit.test(Bytes.wrap(at.key()), Bytes.wrap(at.value()))) return;
                }
                at.status();
            } catch (RocksDBException unreadable) {
                throw fault("reading", unreadable);
            } finally {
                leave();
            }
        }

        @Override
        public void close() {
            synchronized (RocksStore.this) {
                if (!views.remove(this)) return;
                options.close();
                db.releaseSnapshot(snapshot);
            }
        }
    }
}

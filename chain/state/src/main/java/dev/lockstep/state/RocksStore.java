package dev.lockstep.state;

import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteOptions;

/**
 * A store on disk, in RocksDB: one column family a column, one synced batch a write.
 *
 * @cost memory: {@value #CACHE_SIZE_BYTES} bytes of block cache over all columns, {@value
 *     #WRITE_BUFFERS_SIZE_BYTES} of write buffers
 */
public final class RocksStore implements KeyValueStore {
    /** What this build reads and writes. A store of a later version is refused, not guessed at. */
    static final long SCHEMA_VERSION = 1;

    static final long CACHE_SIZE_BYTES = 128 << 20;
    static final long WRITE_BUFFERS_SIZE_BYTES = 128 << 20;
    private static final int OPEN_FILES_MAX = 512;
    private static final long WRITE_AHEAD_LOG_SIZE_BYTES_MAX = 256 << 20;
    private static final long KEPT_LOGS = 4;
    private static final Bytes SCHEMA_KEY =
            Bytes.wrap("schema".getBytes(StandardCharsets.US_ASCII));

    private final RocksDB db;
    private final Map<Column, ColumnFamilyHandle> families = new EnumMap<>(Column.class);
    private final List<AutoCloseable> owned = new ArrayList<>();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private boolean isClosed;

    private RocksStore(RocksDB db) {
        this.db = db;
    }

    /**
     * Opens the store in {@code path}, which is made where it is not there.
     *
     * @fails LocalFault where the folder is in use, unreadable, damaged or of a newer version: one
     *     sentence that says what to do
     */
    public static RocksStore open(Path path) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new LocalFault(path + " is a file; a database is a folder");
        }
        RocksDB.loadLibrary();
        List<AutoCloseable> owned = new ArrayList<>();
        boolean opened = false;
        try {
            Files.createDirectories(path);
            RocksStore store = open(path, owned);
            store.owned.addAll(owned);
            opened = true;
            store.checkSchema(path);
            return store;
        } catch (RocksDBException refused) {
            throw new LocalFault(sentence(path, refused), refused);
        } catch (IOException unwritable) {
            throw new LocalFault(
                    "the database folder " + path + " can't be made: " + unwritable.getMessage(),
                    unwritable);
        } finally {
            if (!opened) closeAll(owned);
        }
    }

    private static RocksStore open(Path path, List<AutoCloseable> owned) throws RocksDBException {
        DBOptions options =
                own(owned, new DBOptions())
                        .setCreateIfMissing(true)
                        .setCreateMissingColumnFamilies(true)
                        .setMaxOpenFiles(OPEN_FILES_MAX)
                        .setMaxTotalWalSize(WRITE_AHEAD_LOG_SIZE_BYTES_MAX)
                        .setDbWriteBufferSize(WRITE_BUFFERS_SIZE_BYTES)
                        .setParanoidChecks(true)
                        .setKeepLogFileNum(KEPT_LOGS);
        Cache cache = own(owned, new LRUCache(CACHE_SIZE_BYTES));
        BloomFilter bloom = own(owned, new BloomFilter(10));
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY));
        for (Column column : Column.values()) {
            ColumnFamilyOptions family =
                    own(owned, new ColumnFamilyOptions())
                            .setCompressionType(CompressionType.LZ4_COMPRESSION)
                            .setTableFormatConfig(
                                    new BlockBasedTableConfig()
                                            .setBlockCache(cache)
                                            .setCacheIndexAndFilterBlocks(true)
                                            .setFilterPolicy(bloom));
            descriptors.add(
                    new ColumnFamilyDescriptor(
                            column.title().getBytes(StandardCharsets.US_ASCII), family));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        RocksStore store =
                new RocksStore(RocksDB.open(options, path.toString(), descriptors, handles));
        store.owned.add(handles.getFirst());
        for (Column column : Column.values())
            store.families.put(column, handles.get(1 + column.ordinal()));
        return store;
    }

    private static <T extends AutoCloseable> T own(List<AutoCloseable> owned, T resource) {
        owned.add(resource);
        return resource;
    }

    /** RocksDB's words about a database that does not open, as a sentence that says what to do. */
    private static String sentence(Path path, RocksDBException refused) {
        String said = String.valueOf(refused.getMessage());
        if (said.contains("lock")) {
            return "the database " + path + " is in use by another process; stop that one first";
        }
        if (said.contains("Column families not opened")) {
            return "the database "
                    + path
                    + " is of a newer version than this build (it has columns that this build does not know): run the newer build";
        }
        if (said.contains("Corruption")
                || said.contains("checksum")
                || said.contains("CURRENT")
                || said.contains("MANIFEST")) {
            return "the database "
                    + path
                    + " is damaged ("
                    + said
                    + "): restore a copy, or remove the folder and import the blocks again";
        }
        return "the database " + path + " does not open: " + said;
    }

    private void checkSchema(Path path) {
        Bytes found = get(Column.META, SCHEMA_KEY);
        if (found == null) {
            write(
                    new WriteBatch()
                            .put(Column.META, SCHEMA_KEY, Bytes.ofUnsignedLong(SCHEMA_VERSION)));
            return;
        }
        long version = found.size() == 8 ? found.toLong() : -1;
        if (version == SCHEMA_VERSION) return;
        close();
        throw new LocalFault(
                "the database "
                        + path
                        + " has version "
                        + version
                        + "; this build reads version "
                        + SCHEMA_VERSION
                        + ": run the build that wrote it, or export its blocks there and import them here");
    }

    @Override
    public @Nullable Bytes get(Column column, Bytes key) {
        try {
            byte[] value = db.get(families.get(column), key.toArrayUnsafe());
            return value == null ? null : Bytes.wrap(value);
        } catch (RocksDBException unreadable) {
            throw fault("reading", unreadable);
        }
    }

    @Override
    public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
        try (Snapshot now = snapshot()) {
            now.scan(column, from, to, visit);
        }
    }

    @Override
    public void write(WriteBatch batch) {
        try (org.rocksdb.WriteBatch rocks = new org.rocksdb.WriteBatch()) {
            for (WriteBatch.Change change : batch.changes()) {
                ColumnFamilyHandle family = families.get(change.column());
                Bytes value = change.value();
                if (value == null) rocks.delete(family, change.key().toArrayUnsafe());
                else rocks.put(family, change.key().toArrayUnsafe(), value.toArrayUnsafe());
            }
            db.write(synced, rocks);
        } catch (RocksDBException refused) {
            throw fault("writing", refused);
        }
    }

    @Override
    public Snapshot snapshot() {
        return new View();
    }

    private static LocalFault fault(String doing, RocksDBException cause) {
        return new LocalFault(doing + " the database failed: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        if (isClosed) return;
        isClosed = true;
        closeAll(List.copyOf(families.values()));
        synced.close();
        db.close();
        closeAll(owned);
    }

    private static void closeAll(List<? extends AutoCloseable> resources) {
        for (AutoCloseable resource : resources.reversed()) {
            if (resource instanceof org.rocksdb.AbstractNativeReference handle) handle.close();
        }
    }

    private final class View implements Snapshot {
        private final org.rocksdb.Snapshot snapshot = db.getSnapshot();
        private final ReadOptions options = new ReadOptions().setSnapshot(snapshot);

        @Override
        public @Nullable Bytes get(Column column, Bytes key) {
            try {
                byte[] value = db.get(families.get(column), options, key.toArrayUnsafe());
                return value == null ? null : Bytes.wrap(value);
            } catch (RocksDBException unreadable) {
                throw fault("reading", unreadable);
            }
        }

        @Override
        public void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit) {
            try (Slice bound = new Slice(to.toArrayUnsafe());
                    ReadOptions bounded =
                            new ReadOptions().setSnapshot(snapshot).setIterateUpperBound(bound);
                    RocksIterator at = db.newIterator(families.get(column), bounded)) {
                for (at.seek(from.toArrayUnsafe()); at.isValid(); at.next()) {
                    if (!visit.test(Bytes.wrap(at.key()), Bytes.wrap(at.value()))) return;
                }
                at.status();
            } catch (RocksDBException unreadable) {
                throw fault("reading", unreadable);
            }
        }

        @Override
        public void close() {
            options.close();
            db.releaseSnapshot(snapshot);
        }
    }
}

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
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;

/**
 * Opens the folder of a {@link RocksStore}, and says in one sentence why it can't.
 *
 * @cost memory: {@value #CACHE_SIZE_BYTES} bytes of block cache over all columns, {@value
 *     #WRITE_BUFFERS_SIZE_BYTES} of write buffers
 */
final class RocksFolder {
    /** What this build reads and writes. A store of a later version is refused, not guessed at. */
    static final long SCHEMA_VERSION = 1;

    private static final long CACHE_SIZE_BYTES = 128 << 20;
    private static final long WRITE_BUFFERS_SIZE_BYTES = 128 << 20;
    private static final int OPEN_FILES_MAX = 512;
    private static final long WRITE_AHEAD_LOG_SIZE_BYTES_MAX = 256 << 20;
    private static final long INFO_LOG_SIZE_BYTES_MAX = 4 << 20;
    private static final long KEPT_LOGS = 4;
    private static final Bytes SCHEMA_KEY =
            Bytes.wrap("schema".getBytes(StandardCharsets.US_ASCII));

    /** The file that says which of the others count; without it there is no database. */
    private static final String CURRENT = "CURRENT";

    /** What a first opening that was cut short leaves behind: nothing in them is lost. */
    private static final Pattern UNFINISHED =
            Pattern.compile("LOCK|LOG(\\.old\\.\\d+)?|IDENTITY|MANIFEST-\\d+|\\d+\\.dbtmp");

    /** What holds data. */
    private static final Pattern DATA = Pattern.compile("\\d+\\.(sst|log|blob)");

    private final Path path;
    private final List<AbstractNativeReference> owned = new ArrayList<>();

    private RocksFolder(Path path) {
        this.path = path;
    }

    static RocksStore open(Path path) {
        RocksFolder folder = new RocksFolder(path);
        folder.look();
        RocksDB.loadLibrary();
        RocksStore store = null;
        boolean isGood = false;
        try {
            store = folder.openStore();
            folder.checkSchema(store);
            isGood = true;
            return store;
        } catch (RocksDBException refused) {
            throw new LocalFault(folder.sentence(refused), refused);
        } finally {
            if (!isGood) folder.abandon(store);
        }
    }

    private void abandon(@Nullable RocksStore store) {
        if (store != null) store.close();
        else owned.reversed().forEach(AbstractNativeReference::close);
    }

    /** What RocksDB would not ask: it makes a new database over whatever it finds. */
    private void look() {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new LocalFault(path + " is a file; a database is a folder");
        }
        List<String> names;
        try {
            Files.createDirectories(path);
            try (Stream<Path> files = Files.list(path)) {
                names = files.map(file -> file.getFileName().toString()).sorted().toList();
            }
        } catch (IOException unusable) {
            throw new LocalFault(
                    "the database folder " + path + " can't be used: " + unusable, unusable);
        }
        if (names.contains(CURRENT)) return;
        if (names.stream().anyMatch(name -> DATA.matcher(name).matches())) {
            throw new LocalFault(damaged("its file CURRENT is missing"));
        }
        for (String name : names) {
            if (UNFINISHED.matcher(name).matches()) continue;
            throw new LocalFault(
                    "the folder "
                            + path
                            + " is no database, for it holds "
                            + name
                            + "; name an empty folder or one that is not there");
        }
    }

    private RocksStore openStore() throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY));
        Cache cache = own(new LRUCache(CACHE_SIZE_BYTES));
        BloomFilter bloom = own(new BloomFilter());
        for (Column column : Column.values()) {
            ColumnFamilyOptions family =
                    own(new ColumnFamilyOptions())
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
        RocksDB db = RocksDB.open(options(), path.toString(), descriptors, handles);
        own(handles.getFirst());
        Map<Column, ColumnFamilyHandle> families = new EnumMap<>(Column.class);
        for (Column column : Column.values()) {
            families.put(column, handles.get(1 + column.ordinal()));
        }
        return new RocksStore(db, families, owned);
    }

    /**
     * Every write is synced, so a torn record at the log's end was never acknowledged and may go;
     * damage before the end is refused.
     */
    private DBOptions options() {
        return own(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                .setMaxTotalWalSize(WRITE_AHEAD_LOG_SIZE_BYTES_MAX)
                .setDbWriteBufferSize(WRITE_BUFFERS_SIZE_BYTES)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(INFO_LOG_SIZE_BYTES_MAX)
                .setKeepLogFileNum(KEPT_LOGS)
                .setStatsDumpPeriodSec(0);
    }

    private <T extends AbstractNativeReference> T own(T resource) {
        owned.add(resource);
        return resource;
    }

    private void checkSchema(RocksStore store) {
        Bytes found = store.get(Column.META, SCHEMA_KEY);
        if (found == null) {
            store.scanPrefix(
                    Column.META,
                    Bytes.EMPTY,
                    (_, _) -> {
                        throw new LocalFault(damaged("it does not say its version"));
                    });
            Bytes version = Bytes.ofUnsignedLong(SCHEMA_VERSION);
            store.write(new WriteBatch().put(Column.META, SCHEMA_KEY, version));
            return;
        }
        if (found.size() != 8) throw new LocalFault(damaged("its version is " + found));
        long version = found.toLong();
        if (version == SCHEMA_VERSION) return;
        throw new LocalFault(
                "the database "
                        + path
                        + " has version "
                        + Long.toUnsignedString(version)
                        + "; this build reads version "
                        + SCHEMA_VERSION
                        + ": run the build that wrote it, or export its blocks there and import"
                        + " them here");
    }

    /** RocksDB's words about a database that does not open, as a sentence that says what to do. */
    private String sentence(RocksDBException refused) {
        // The folder's own name must not be taken for a part of the message.
        String said = String.valueOf(refused.getMessage()).replace(path.toString(), "");
        Status status = refused.getStatus();
        if (said.contains("While lock file") || said.contains("lock hold by current process")) {
            return "the database " + path + " is in use by another process; stop that one first";
        }
        if (said.contains("Column families not opened")) {
            return "the database "
                    + path
                    + " is of a newer version than this build (it has columns that this build does"
                    + " not know): run the newer build";
        }
        boolean isDamaged =
                (status != null && status.getCode() == Status.Code.Corruption)
                        || said.contains("Corruption")
                        || said.contains("checksum")
                        || said.contains("CURRENT")
                        || said.contains("MANIFEST")
                        || said.contains("No such file");
        return isDamaged ? damaged(said) : "the database " + path + " does not open: " + said;
    }

    private String damaged(String how) {
        return "the database "
                + path
                + " is damaged ("
                + how
                + "): restore a copy, or remove the folder and import the blocks again";
    }
}

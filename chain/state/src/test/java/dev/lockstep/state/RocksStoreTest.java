package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

class RocksStoreTest extends KeyValueStoreContract {
    private static final Bytes KEY = Bytes.of(7);

    @TempDir Path folder;

    @Override
    KeyValueStore open() {
        return RocksStore.open(folder.resolve("database"));
    }

    @Test
    void whatWasWrittenIsThereAfterAReopening() {
        store.write(new WriteBatch().put(Column.CODES, KEY, Bytes.of(1)));
        store.close();
        store = open();
        assertThat(store.get(Column.CODES, KEY)).isEqualTo(Bytes.of(1));
    }

    @Test
    void aDatabaseInUseIsRefusedInOneSentence() {
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("in use");
    }

    @Test
    void aFileInsteadOfAFolderIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> RocksStore.open(file))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("is a file");
    }

    @Test
    void aNewerVersionIsRefusedAndLeftAsItIs() {
        Bytes schema = Bytes.wrap("schema".getBytes(StandardCharsets.US_ASCII));
        store.write(new WriteBatch().put(Column.META, schema, Bytes.ofUnsignedLong(2)));
        store.close();
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("version 2")
                .hasMessageContaining("version 1");
        assertThatThrownBy(this::open).hasMessageContaining("version 2");
    }

    @Test
    void aDatabaseOfUnknownColumnsIsRefusedAsNewer() throws Exception {
        store.close();
        Path database = folder.resolve("database");
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        try (Options options = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, database.toString())) {
                families.add(new ColumnFamilyDescriptor(name));
            }
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.open(options, database.toString(), families, handles)) {
            db.createColumnFamily(
                            new ColumnFamilyDescriptor(
                                    "of_tomorrow".getBytes(StandardCharsets.US_ASCII)))
                    .close();
            handles.forEach(ColumnFamilyHandle::close);
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("newer version");
    }

    @Test
    void aFolderOfOtherThingsIsRefusedAndLeftAsItIs() throws IOException {
        Path photos = Files.createDirectory(folder.resolve("photos"));
        Files.writeString(photos.resolve("cat.jpg"), "x");
        assertThatThrownBy(() -> RocksStore.open(photos))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("no database")
                .hasMessageContaining("cat.jpg");
        try (var files = Files.list(photos)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void aLostCurrentFileIsDamageAndNotAnEmptyDatabase() throws IOException {
        store.write(new WriteBatch().put(Column.CODES, KEY, Bytes.of(1)));
        store.close();
        Files.delete(folder.resolve("database/CURRENT"));
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining("CURRENT");
    }

    @Test
    void aFirstOpeningThatWasCutShortIsBegunAgain() throws IOException {
        Path early = Files.createDirectory(folder.resolve("early"));
        Files.createFile(early.resolve("LOCK"));
        Files.writeString(early.resolve("LOG"), "began");
        try (KeyValueStore begun = RocksStore.open(early)) {
            assertThat(begun.get(Column.CODES, KEY)).isNull();
        }
    }

    /** The word "lock" in a folder's name must not make every trouble look like a lock. */
    @Test
    void damageInAFolderNamedLockIsCalledDamage() throws IOException {
        Path database = folder.resolve("lockstep-lock");
        RocksStore.open(database).close();
        for (Path file : files(database, "MANIFEST")) Files.write(file, new byte[100]);
        assertThatThrownBy(() -> RocksStore.open(database))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void damageInsideTheLogIsRefused() throws IOException {
        for (int i = 0; i < 50; i++) {
            store.write(
                    new WriteBatch().put(Column.CODES, Bytes.of(i), Bytes.repeat((byte) i, 200)));
        }
        store.close();
        for (Path file : files(folder.resolve("database"), "")) {
            if (!file.toString().endsWith(".log")) continue;
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > 3000) {
                bytes[3000] ^= 0x55;
                Files.write(file, bytes);
            }
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged");
    }

    /** What a power cut leaves of a batch that was never acknowledged. */
    @Test
    void aTornLastRecordIsDroppedAndTheRestKept() throws IOException {
        for (int i = 0; i < 50; i++) {
            store.write(
                    new WriteBatch().put(Column.CODES, Bytes.of(i), Bytes.repeat((byte) i, 200)));
        }
        store.close();
        for (Path file : files(folder.resolve("database"), "")) {
            if (!file.toString().endsWith(".log")) continue;
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > 3000) Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
        }
        store = open();
        assertThat(store.get(Column.CODES, Bytes.of(48))).isEqualTo(Bytes.repeat((byte) 48, 200));
        assertThat(store.get(Column.CODES, Bytes.of(49))).isNull();
    }

    private static List<Path> files(Path folder, String prefix) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    @Test
    void aDamagedDatabaseIsRefusedInOneSentence() throws IOException {
        store.write(new WriteBatch().put(Column.CODES, KEY, Bytes.of(1)));
        store.close();
        try (var files = Files.list(folder.resolve("database"))) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().startsWith("MANIFEST")).toList()) {
                Files.write(file, new byte[100]);
            }
        }
        assertThatThrownBy(this::open)
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining("damaged");
    }
}

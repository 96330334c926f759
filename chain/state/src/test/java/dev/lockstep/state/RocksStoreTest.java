package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

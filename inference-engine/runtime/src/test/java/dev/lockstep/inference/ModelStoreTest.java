package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStoreTest {
    @TempDir Path directory;

    @Test
    void whatIsPutIsThere() throws Exception {
        ModelStore store = ModelStore.open(directory.resolve("models"));
        assertThat(store.list()).isEmpty();
        Model line = Samples.line();
        Model network = Samples.network(1);
        Path file = store.put(line);
        store.put(network);
        assertThat(file.getFileName()).hasToString(line.id().toHex() + ".lkm");
        assertThat(store.list()).containsExactlyInAnyOrder(line.id(), network.id()).isSorted();
        assertThat(store.contains(line.id())).isTrue();
        assertThat(store.get(line.id()).id()).isEqualTo(line.id());
        assertThat(store.get(line.id())).isSameAs(store.get(line.id()));
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        ModelStore store = ModelStore.open(directory);
        ModelId id = Samples.line().id();
        assertThat(store.contains(id)).isFalse();
        assertThatThrownBy(() -> store.get(id))
                .isInstanceOf(ModelUnavailableException.class)
                .hasMessage("model " + id + " is missing: there is no file " + store.file(id));
    }

    @Test
    void aCorruptFileIsNamedWithTheReason() throws Exception {
        ModelStore store = ModelStore.open(directory);
        Path file = store.put(Samples.line());
        byte[] bytes = Files.readAllBytes(file);
        bytes[60] = 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> store.get(Samples.line().id()))
                .hasMessage(
                        "model file "
                                + file
                                + " is corrupt: byte 60 is 1; the one encoding of this model has 0");
    }

    @Test
    void anotherModelUnderThisNameIsRefused() throws Exception {
        ModelStore store = ModelStore.open(directory);
        Path file = store.put(Samples.line());
        Files.write(file, ModelFile.write(Samples.network(1)));
        assertThatThrownBy(() -> store.get(Samples.line().id()))
                .hasMessage(
                        "model file " + file + " holds another model, " + Samples.network(1).id());
    }

    @Test
    void notesSurviveTheirFile() throws Exception {
        ModelStore store = ModelStore.open(directory);
        ModelId id = Samples.line().id();
        assertThat(store.notes(id)).isEqualTo(ModelNotes.NONE);
        ModelNotes notes =
                new ModelNotes(
                        "digits",
                        List.of("image"),
                        List.of("logits", "class"),
                        List.of("zero", "one = 1"),
                        new TreeMap<>(Map.of("input.scale", "pixels / 255", "licence", "MIT")));
        notes.write(store.notesFile(id));
        assertThat(store.notes(id)).isEqualTo(notes);
    }

    @Test
    void idsAreWrittenInOneWay() {
        ModelId id = ModelId.parse("0x" + "AB".repeat(32));
        assertThat(id)
                .isEqualTo(ModelId.parse("ab".repeat(32)))
                .hasToString("0x" + "ab".repeat(32));
        assertThat(ModelId.of(id.toBytes())).isEqualTo(id);
        assertThatThrownBy(() -> ModelId.parse("0x12"))
                .hasMessageContaining("64 hexadecimal digits, not 2");
        assertThatThrownBy(() -> ModelId.of(new byte[31]))
                .hasMessage("a model id has 32 bytes, not 31");
    }
}

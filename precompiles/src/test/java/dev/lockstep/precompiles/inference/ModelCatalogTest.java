package dev.lockstep.precompiles.inference;

import static dev.lockstep.precompiles.inference.TestModels.MIRROR;
import static dev.lockstep.precompiles.inference.TestModels.PAIR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelStore;
import dev.lockstep.types.ChainSpec.InferenceSpec;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.tuweni.bytes.Bytes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {
    @TempDir private Path folder;
    private ModelStore store;
    private Path file;

    @BeforeEach
    void storeOneModel() throws IOException {
        store = ModelStore.open(folder);
        file = store.put(MIRROR);
        store.put(PAIR);
    }

    private static Hash id(Model model) {
        return Hash.of(Bytes.wrap(Calls.id(model)));
    }

    private static InferenceSpec spec(Model... models) {
        return new InferenceSpec(
                List.of(models).stream().map(ModelCatalogTest::id).toList(), 1_000);
    }

    @Test
    void holdsTheModelsOfTheChainAndNoOthers() {
        ModelCatalog catalog = ModelCatalog.open(spec(MIRROR), store);
        assertThat(catalog.find(id(MIRROR))).isNotNull();
        assertThat(catalog.find(id(MIRROR)).run(Bytes.of(1, 2, 3, 4)))
                .isEqualTo(Bytes.of(4, 3, 2, 1));
        assertThat(catalog.find(id(PAIR))).isNull();
        assertThat(catalog.models()).extracting(ActiveModel::id).containsExactly(id(MIRROR));
    }

    @Test
    void aMissingFileIsThisMachinesFaultAndNamed() throws IOException {
        Files.delete(file);
        assertThatThrownBy(() -> ModelCatalog.open(spec(PAIR, MIRROR), store))
                .isInstanceOf(LocalFault.class)
                .hasMessageContaining(id(MIRROR).toString())
                .hasMessageContaining(file.toString());
    }

    @Test
    void aCorruptFileIsThisMachinesFaultAndNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int at : new int[] {0, bytes.length / 2, bytes.length - 1}) {
            byte[] corrupt = bytes.clone();
            corrupt[at] ^= 1;
            Files.write(file, corrupt);
            assertThatThrownBy(() -> ModelCatalog.open(spec(MIRROR), ModelStore.open(folder)))
                    .isInstanceOf(LocalFault.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void manyThreadsRunOneModelAtOnce() throws InterruptedException, ExecutionException {
        ActiveModel model = ModelCatalog.of(List.of(MIRROR), 1_000).find(id(MIRROR));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> agree =
                    java.util.stream.IntStream.range(0, 100)
                            .mapToObj(
                                    i ->
                                            threads.submit(
                                                    () ->
                                                            model.run(Bytes.of(i, 2, 3, 4))
                                                                    .equals(Bytes.of(4, 3, 2, i))))
                            .toList();
            for (Future<Boolean> one : agree) assertThat(one.get()).isTrue();
        }
    }

    @Test
    void theChainsScaleIsInTheQuote() {
        long plain = ModelCatalog.of(List.of(MIRROR), 1_000).find(id(MIRROR)).gas();
        assertThat(ModelCatalog.of(List.of(MIRROR), 2_500).find(id(MIRROR)).gas())
                .isEqualTo((plain * 5 + 1) / 2);
        assertThat(ModelCatalog.of(List.of(MIRROR), 0).find(id(MIRROR)).gas()).isZero();
    }
}

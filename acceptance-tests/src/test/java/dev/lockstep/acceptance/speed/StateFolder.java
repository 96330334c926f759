package dev.lockstep.acceptance.speed;

import dev.lockstep.state.KeyValueStore;
import dev.lockstep.state.RocksStore;
import dev.lockstep.state.WorldState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a {@link TokenWorld} lies on disk: made at first need, kept where somebody said so.
 *
 * @param temporary what is removed in the end
 */
record StateFolder(Path path, @Nullable Path temporary) implements AutoCloseable {
    /**
     * @param parent without, a temporary folder
     */
    static StateFolder open(@Nullable Path parent, TokenWorld tokens)
            throws IOException, InterruptedException {
        Path temporary = parent == null ? Files.createTempDirectory("lockstep-state") : null;
        Path within = temporary == null ? Objects.requireNonNull(parent) : temporary;
        StateFolder folder =
                new StateFolder(within.resolve(tokens.size() + "-accounts"), temporary);
        folder.fill(tokens);
        return folder;
    }

    private void fill(TokenWorld tokens) throws IOException, InterruptedException {
        Path made = path.resolveSibling(path.getFileName() + ".complete");
        if (Files.exists(made)) return;
        long start = System.nanoTime();
        try (KeyValueStore store = RocksStore.open(path)) {
            if (new WorldState(store).headNumber() >= 0) {
                Options.misuse(path + " holds a state that was not finished: remove it");
            }
            tokens.fill(store);
        }
        Files.createFile(made);
        System.err.printf(
                Locale.ROOT, "The state took %d s.%n", (System.nanoTime() - start) / 1_000_000_000);
    }

    long sizeBytes() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Override
    public void close() throws IOException {
        if (temporary == null) return;
        try (Stream<Path> files = Files.walk(temporary)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(file);
        }
    }
}

package dev.lockstep.cli;

import dev.lockstep.inference.kernels.NativeGuard;
import dev.lockstep.inference.kernels.NativeLevel;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Native kernels, for whoever has built them. */
final class NativeOption {
    @Option(
            names = "--native-kernels",
            paramLabel = "FILE",
            description =
                    "Run models with the kernels that inference-engine/native/build made (default: none); results are the same.")
    private @Nullable Path file;

    @Option(
            names = "--native-level",
            paramLabel = "NAME",
            description =
                    "Instructions to use: avx512-vnni, avx-vnni, avx2, neon-dot (default: the best that this machine has).")
    private @Nullable String level;

    /** Lets them serve where they were asked for. */
    void enable() throws IOException, InterruptedException {
        Path given = file;
        if (given == null) {
            return;
        }
        GivenPath.file("--native-kernels", given);
        try {
            NativeGuard.enable(given, level == null ? null : NativeLevel.named(level));
        } catch (IllegalArgumentException unknown) {
            throw new CommandFailure("--native-level: " + unknown.getMessage(), unknown);
        } catch (IOException unusable) {
            throw new CommandFailure("--native-kernels: " + unusable.getMessage(), unusable);
        }
    }
}

package dev.lockstep.inference;

import dev.lockstep.inference.kernels.NativeKernels;
import dev.lockstep.inference.kernels.NativeLevel;
import dev.lockstep.inference.kernels.PlainKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** Native kernels where they were built, by each set of instructions that this machine has. */
class NativeKernelsTest {
    @Nested
    class Avx512Vnni extends Level {
        Avx512Vnni() {
            super(NativeLevel.AVX512_VNNI);
        }
    }

    @Nested
    class AvxVnni extends Level {
        AvxVnni() {
            super(NativeLevel.AVX_VNNI);
        }
    }

    @Nested
    class Avx2 extends Level {
        Avx2() {
            super(NativeLevel.AVX2);
        }
    }

    @Nested
    class NeonDot extends Level {
        NeonDot() {
            super(NativeLevel.NEON_DOT);
        }
    }

    abstract static class Level extends KernelsContract {
        private final NativeLevel level;

        Level(NativeLevel level) {
            this.level = level;
        }

        @BeforeEach
        void thisMachineHasThem() {
            kernels();
        }

        @Override
        Kernels kernels() {
            try {
                return NativeKernels.open(built(), level, new PlainKernels());
            } catch (IOException e) {
                return skip(e.getMessage());
            }
        }
    }

    /** The library of {@code -Dlockstep.native-kernels=FILE}, or where {@code build} puts it. */
    static Path built() {
        String given = System.getProperty("lockstep.native-kernels");
        Path home = Path.of(System.getProperty("user.home"));
        Path file =
                given != null
                        ? Path.of(given)
                        : home.resolve(".cache/lockstep-native/liblockstep-kernels.so");
        return Files.exists(file)
                ? file
                : skip(
                        "no native kernels in "
                                + file
                                + "; inference-engine/native/build makes them");
    }

    private static <T> T skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}

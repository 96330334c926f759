package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.kernels.FmaPeak;
import dev.lockstep.inference.kernels.ServingKernels;
import dev.lockstep.inference.kernels.VectorKernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VectorKernelsTest extends KernelsContract {
    @Override
    Kernels kernels() {
        return new VectorKernels();
    }

    @Test
    void aJvmThatWasStartedWithoutVectorsLoadsThem() throws Exception {
        assertThat(said("--add-exports=java.base/jdk.internal.module=ALL-UNNAMED"))
                .isEqualTo("vectors");
    }

    @Test
    void aJvmThatMayNotLoadVectorsServesWithPlainLoops() throws Exception {
        assertThat(said()).isEqualTo("plain");
        assertThat(
                        said(
                                "--add-exports=java.base/jdk.internal.module=ALL-UNNAMED",
                                "-Dlockstep.vectors=false"))
                .isEqualTo("plain");
    }

    /** What {@link Child} prints in a JVM of its own. */
    private static String said(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // A JVM says when it picks these up.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Process child = builder.start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        child.waitFor();
        return said.strip();
    }

    /** Asks for vectors in a JVM that was started without them. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws InterruptedException {
            try {
                var _ = new VectorKernels();
                System.out.println(FmaPeak.gigaMacsPerSecond() > 0 ? "vectors" : "none");
            } catch (IllegalStateException none) {
                System.out.println(ServingKernels.settle());
            }
        }
    }
}

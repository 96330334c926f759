package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    private static final Path MODELS = Path.of("../inference-engine/models");

    @TempDir Path folder;

    @Test
    void aQuickRunPrintsProductsAndModelsBesideOnnxRuntime() {
        Path model = MODELS.resolve("digits/digits.lkm");
        Path onnx = MODELS.resolve("digits/digits.onnx");
        String out =
                Cli.run("bench", "inference", "--quick", "--model", model + "=" + onnx)
                        .succeeded()
                        .out();
        assertThat(out).startsWith("kernels: ");
        assertThat(out.lines().filter(line -> line.matches("\\d+x\\d+x\\d+ .*"))).hasSize(6);
        assertThat(out.lines().filter(line -> line.startsWith("digits"))).hasSize(1);
    }

    @Test
    void badOptionsAreRefusedBeforeAnythingIsMeasured() {
        Path none = folder.resolve("none.lkm");
        Cli.run("bench", "inference", "--model", none)
                .refused("--model is " + none + "; there is no such file");
        Cli.run("bench", "inference", "--model", folder + "=x.onnx").refused("a file is needed");
        Path model = MODELS.resolve("digits/digits.lkm");
        Cli.run("bench", "inference", "--model", model + "=none.onnx")
                .refused("--model is none.onnx; there is no such file");
        Path noModel = MODELS.resolve("digits/digits.onnx");
        Cli.run("bench", "inference", "--quick", "--model", noModel)
                .refused("is not a valid model: ");
    }
}

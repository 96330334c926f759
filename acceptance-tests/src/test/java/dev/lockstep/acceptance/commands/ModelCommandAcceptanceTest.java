package dev.lockstep.acceptance.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lockstep.acceptance.dsl.Launcher;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A public float model, from its ONNX file to answers, by commands alone. */
class ModelCommandAcceptanceTest {
    private static final double POINTS_LOST_MAX = 0.1;

    @TempDir Path folder;

    @Test
    void thePublicDigitModelKeepsItsAccuracy() throws Exception {
        String fixtures = System.getenv("LOCKSTEP_FIXTURES");
        if (fixtures == null) {
            String line = "SKIPPED: LOCKSTEP_FIXTURES is not set, so there is no mnist.onnx";
            System.out.println(line);
            Assumptions.abort(line);
        }
        Path models = Path.of(fixtures, "models");
        String images = models.resolve("mnist/images-idx3-ubyte.gz").toString();
        String labels = models.resolve("mnist/labels-idx1-ubyte.gz").toString();
        String lkm = folder.resolve("mnist.lkm").toString();

        Launcher.Result made =
                Launcher.run(
                        "model",
                        "import",
                        models.resolve("winml/mnist.onnx").toString(),
                        "--calibrate",
                        images,
                        "--calibrate-limit",
                        "200",
                        "--test",
                        images,
                        "--test-labels",
                        labels,
                        "--to",
                        lkm);
        assertThat(made.exitCode()).as(made.all()).isZero();
        double ofFloat = percent(made.out(), "right, float +.* \\(([0-9.]+) %\\)");

        Launcher.Result run =
                Launcher.run("model", "run", lkm, "--input", images, "--labels", labels);
        assertThat(run.exitCode()).as(run.all()).isZero();
        double ofIntegers = percent(run.out(), "accuracy [0-9]+ of [0-9]+: ([0-9.]+) %");
        System.out.printf(
                Locale.ROOT, "mnist: float %.2f %%, integers %.2f %%%n", ofFloat, ofIntegers);
        assertThat(ofFloat).isGreaterThan(98);
        assertThat(ofIntegers).isCloseTo(ofFloat, within(POINTS_LOST_MAX));
    }

    private static double percent(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as("%s in%n%s", pattern, text).isTrue();
        return Double.parseDouble(matcher.group(1));
    }
}

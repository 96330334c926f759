package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.importer.ParityReport.OutputParity;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Public models on public pictures. Labels play no part in calibration. */
class PublicModelsTest {
    @Test
    void classifiesAsWellAsTheFloatModel() throws ImportException {
        Path models = Fixtures.models();
        Inputs images =
                Inputs.of(models.resolve("mnist/images-idx3-ubyte.gz"))
                        .withLabels(models.resolve("mnist/labels-idx1-ubyte.gz"));
        ImportRequest request =
                ImportRequest.of(models.resolve("winml/mnist.onnx"), images.first(100))
                        .withTest(images.first(2000));

        ParityReport report =
                Objects.requireNonNull(Importer.importModel(request, Progress.NONE).report());

        OutputParity scores = report.outputs().getFirst();
        assertThat(report.samples()).isEqualTo(2000);
        assertThat(scores.floatRight()).isGreaterThan(1950);
        assertThat(Math.abs(scores.floatRight() - scores.integerRight()))
                .as(report.text())
                .isLessThanOrEqualTo(2);
        assertThat(scores.sameArgmax()).isGreaterThanOrEqualTo(1995);
    }

    /**
     * Half-precision weights and input, 26 convolutions, 8 concatenations; one picture, so a check
     * of the graph, not of accuracy.
     */
    @Test
    void squeezeNetNamesTheSameClass() throws ImportException {
        Path models = Fixtures.models();
        Inputs kitten = Inputs.of(models.resolve("winml/kitten_224.csv"));
        ImportRequest request =
                ImportRequest.of(models.resolve("winml/SqueezeNet_fp16.onnx"), kitten)
                        .withTest(kitten);

        ParityReport report =
                Objects.requireNonNull(Importer.importModel(request, Progress.NONE).report());

        assertThat(report.size().macs()).isEqualTo(349_151_936);
        assertThat(report.outputs().getFirst().sameArgmax()).isEqualTo(1);
        assertThat(report.outputs().getFirst().maxError()).as(report.text()).isLessThan(0.01);
    }
}

package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.importer.ParityReport.OutputParity;
import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How much public networks lose, on all inputs that are there and on 1,000 random ones. A sample of
 * it is part of every build; all of it takes minutes.
 */
@Tag("sweep")
class AccuracyTest {
    private static void print(String name, ParityReport report) {
        OutputParity scores = report.outputs().getFirst();
        System.out.printf(
                "%-46s same first %5d of %5d (%.2f %%), right %d against %d, SQNR %.1f dB%n",
                name,
                scores.sameArgmax(),
                report.samples(),
                100.0 * scores.sameArgmax() / report.samples(),
                scores.integerRight(),
                scores.floatRight(),
                scores.sqnr());
    }

    @Test
    void digitsWithin5HundredthsOfAPoint() throws ImportException {
        Path models = Fixtures.models();
        Inputs images =
                Inputs.of(models.resolve("mnist/images-idx3-ubyte.gz"))
                        .withLabels(models.resolve("mnist/labels-idx1-ubyte.gz"));
        ImportRequest request =
                ImportRequest.of(models.resolve("winml/mnist.onnx"), images.first(100))
                        .withTest(images);
        ParityReport report =
                Objects.requireNonNull(Importer.importModel(request, Progress.NONE).report());
        print("mnist.onnx, test images", report);
        OutputParity scores = report.outputs().getFirst();
        assertThat(Math.abs(scores.integerRight() - scores.floatRight()))
                .isLessThanOrEqualTo(report.samples() / 2000);
    }

    @ParameterizedTest
    @CsvSource({"kws_ref_model.tflite", "kws_ref_model_float32.tflite"})
    void keywordsWithinTwoTenthsOfAPoint(String name) throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(TfliteModelsTest.file(name)));
        Samples inputs = TfliteModelsTest.keywords(1000);
        if (network.graph().inputs().getFirst().type().isReal()) {
            inputs = real(inputs);
        }
        ParityReport report = TfliteModelsTest.report(network, inputs, DType.I8);
        print(name + ", recordings", report);
        OutputParity scores = report.outputs().getFirst();
        assertThat(Math.abs(scores.integerRight() - scores.floatRight()))
                .isLessThanOrEqualTo(report.samples() / 500);
        assertThat(scores.sameArgmax()).isGreaterThanOrEqualTo(report.samples() * 98 / 100);
    }

    /** The recordings as real numbers, by the input scale of the quantised network. */
    private static Samples real(Samples integers) throws IOException, ImportException {
        FloatGraph quantized =
                Network.read(Files.readAllBytes(TfliteModelsTest.file("kws_ref_model.tflite")))
                        .graph();
        float[] values = new float[integers.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) quantized.real(quantized.inputs().getFirst(), integers.values()[i]);
        }
        return new Samples(integers.elements(), values, integers.targets());
    }

    /** On noise nothing stands out, so scores lie as close together as they can. */
    @ParameterizedTest
    @CsvSource({
        "pretrainedResnet_quant.tflite, 1000, I8",
        "pretrainedResnet.tflite, 1000, I8",
        "pretrainedResnet.tflite, 1000, I16",
        "ad01_int8.tflite, 1000, I8",
        "ad01_fp32.tflite, 1000, I16",
        "str_ww_ref_model.tflite, 1000, I8",
        "micro_speech_quantized.tflite, 1000, I8",
        "dtln_noise_suppression.tflite, 1000, I8",
        "trained_lstm.tflite, 1000, I16",
        "mobilenet_v2_quantized_1x3x224x224.tflite, 20, I8"
    })
    void agreesOnRandomInputs(String name, int count, DType activations)
            throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(TfliteModelsTest.file(name)));
        Samples samples = TfliteModelsTest.random(network.graph(), count);
        print(
                name + ", " + activations + ", random",
                TfliteModelsTest.report(network, samples, activations));
    }

    @Test
    void squeezeNetOnItsPicture() throws ImportException {
        Path models = Fixtures.models();
        Inputs kitten = Inputs.of(models.resolve("winml/kitten_224.csv"));
        ImportRequest request =
                ImportRequest.of(models.resolve("winml/SqueezeNet_fp16.onnx"), kitten)
                        .withTest(kitten);
        print(
                "SqueezeNet_fp16.onnx, 1 picture",
                Objects.requireNonNull(Importer.importModel(request, Progress.NONE).report()));
    }
}

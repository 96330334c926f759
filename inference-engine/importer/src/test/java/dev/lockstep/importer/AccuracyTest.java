package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.importer.ParityReport.OutputParity;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
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
        // Ranges are from recordings that nothing is counted on.
        Samples calibration = part(inputs, 0, 100);
        Samples test = part(inputs, 100, inputs.count());
        ParityReport report = TfliteModelsTest.report(network, calibration, test, DType.I8);
        print(name + ", " + test.count() + " recordings", report);
        OutputParity scores = report.outputs().getFirst();
        assertThat(Math.abs(scores.integerRight() - scores.floatRight()))
                .isLessThanOrEqualTo(report.samples() / 500);
        assertThat(scores.sameArgmax()).isGreaterThanOrEqualTo(report.samples() * 98 / 100);
    }

    private static Samples part(Samples all, int from, int to) {
        float[] targets = all.targets();
        return new Samples(
                all.elements(),
                Arrays.copyOfRange(all.values(), from * all.elements(), to * all.elements()),
                targets == null ? null : Arrays.copyOfRange(targets, from, to));
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
        "mobilenet_v2_quantized_1x3x224x224.tflite, 200, I8"
    })
    void agreesOnRandomInputs(String name, int count, DType activations)
            throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(TfliteModelsTest.file(name)));
        Samples samples = TfliteModelsTest.random(network.graph(), count);
        print(
                name + ", " + activations + ", random",
                TfliteModelsTest.report(network, samples, activations));
    }

    /**
     * How often the original itself keeps its answer when one number of an input, or one of a
     * hundred, is a unit off: what agreement can be asked of any arithmetic that rounds another way
     * now and then. First on noise, then on parts of a picture.
     */
    @Test
    void theQuantisedMobileNetAgreesWithItselfNoMoreOften() throws IOException, ImportException {
        Network network =
                Network.read(
                        Files.readAllBytes(
                                TfliteModelsTest.file(
                                        "mobilenet_v2_quantized_1x3x224x224.tflite")));
        FloatGraph graph = network.graph();
        for (Samples samples :
                List.of(TfliteModelsTest.random(graph, 100), partsOfAPicture(graph, 100))) {
            int[] steps = {graph.sampleSize(), 100};
            int[] same = new int[steps.length];
            try (FloatModel original = FloatModel.load(network.whole(), graph, List.of())) {
                for (int i = 0; i < samples.count(); i++) {
                    int first = first(original.run(samples.sample(i))[0]);
                    for (int k = 0; k < steps.length; k++) {
                        float[] moved = samples.sample(i).clone();
                        for (int at = steps[k] / 2; at < moved.length; at += steps[k]) {
                            moved[at] += moved[at] < 127 ? 1 : -1;
                        }
                        same[k] += first(original.run(moved)[0]) == first ? 1 : 0;
                    }
                }
            }
            print("MobileNetV2 int8", TfliteModelsTest.report(network, samples, DType.I8));
            System.out.printf(
                    "  the original with one number a unit off: same first %d, with one of a hundred: %d%n",
                    same[0], same[1]);
        }
    }

    /**
     * How often two ways to round agree: this runtime, ONNX Runtime, and an independent reference
     * that rounds each layer once, or twice as kernels of TensorFlow Lite do.
     */
    @ParameterizedTest
    @CsvSource({
        "mobilenet_v2_quantized_1x3x224x224.tflite, 100, true",
        "mobilenet_v2_quantized_1x3x224x224.tflite, 100, false",
        "pretrainedResnet_quant.tflite, 1000, false",
        "kws_ref_model.tflite, 1000, false"
    })
    void agreesWithTheReferenceThatRoundsOnce(String name, int count, boolean picture)
            throws IOException, ImportException {
        byte[] file = Files.readAllBytes(TfliteModelsTest.file(name));
        Network network = Network.read(file);
        FloatGraph graph = network.graph();
        TfliteModel parsed = TfliteReader.read(file);
        Samples samples =
                picture
                        ? partsOfAPicture(graph, count)
                        : name.startsWith("kws")
                                ? TfliteModelsTest.keywords(count)
                                : TfliteModelsTest.random(graph, count);
        Model model = Quantizer.quantize(graph, Map.of(), DType.I8).model();
        int[][] answers = new int[4][samples.count()];
        try (FloatModel original = FloatModel.load(network.whole(), graph, List.of())) {
            for (int i = 0; i < samples.count(); i++) {
                float[] sample = samples.sample(i);
                int[] integers = new int[sample.length];
                for (int k = 0; k < integers.length; k++) {
                    integers[k] = (int) sample[k];
                }
                double[] ours = Parity.outputs(graph, model, sample)[0];
                for (int k = 0; k < ours.length; k++) {
                    answers[0][i] = ours[k] > ours[answers[0][i]] ? k : answers[0][i];
                }
                answers[1][i] = first(original.run(sample)[0]);
                answers[2][i] =
                        TfliteReference.first(
                                TfliteReference.run(
                                        parsed, TfliteReference.Rounding.ONCE, integers));
                answers[3][i] =
                        TfliteReference.first(
                                TfliteReference.run(
                                        parsed, TfliteReference.Rounding.TWICE, integers));
            }
        }
        System.out.printf(
                "%s, %s, same first of %d: once and this %d, twice and this %d, ONNX Runtime and this %d, once and ONNX Runtime %d, twice and ONNX Runtime %d, once and twice %d%n",
                name,
                picture ? "parts of a picture" : "others",
                samples.count(),
                same(answers[2], answers[0]),
                same(answers[3], answers[0]),
                same(answers[1], answers[0]),
                same(answers[2], answers[1]),
                same(answers[3], answers[1]),
                same(answers[2], answers[3]));
        assertThat(same(answers[2], answers[0])).isGreaterThanOrEqualTo(samples.count() * 98 / 100);
    }

    private static int same(int[] a, int[] b) {
        int same = 0;
        for (int i = 0; i < a.length; i++) {
            same += a[i] == b[i] ? 1 : 0;
        }
        return same;
    }

    private static int first(float[] scores) {
        int first = 0;
        for (int i = 0; i < scores.length; i++) {
            first = scores[i] > scores[first] ? i : first;
        }
        return first;
    }

    /** Parts of the kitten, each of its own size, brightness and side. */
    private static Samples partsOfAPicture(FloatGraph graph, int count) throws ImportException {
        float[] picture =
                SampleReader.read(
                                Fixtures.models().resolve("winml/kitten_224.csv"),
                                null,
                                graph.sampleSize(),
                                false)
                        .sample(0);
        TensorScale scale = Objects.requireNonNull(graph.scale(graph.inputs().getFirst().name()));
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
        float[] values = new float[count * picture.length];
        int size = 224;
        for (int i = 0; i < count; i++) {
            int part = random.nextInt(size * 6 / 10, size + 1);
            int top = random.nextInt(size - part + 1);
            int left = random.nextInt(size - part + 1);
            boolean turned = random.nextBoolean();
            double gain = random.nextDouble(0.7, 1.3);
            for (int k = 0; k < picture.length; k++) {
                int y = top + k / size % size * part / size;
                int column = turned ? size - 1 - k % size : k % size;
                int x = left + column * part / size;
                double light = picture[k / size / size * size * size + y * size + x] / 128 * gain;
                values[i * picture.length + k] = scale.quantize(light);
            }
        }
        return new Samples(picture.length, values, null);
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

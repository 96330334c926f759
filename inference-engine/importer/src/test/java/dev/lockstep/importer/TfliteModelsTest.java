package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Public TensorFlow Lite networks against ONNX Runtime, and single layers against their goldens.
 */
class TfliteModelsTest {
    private static final long SEED = 11;

    static Path file(String name) throws IOException {
        try (Stream<Path> all = Files.walk(Fixtures.models())) {
            return all.filter(path -> path.endsWith(name)).findFirst().orElseThrow();
        }
    }

    static Samples random(FloatGraph graph, int count) {
        return random(graph, count, SEED);
    }

    private static Samples random(FloatGraph graph, int count, long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        float[] values = new float[count * graph.sampleSize()];
        boolean real = graph.inputs().getFirst().type().isReal();
        for (int i = 0; i < values.length; i++) {
            values[i] = real ? (float) random.nextGaussian() : random.nextInt(-128, 128);
        }
        return new Samples(graph.sampleSize(), values, null);
    }

    /** On random inputs, with ranges from other random inputs. */
    static ParityReport report(Network network, Samples samples, DType activations)
            throws ImportException {
        return report(network, random(network.graph(), 50, SEED + 1), samples, activations);
    }

    static ParityReport report(
            Network network, Samples calibration, Samples samples, DType activations)
            throws ImportException {
        FloatGraph graph = network.graph();
        Map<String, Range> ranges =
                Calibrator.isNeeded(graph)
                        ? Calibrator.ranges(
                                network, calibration, Calibration.MIN_MAX, Progress.NONE)
                        : Map.of();
        Quantizer.Result result = Quantizer.quantize(graph, ranges, activations);
        return Parity.compare(network, result.model(), result.traced(), samples, Progress.NONE);
    }

    /**
     * On noise, which is harder than what the networks were made for: scores lie close together.
     */
    @ParameterizedTest
    @CsvSource({
        "ad01_int8.tflite, 20, 20",
        "pretrainedResnet_quant.tflite, 20, 19",
        "str_ww_ref_model.tflite, 20, 20",
        "kws_ref_model.tflite, 20, 20",
        "micro_speech_quantized.tflite, 20, 20",
        "dtln_noise_suppression.tflite, 20, 20",
        "kws_ref_model_float32.tflite, 20, 19",
        "trained_lstm.tflite, 5, 5",
        "ad01_fp32.tflite, 20, 20",
        "pretrainedResnet.tflite, 20, 19"
    })
    void putsTheSameResultFirst(String name, int count, int least)
            throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(file(name)));
        ParityReport report = report(network, random(network.graph(), count), DType.I16);
        assertThat(report.outputs().getFirst().sameArgmax())
                .as(report.text())
                .isGreaterThanOrEqualTo(least);
    }

    @Test
    void turnsOfPicturesThatCancelOutAreLeftOut() throws IOException, ImportException {
        Network network =
                Network.read(Files.readAllBytes(file("mobilenet_v2_quantized_1x3x224x224.tflite")));
        assertThat(network.graph().layers()).noneMatch(FloatLayer.Transpose.class::isInstance);
    }

    /**
     * The keyword network on its public inputs: as many right as ONNX Runtime, which rounds once as
     * this arithmetic does, and the same answers.
     */
    @Test
    void hearsTheKeywordsThatTheQuantizedNetworkHears() throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(file("kws_ref_model.tflite")));
        ParityReport report = report(network, keywords(200), DType.I8);
        ParityReport.OutputParity scores = report.outputs().getFirst();
        assertThat(scores.sameArgmax()).isGreaterThanOrEqualTo(199);
        assertThat(Math.abs(scores.integerRight() - scores.floatRight())).isLessThanOrEqualTo(1);
        assertThat(scores.integerRight()).isGreaterThan(170);
    }

    /** Recorded inputs; the number of the class ends each file's name. */
    static Samples keywords(int count) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Fixtures.models().resolve("mlperf-tiny/kws01/inputs"))) {
            files = all.sorted(Comparator.comparing(Path::toString)).limit(count).toList();
        }
        float[] values = new float[files.size() * 490];
        float[] labels = new float[files.size()];
        for (int i = 0; i < labels.length; i++) {
            byte[] bytes = Files.readAllBytes(files.get(i));
            for (int k = 0; k < 490; k++) {
                values[i * 490 + k] = bytes[k];
            }
            String name = files.get(i).getFileName().toString().replace(".bin", "");
            labels[i] = Integer.parseInt(name.substring(name.lastIndexOf('_') + 1));
        }
        return new Samples(490, values, labels);
    }

    /** Layers with 16-bit activations, whose goldens TensorFlow Lite rounded twice. */
    @Test
    void singleLayersGiveTheirGoldensWithinOneUnit() throws IOException, ImportException {
        Path folder =
                Fixtures.models().resolve("tflm/tensorflow/lite/micro/integration_tests/seanet");
        List<Path> models;
        try (Stream<Path> all = Files.walk(folder)) {
            models = all.filter(path -> path.toString().endsWith(".tflite")).sorted().toList();
        }
        int passed = 0;
        List<String> refused = new ArrayList<>();
        for (Path model : models) {
            try {
                double off = unitsOff(model);
                assertThat(off).as(model.getFileName().toString()).isLessThanOrEqualTo(1);
                passed++;
            } catch (ImportException e) {
                refused.add(model.getFileName() + ": " + e.getMessage());
            }
        }
        System.out.println("TFLite layers with goldens: " + passed + " of " + models.size());
        refused.forEach(line -> System.out.println("  refused " + line));
        assertThat(refused).isEmpty();
        assertThat(passed).isEqualTo(127);
    }

    private static double unitsOff(Path file) throws IOException, ImportException {
        Network network = Network.read(Files.readAllBytes(file));
        FloatGraph graph = network.graph();
        Quantizer.Result result = Quantizer.quantize(graph, Map.of(), DType.I16);
        String base = file.toString().replace(".tflite", "");
        float[] sample = new float[graph.sampleSize()];
        int at = 0;
        for (int i = 0; i < graph.inputs().size(); i++) {
            boolean single = Files.exists(Path.of(base + "_input1_int16.csv"));
            int[] part = csv(base + "_input" + (graph.inputs().size() == 1 && single ? 1 : i));
            for (int value : part) {
                sample[at++] = value;
            }
        }
        int[] golden = csv(base + "_golden");
        double[] outputs = Parity.outputs(graph, result.model(), sample)[0];
        TensorScale scale = graph.scale(graph.outputs().getFirst().tensor());
        assertThat(scale).isNotNull();
        assertThat(outputs).hasSameSizeAs(golden);
        double off = 0;
        for (int i = 0; i < golden.length; i++) {
            off = Math.max(off, Math.abs(outputs[i] / scale.scale() - golden[i]));
        }
        return off - 1e-6;
    }

    private static int[] csv(String base) throws IOException {
        Path narrow = Path.of(base + "_int16.csv");
        Path path = Files.exists(narrow) ? narrow : Path.of(base + "_int32.csv");
        return Stream.of(Files.readString(path).split("[,\\s]+", -1))
                .filter(cell -> !cell.isBlank())
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}

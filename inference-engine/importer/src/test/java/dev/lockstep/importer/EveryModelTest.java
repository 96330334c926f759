package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every public model file, whatever its format, through the import and a run: a line says that it
 * was imported, or why it is refused. Anything else is a fault of the importer.
 */
@Tag("sweep")
class EveryModelTest {
    /** Which of them: a part by {@code -Devery.model=.*tract.*}. */
    private static final String FILES = System.getProperty("every.model", ".*");

    @Test
    void isImportedOrRefusedByName() throws IOException {
        Path models = Fixtures.models();
        List<Path> files;
        try (Stream<Path> all = Files.walk(models)) {
            files =
                    all.filter(path -> path.toString().matches(FILES))
                            .filter(
                                    path ->
                                            path.toString()
                                                    .matches(
                                                            ".*([.](onnx|tflite)|/llama2c/stor.*[.]bin)"))
                            .sorted()
                            .toList();
        }
        Map<String, int[]> counts = new TreeMap<>();
        Map<String, Integer> reasons = new TreeMap<>();
        List<String> faults = new ArrayList<>();
        for (Path path : files) {
            String name = models.relativize(path).toString();
            String kind = name.replaceFirst("/.*", "");
            int[] count = counts.computeIfAbsent(kind, _ -> new int[2]);
            String outcome;
            try {
                outcome = imported(path);
                count[0]++;
            } catch (ImportException refused) {
                String reason =
                        String.valueOf(refused.getMessage()).replaceFirst("; supported are.*", "");
                outcome = "refused: " + reason;
                reasons.merge(reason.replaceAll("'[^']*'", "…"), 1, Integer::sum);
                count[1]++;
            } catch (RuntimeException e) {
                outcome = "FAILED: " + e;
                faults.add(name + ": " + e);
            }
            System.out.println(name + ": " + outcome);
        }
        counts.forEach(
                (kind, count) ->
                        System.out.printf(
                                "%s: %d imported, %d refused%n", kind, count[0], count[1]));
        System.out.println("refused for:");
        reasons.forEach((reason, count) -> System.out.printf("%4d %s%n", count, reason));
        assertThat(faults).isEmpty();
    }

    private static String imported(Path path) throws IOException, ImportException {
        byte[] file = Files.readAllBytes(path);
        if (FileKind.of(file) == FileKind.LLAMA2C) {
            ImportRequest request = ImportRequest.of(path);
            return described(LlamaImport.importModel(request, file, Progress.NONE).model());
        }
        Map<String, NumberArray> published = published(path);
        Map<String, List<Integer>> shapes = new HashMap<>();
        published.forEach(
                (name, array) -> shapes.put(name, Arrays.stream(array.dims()).boxed().toList()));
        if (FileKind.of(file) == FileKind.ONNX) {
            shapes.keySet()
                    .retainAll(
                            OnnxReader.read(file).inputs().stream()
                                    .map(OnnxGraph.ValueInfo::name)
                                    .toList());
        }
        Network network = Network.read(file, shapes);
        Samples samples = samples(network.graph(), published);
        if (Calibrator.needsFeatures(network.graph())) {
            network = network.with(samples);
        }
        FloatGraph graph = network.graph();
        Map<String, Range> ranges =
                Calibrator.isNeeded(graph)
                        ? Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE)
                        : Map.of();
        Model model = Quantizer.quantize(graph, ranges, DType.I16).model();
        InferenceResult result = Session.open(model).run(new byte[model.inputBytes()]);
        assertThat(result).isInstanceOf(InferenceResult.Output.class);
        double[][] outputs = Parity.outputs(graph, model, samples.sample(0));
        StringBuilder line = new StringBuilder(described(model));
        for (int k = 0; k < outputs.length; k++) {
            NumberArray expected = published.get(graph.outputs().get(k).name());
            if (expected != null && expected.values().length == outputs[k].length) {
                double difference = 0;
                double size = 0;
                for (int i = 0; i < outputs[k].length; i++) {
                    double wanted = expected.values()[i];
                    difference = Math.max(difference, Math.abs(outputs[k][i] - wanted));
                    size = Math.max(size, Math.abs(wanted));
                }
                line.append(
                        String.format(", at most %.2g from the published %.3g", difference, size));
            }
        }
        return line.toString();
    }

    /** Inputs and outputs that stand beside some of the models. */
    private static Map<String, NumberArray> published(Path model)
            throws IOException, ImportException {
        Path file = model.resolveSibling("io.npz");
        Map<String, NumberArray> arrays = new HashMap<>();
        if (Files.exists(file)) {
            NumpyReader.npz(Files.readAllBytes(file), file.toString())
                    .forEach(array -> arrays.put(array.name(), array));
        }
        return arrays;
    }

    /**
     * Two samples, of whole numbers that may be indices where an input is of whole numbers; the
     * first is the published one where there is one.
     */
    private static Samples samples(FloatGraph graph, Map<String, NumberArray> published) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(11);
        float[] values = new float[2 * graph.sampleSize()];
        int at = 0;
        for (int sample = 0; sample < 2; sample++) {
            for (FloatGraph.Input input : graph.inputs()) {
                NumberArray given = published.get(input.name());
                int size = graph.size(input.name());
                if (given != null && sample == 0) {
                    System.arraycopy(given.values(), 0, values, at, size);
                    at += size;
                    continue;
                }
                for (int i = size; i > 0; i--) {
                    values[at++] =
                            switch (input.type()) {
                                case FLOAT, FLOAT16, DOUBLE -> (float) random.nextGaussian();
                                case INT8, INT16 -> random.nextInt(-128, 128);
                                case UINT8, UINT16 -> random.nextInt(256);
                                default -> random.nextInt(2);
                            };
                }
            }
        }
        return new Samples(graph.sampleSize(), values, null);
    }

    private static String described(Model model) {
        return String.format(
                "imported, %,d operations, %,d MACs, %,d bytes",
                model.ops().size(), model.cost().macs(), model.sizeBytes());
    }
}

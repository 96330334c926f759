package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.InferenceResult;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.Session;
import dev.lockstep.inference.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * ONNX's own tests of single operators of the domain ai.onnx.ml: the published outputs, or a
 * refusal.
 */
class OnnxMlNodesTest {
    @Test
    void givesThePublishedResultsUnlessItTakesTexts() throws IOException {
        Path folder = Fixtures.models().resolve("onnx/onnx/backend/test/data/node");
        List<Path> cases;
        try (Stream<Path> all = Files.list(folder)) {
            cases =
                    all.filter(path -> path.getFileName().toString().startsWith("test_ai_onnx_ml_"))
                            .sorted()
                            .toList();
        }
        List<String> passed = new ArrayList<>();
        Map<String, String> refused = new TreeMap<>();
        for (Path path : cases) {
            String name = path.getFileName().toString();
            try {
                run(path);
                passed.add(name);
            } catch (ImportException e) {
                refused.put(name, String.valueOf(e.getMessage()));
            }
        }
        System.out.println(
                "ONNX node tests of ai.onnx.ml: "
                        + passed.size()
                        + " passed, "
                        + refused.size()
                        + " refused of "
                        + cases.size());
        refused.forEach((name, why) -> System.out.println("  refused " + name + ": " + why));
        assertThat(passed.size()).isGreaterThanOrEqualTo(4);
        assertThat(refused.values()).allMatch(why -> why.contains("has element type 8"));
    }

    private static void run(Path path) throws IOException, ImportException {
        Path data = path.resolve("test_data_set_0");
        byte[] onnx =
                OnnxNodesTest.withConstants(Files.readAllBytes(path.resolve("model.onnx")), data);
        Network network = Network.read(onnx);
        FloatGraph graph = network.graph();
        OnnxTensor input = tensor(data.resolve("input_0.pb"));
        OnnxTensor expected = tensor(data.resolve("output_0.pb"));
        float[] values = new float[input.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = input.real(i);
        }
        if (Calibrator.needsFeatures(graph)) {
            graph = network.with(new Samples(values.length, values, null)).graph();
        }
        Model model = Quantizer.quantize(graph, Map.of(), DType.I16).model();
        ByteBuffer in = ByteBuffer.allocate(model.inputBytes());
        for (float value : values) {
            in.putFloat(value);
        }
        if (!(Session.open(model).run(in.array()) instanceof InferenceResult.Output(byte[] out))) {
            throw new AssertionError(path + " gives no output");
        }
        TensorSpec spec = model.outputs().getFirst();
        ByteBuffer results = ByteBuffer.wrap(out);
        assertThat(spec.shape().elements()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            double actual = Math.scalb((double) results.getInt(), -spec.quantization().shift());
            assertThat(actual)
                    .as("%s, element %s", path.getFileName(), i)
                    .isBetween(expected.real(i) - 1e-6, expected.real(i) + 1e-6);
        }
    }

    private static OnnxTensor tensor(Path file) throws IOException, ImportException {
        return OnnxTensorReader.read(new ProtoReader(Files.readAllBytes(file)), true);
    }
}

package dev.lockstep.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * ONNX's own tests of single operators. Their second and later inputs become constants, as in real
 * models; the expected output is the published one. What is refused is listed, and may only be what
 * cannot be expressed.
 */
class OnnxNodesTest {
    private static final List<String> FAMILIES =
            List.of(
                    "add",
                    "averagepool",
                    "batchnorm",
                    "basic_conv",
                    "clip",
                    "concat",
                    "conv",
                    "div",
                    "elu",
                    "erf",
                    "exp",
                    "flatten",
                    "gelu",
                    "gemm",
                    "globalaveragepool",
                    "globalmaxpool",
                    "hardsigmoid",
                    "hardswish",
                    "identity",
                    "leakyrelu",
                    "matmul",
                    "maxpool",
                    "mul",
                    "neg",
                    "relu",
                    "reshape",
                    "sigmoid",
                    "softmax",
                    "softplus",
                    "softsign",
                    "squeeze",
                    "sub",
                    "tanh",
                    "transpose",
                    "unsqueeze",
                    "abs",
                    "sqrt",
                    "argmax");

    /** What passed when this was written; fewer is a step back. */
    private static final int PASSED_LEAST = 118;

    private final Map<String, String> refused = new TreeMap<>();
    private final Map<String, Double> differing = new TreeMap<>();
    private int passed;

    @Test
    void givesThePublishedResultsWithin16BitPrecision() throws IOException {
        Path folder = Fixtures.models().resolve("onnx/onnx/backend/test/data/node");
        List<Path> cases;
        try (Stream<Path> all = Files.list(folder)) {
            cases =
                    all.filter(path -> FAMILIES.stream().anyMatch(family -> isOf(path, family)))
                            .sorted()
                            .toList();
        }
        for (Path path : cases) {
            run(path);
        }
        System.out.println(
                "ONNX node tests: "
                        + passed
                        + " passed, "
                        + differing.size()
                        + " differ, "
                        + refused.size()
                        + " refused of "
                        + cases.size());
        refused.forEach((name, why) -> System.out.println("  refused " + name + ": " + why));
        assertThat(differing).isEmpty();
        assertThat(passed).isGreaterThanOrEqualTo(PASSED_LEAST);
    }

    private static boolean isOf(Path path, String family) {
        String name = path.getFileName().toString();
        boolean composed =
                name.contains("expanded")
                        || name.contains("convtranspose")
                        || name.contains("convinteger");
        return !composed
                && (name.equals("test_" + family) || name.startsWith("test_" + family + "_"));
    }

    private void run(Path path) throws IOException {
        String name = path.getFileName().toString();
        Path data = path.resolve("test_data_set_0");
        try {
            OnnxTensor input = tensor(data.resolve("input_0.pb"));
            byte[] onnx = withConstants(Files.readAllBytes(path.resolve("model.onnx")), data);
            OnnxTensor expected = tensor(data.resolve("output_0.pb"));
            Source source = Source.read(onnx);
            FloatGraph graph = Lowering.lower(source.graph());
            Samples samples = new Samples(input.size(), reals(input), null);
            Map<String, Range> ranges =
                    Calibrator.ranges(
                            source.parts(), graph, samples, Calibration.MIN_MAX, Progress.NONE);
            Quantizer.Result result = Quantizer.quantize(graph, ranges, DType.I16);
            ParityReport report =
                    Parity.compare(
                            source, graph, result.model(), result.traced(), samples, Progress.NONE);
            double largest = 1e-6;
            double oracle = 0;
            float[] given = oracle(onnx, graph, input);
            for (int i = 0; i < given.length; i++) {
                largest = Math.max(largest, Math.abs(expected.real(i)));
                oracle = Math.max(oracle, Math.abs(given[i] - expected.real(i)));
            }
            double error = (oracle + report.outputs().getFirst().maxError()) / largest;
            if (error > 0.01) {
                differing.put(name, error);
            } else {
                passed++;
            }
        } catch (ImportException e) {
            refused.put(name, e.getMessage().replaceAll("; supported are.*", ""));
        }
    }

    /** The model with its inputs from the second on as initializers. */
    private static byte[] withConstants(byte[] model, Path data)
            throws IOException, ImportException {
        byte[] constants = new byte[0];
        for (int i = 1; Files.exists(data.resolve("input_" + i + ".pb")); i++) {
            byte[] tensor = Files.readAllBytes(data.resolve("input_" + i + ".pb"));
            constants = OnnxBuilder.join(constants, OnnxBuilder.bytes(5, tensor));
        }
        byte[] out = new byte[0];
        ProtoReader in = new ProtoReader(model);
        while (in.next()) {
            if (in.wireType() == ProtoReader.VARINT) {
                out = OnnxBuilder.join(out, OnnxBuilder.number(in.field(), in.varint()));
                continue;
            }
            ByteBuffer content = in.message().rest();
            byte[] bytes = new byte[content.remaining()];
            content.get(bytes);
            byte[] extra = in.field() == 7 ? constants : new byte[0];
            out =
                    OnnxBuilder.join(
                            out, OnnxBuilder.bytes(in.field(), OnnxBuilder.join(bytes, extra)));
        }
        return out;
    }

    private static float[] oracle(byte[] onnx, FloatGraph graph, OnnxTensor input)
            throws ImportException {
        try (FloatModel model = FloatModel.load(onnx, graph, List.of())) {
            return model.run(reals(input))[0];
        }
    }

    private static OnnxTensor tensor(Path file) throws IOException, ImportException {
        return OnnxTensorReader.read(new ProtoReader(Files.readAllBytes(file)));
    }

    private static float[] reals(OnnxTensor tensor) {
        float[] values = new float[tensor.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.real(i);
        }
        return values;
    }
}

package dev.lockstep.importer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.inference.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * ONNX's own tests of single operators, all whose nodes are supported. The published result must be
 * met within one unit of an 8-bit output, that is one part in 255 of its range; integers exactly,
 * those of operators that quantise within one. Inputs after the first are tried as constants, as in
 * real models, and as inputs. What is refused is listed with the reason.
 */
class OnnxNodesTest {
    /** What passed when this was written; fewer is a step back. */
    private static final int PASSED_LEAST = 761;

    /** Tests that run and differ by more, with the reason. */
    private static final Map<String, String> ROUGH =
            Map.of(
                    "attention_4d_softcap_neginf_mask_poison",
                    "values that are hidden, a thousand times the others, share a scale with them");

    /**
     * Operators that this importer means to support: a test of one of these must pass or say why.
     */
    private static final Set<String> SCOPE = new TreeSet<>(Lowering.supported());

    private static final class Tally {
        private int total;
        private int passed;
        private final Map<String, String> refused = new TreeMap<>();
        private final Map<String, Double> differing = new TreeMap<>();
    }

    private final Map<String, Tally> tallies = new TreeMap<>();

    @Test
    void givesThePublishedResults() throws IOException, ImportException {
        Path folder = Fixtures.models().resolve("onnx/onnx/backend/test/data/node");
        List<Path> cases;
        try (Stream<Path> all = Files.list(folder)) {
            cases = all.sorted().toList();
        }
        for (Path path : cases) {
            run(path);
        }
        Tally all = new Tally();
        StringBuilder table = new StringBuilder();
        tallies.forEach(
                (op, tally) -> {
                    all.total += tally.total;
                    all.passed += tally.passed;
                    all.differing.putAll(tally.differing);
                    table.append(
                            String.format(
                                    Locale.ROOT,
                                    "  %-24s %3d of %3d\n",
                                    op,
                                    tally.passed,
                                    tally.total));
                    tally.refused.forEach(
                            (name, why) -> table.append("      " + name + ": " + why + "\n"));
                    tally.differing.forEach(
                            (name, units) ->
                                    table.append(
                                            "      "
                                                    + name
                                                    + " differs by "
                                                    + units
                                                    + " units: "
                                                    + ROUGH.get(name)
                                                    + "\n"));
                });
        System.out.println(
                "ONNX node tests of supported operators: "
                        + all.passed
                        + " of "
                        + all.total
                        + " passed\n"
                        + table);
        assertThat(ROUGH.keySet()).containsAll(all.differing.keySet());
        assertThat(all.passed).isGreaterThanOrEqualTo(PASSED_LEAST);
    }

    private void run(Path path) throws IOException {
        String name = path.getFileName().toString().replaceFirst("^test_", "");
        Path data = path.resolve("test_data_set_0");
        byte[] model = Files.readAllBytes(path.resolve("model.onnx"));
        Set<String> operators;
        try {
            operators = operators(OnnxReader.read(model));
        } catch (ImportException e) {
            return;
        }
        // Classical models have tests of their own.
        boolean composed =
                name.contains("expanded")
                        || operators.size() != 1
                        || operators.iterator().next().startsWith(MlExpansion.DOMAIN);
        if (composed || !SCOPE.containsAll(operators)) {
            return;
        }
        Tally tally = tallies.computeIfAbsent(operators.iterator().next(), _ -> new Tally());
        tally.total++;
        String refusal = null;
        double worst = -1;
        boolean one = !Files.exists(data.resolve("input_1.pb"));
        for (boolean constants : one ? new boolean[] {false} : new boolean[] {true, false}) {
            try {
                worst = Math.max(worst, units(model, data, constants));
            } catch (ImportException e) {
                refusal = refusal == null ? String.valueOf(e.getMessage()) : refusal;
            }
        }
        if (worst > 1) {
            tally.differing.put(name, worst);
        } else if (worst >= 0) {
            tally.passed++;
        } else if (refusal != null) {
            tally.refused.put(name, refusal.replaceAll("; supported are.*", ""));
        }
    }

    private static Set<String> operators(OnnxGraph graph) {
        Set<String> operators = new TreeSet<>();
        graph.nodes().stream()
                .map(OnnxNode::operator)
                .filter(op -> !op.equals("Constant"))
                .forEach(operators::add);
        return operators;
    }

    /** Largest difference from the published outputs, in units of the output. */
    private static double units(byte[] model, Path data, boolean constants)
            throws IOException, ImportException {
        List<OnnxTensor> inputs = new ArrayList<>();
        for (int i = 0; Files.exists(data.resolve("input_" + i + ".pb")); i++) {
            if (i == 0 || !constants) {
                inputs.add(tensor(data.resolve("input_" + i + ".pb")));
            }
        }
        byte[] onnx = constants ? withConstants(model, data) : model;
        Network network = Network.read(onnx);
        FloatGraph graph = network.graph();
        Samples samples = samples(inputs);
        if (samples.elements() != graph.sampleSize()) {
            throw new ImportException("inputs and shapes differ");
        }
        Map<String, Range> ranges =
                Calibrator.isNeeded(graph)
                        ? Calibrator.ranges(network, samples, Calibration.MIN_MAX, Progress.NONE)
                        : Map.of();
        Quantizer.Result result = Quantizer.quantize(graph, ranges, DType.I16);
        double[][] outputs = Parity.outputs(graph, result.model(), samples.sample(0));
        double worst = 0;
        for (int k = 0; k < outputs.length; k++) {
            OnnxTensor expected = tensor(data.resolve("output_" + k + ".pb"));
            TensorScale scale = graph.scale(graph.outputs().get(k).tensor());
            double unit = scale == null || expected.isFloat() ? unit(expected) : scale.scale();
            // Whole numbers are exact but where they come of rounding.
            boolean rounds = new String(model, ISO_8859_1).contains("Linear");
            unit = expected.isFloat() || rounds ? unit : 0.5;
            if (outputs[k].length != expected.size()) {
                throw new AssertionError("sizes differ: " + data);
            }
            for (int i = 0; i < outputs[k].length; i++) {
                double real =
                        scale == null || expected.isFloat()
                                ? expected.real(i)
                                : scale.real(expected.type(), expected.longs()[i]);
                worst = Math.max(worst, Math.abs(outputs[k][i] - real) / unit);
            }
        }
        return worst;
    }

    private static double unit(OnnxTensor expected) {
        double low = 0;
        double high = 0;
        for (int i = 0; i < expected.size(); i++) {
            low = Math.min(low, expected.real(i));
            high = Math.max(high, expected.real(i));
        }
        return expected.isFloat() ? Math.max(high - low, 1e-6) / 255 : 1;
    }

    private static Samples samples(List<OnnxTensor> inputs) throws ImportException {
        int size = inputs.stream().mapToInt(OnnxTensor::size).sum();
        if (size == 0) {
            throw new ImportException("an empty input");
        }
        float[] values = new float[size];
        int at = 0;
        for (OnnxTensor input : inputs) {
            for (int i = 0; i < input.size(); i++) {
                values[at++] = input.real(i);
                if (!Float.isFinite(input.real(i))) {
                    throw new ImportException("an input that is not finite");
                }
            }
        }
        return new Samples(size, values, null);
    }

    /** The model with its inputs from the second on as initializers. */
    static byte[] withConstants(byte[] model, Path data) throws IOException, ImportException {
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

    private static OnnxTensor tensor(Path file) throws IOException, ImportException {
        return OnnxTensorReader.read(new ProtoReader(Files.readAllBytes(file)));
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Rewrites operators that are several in one as the simple ones that they stand for: an operator on
 * integers becomes the same on real numbers between DequantizeLinear and QuantizeLinear. A row of
 * the table for each.
 */
final class Expansion {
    interface Body {
        void expand(OnnxNode node, Expansion expansion) throws ImportException;
    }

    private static final Map<String, Body> ROWS = new TreeMap<>();

    static {
        ROWS.put("QLinearConv", Expansion::linearConv);
        ROWS.put("QLinearMatMul", Expansion::linearMatMul);
        ROWS.put("ConvInteger", (node, to) -> to.integers(node, "Conv"));
        ROWS.put("MatMulInteger", (node, to) -> to.integers(node, "MatMul"));
        ROWS.put("DynamicQuantizeLinear", Expansion::dynamic);
        microsoft("QGemm", Expansion::gemm);
        microsoft("QLinearAdd", (node, to) -> to.binary(node, "Add"));
        microsoft("QLinearMul", (node, to) -> to.binary(node, "Mul"));
        microsoft("QLinearGlobalAveragePool", (node, to) -> to.unary(node, "GlobalAveragePool"));
        microsoft("QLinearAveragePool", (node, to) -> to.unary(node, "AveragePool"));
        microsoft("QLinearReduceMean", (node, to) -> to.unary(node, "ReduceMean"));
        microsoft("QLinearLeakyRelu", (node, to) -> to.unary(node, "LeakyRelu"));
        microsoft("QLinearSigmoid", (node, to) -> to.unary(node, "Sigmoid"));
        microsoft("QLinearSoftmax", (node, to) -> to.unary(node, "Softmax"));
        microsoft("QLinearConcat", Expansion::concat);
        microsoft("MatMulIntegerToFloat", Expansion::matMulToFloat);
    }

    private final OnnxGraph graph;
    private final OnnxGraphBuilder builder;
    private final Set<String> dynamic = new HashSet<>();
    private final Set<String> outputs = new HashSet<>();
    private final Map<String, String> read = new HashMap<>();

    private Expansion(OnnxGraph graph) {
        this.graph = graph;
        builder = new OnnxGraphBuilder(graph.initializers());
        graph.outputs().forEach(output -> outputs.add(output.name()));
    }

    private static void microsoft(String op, Body body) {
        ROWS.put(OnnxGraphBuilder.MICROSOFT + "." + op, body);
    }

    /** The names of the operators that are rewritten, in alphabetical order. */
    static List<String> supported() {
        return List.copyOf(ROWS.keySet());
    }

    /** The graph rewritten; the same one where there is nothing to rewrite. */
    static OnnxGraph expand(OnnxGraph graph) throws ImportException {
        if (graph.nodes().stream().noneMatch(node -> ROWS.containsKey(node.operator()))) {
            return graph;
        }
        Expansion expansion = new Expansion(graph);
        for (OnnxNode node : graph.nodes()) {
            if (node.op().equals("Constant") && !node.outputs().isEmpty()) {
                OnnxTensor value = ConstantFolder.fold(node, List.of());
                if (value != null) {
                    expansion.builder.constant(value);
                    continue;
                }
            }
            Body body = ROWS.get(node.operator());
            if (body == null) {
                expansion.builder.add(node);
            } else {
                body.expand(node, expansion);
            }
        }
        return new OnnxGraph(
                graph.name(),
                graph.opset(),
                graph.classicalOpset(),
                graph.inputs(),
                graph.outputs(),
                expansion.builder.nodes(),
                expansion.builder.constants());
    }

    private static void linearConv(OnnxNode node, Expansion to) throws ImportException {
        String x = to.real(node, 0, -1);
        String w = to.real(node, 3, 0);
        List<String> inputs = new ArrayList<>(List.of(x, w));
        if (node.hasInput(8)) {
            inputs.add(to.bias(node, 8, 1, 4));
        }
        to.result(node, "Conv", inputs, node.attributes(), 6);
    }

    private static void linearMatMul(OnnxNode node, Expansion to) throws ImportException {
        String a = to.real(node, 0, -1);
        OnnxTensor scale = to.builder.constant(node, 4);
        int rank = scale.size() == 1 ? 0 : to.builder.constant(node, 3).dims().length;
        to.result(node, "MatMul", List.of(a, to.real(node, 3, rank - 1)), node.attributes(), 6);
    }

    private static void gemm(OnnxNode node, Expansion to) throws ImportException {
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        String a = to.real(node, 0, -1);
        boolean transposed = node.whole("transB", 0) != 0;
        List<String> inputs = new ArrayList<>(List.of(a, to.real(node, 3, transposed ? 0 : 1)));
        if (node.hasInput(6)) {
            inputs.add(to.bias(node, 6, 1, 4));
        }
        if (node.hasInput(7)) {
            to.result(node, "Gemm", inputs, attributes, 7);
        } else {
            to.builder.node("Gemm", node.outputs().getFirst(), inputs, attributes);
        }
    }

    private void binary(OnnxNode node, String op) throws ImportException {
        result(node, op, List.of(real(node, 0, -1), real(node, 3, -1)), node.attributes(), 6);
    }

    private void unary(OnnxNode node, String op) throws ImportException {
        if (node.whole("channels_last", 0) != 0) {
            throw new ImportException(
                    node.label() + ": channels_last is not supported, only channels first");
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("channels_last");
        attributes.remove("opset");
        result(node, op, List.of(real(node, 0, -1)), attributes, 3);
    }

    private static void concat(OnnxNode node, Expansion to) throws ImportException {
        List<String> inputs = new ArrayList<>();
        for (int i = 2; i < node.inputs().size(); i += 3) {
            inputs.add(to.real(node, i, -1));
        }
        to.result(node, "Concat", inputs, node.attributes(), 0);
    }

    private static void matMulToFloat(OnnxNode node, Expansion to) throws ImportException {
        String y = node.outputs().getFirst();
        String a = to.real(node, 0, 2, 4, -1);
        boolean whole = to.builder.constant(node, 3).size() == 1;
        String b = to.real(node, 1, 3, 5, whole ? -1 : 1);
        if (node.hasInput(6)) {
            String product = to.builder.node("MatMul", y + "/product", a, b);
            to.builder.node("Add", y, product, node.input(6));
        } else {
            to.builder.node("MatMul", y, a, b);
        }
    }

    /**
     * Sums of products of integers: real numbers with scale one, which are whole by themselves.
     * What a DynamicQuantizeLinear wrote is a real number already.
     */
    private void integers(OnnxNode node, String op) throws ImportException {
        String y = node.outputs().getFirst();
        boolean isDynamic = dynamic.contains(node.input(0));
        String a = isDynamic ? node.input(0) : whole(node, 0, 2);
        String b = whole(node, 1, 3);
        if (isDynamic) {
            builder.node(op, y, List.of(a, b), node.attributes());
            return;
        }
        String sum = builder.node(op, y + "/real", List.of(a, b), node.attributes());
        builder.node("Cast", y, List.of(sum), Map.of("to", new Attribute.Whole(6)));
    }

    private String whole(OnnxNode node, int input, int zeroPoint) throws ImportException {
        OnnxTensor one = OnnxTensor.ofFloats(node.input(input) + "/one", new int[0], ONE);
        int axis = -1;
        String zero = node.hasInput(zeroPoint) ? node.input(zeroPoint) : "";
        if (!zero.isEmpty()) {
            int zeros = builder.constant(node, zeroPoint).size();
            if (zeros > 1) {
                float[] ones = new float[zeros];
                java.util.Arrays.fill(ones, 1);
                one = OnnxTensor.ofFloats(one.name(), new int[] {zeros}, ones);
                axis = node.op().equals("ConvInteger") ? 0 : 1;
            }
        }
        return builder.scaled(
                "DequantizeLinear",
                node.input(input) + "/whole of " + node.outputs().getFirst(),
                node.input(input),
                builder.constant(one),
                zero,
                axis);
    }

    private static final float[] ONE = {1};

    /**
     * The scale that this operator takes from each input becomes the fixed one that calibration
     * finds: the integers stand for the input itself, and the scale that follows is one.
     */
    private static void dynamic(OnnxNode node, Expansion to) throws ImportException {
        for (String output : node.outputs()) {
            if (to.outputs.contains(output)) {
                throw new ImportException(
                        node.label()
                                + ": its scale depends on each input, so its output '"
                                + output
                                + "' cannot be given out; only a matrix product or convolution of it is supported");
            }
        }
        String y = node.outputs().getFirst();
        to.dynamic.add(y);
        for (OnnxNode reader : to.graph.nodes()) {
            boolean reads = reader.inputs().contains(y);
            boolean multiplies =
                    reader.op().equals("MatMulInteger") || reader.op().equals("ConvInteger");
            if (reads && !(multiplies && reader.input(0).equals(y))) {
                throw new ImportException(
                        node.label()
                                + ": its scale depends on each input, so only a matrix product or convolution may read it, not "
                                + reader.label());
            }
        }
        to.builder.node("Identity", y, node.input(0));
        if (node.outputs().size() > 1) {
            to.builder.constant(OnnxTensor.ofFloats(node.outputs().get(1), new int[0], ONE));
        }
    }

    private String real(OnnxNode node, int input, int axis) throws ImportException {
        return real(node, input, input + 1, input + 2, axis);
    }

    /** The real numbers that an input's integers stand for; made once for all that read them. */
    private String real(OnnxNode node, int input, int scale, int zeroPoint, int axis)
            throws ImportException {
        String q = node.input(input);
        String zero = node.hasInput(zeroPoint) ? node.input(zeroPoint) : "";
        String key = q + " " + node.input(scale) + " " + zero;
        String known = read.get(key);
        if (known == null) {
            boolean one = builder.constant(node, scale).size() == 1;
            known =
                    builder.scaled(
                            "DequantizeLinear",
                            q + "/real" + (read.containsValue(q + "/real") ? read.size() : ""),
                            q,
                            node.input(scale),
                            zero,
                            one ? -1 : axis);
            read.put(key, known);
        }
        return known;
    }

    /** A bias whose integers count in units of two scales multiplied. */
    private String bias(OnnxNode node, int input, int scaleA, int scaleB) throws ImportException {
        OnnxTensor a = builder.constant(node, scaleA);
        OnnxTensor b = builder.constant(node, scaleB);
        float[] product = new float[b.size()];
        for (int i = 0; i < product.length; i++) {
            product[i] = a.real(0) * b.real(i);
        }
        String name = node.outputs().getFirst() + "/bias";
        int[] dims = product.length == 1 ? new int[0] : new int[] {product.length};
        String scale = builder.constant(OnnxTensor.ofFloats(name + "/scale", dims, product));
        return builder.scaled(
                "DequantizeLinear",
                name,
                node.input(input),
                scale,
                "",
                product.length == 1 ? -1 : 0);
    }

    /** The operator on real numbers, and its result written as integers. */
    private void result(
            OnnxNode node,
            String op,
            List<String> inputs,
            Map<String, Attribute> attributes,
            int scale)
            throws ImportException {
        String y = node.outputs().getFirst();
        String real = builder.node(op, y + "/exact", inputs, attributes);
        builder.scaled(
                "QuantizeLinear",
                y,
                real,
                node.input(scale),
                node.hasInput(scale + 1) ? node.input(scale + 1) : "",
                -1);
    }
}

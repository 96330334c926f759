package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

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
        ROWS.put("LSTM", Recurrence::lstm);
        ROWS.put("GRU", Recurrence::gru);
        ROWS.put("RNN", Recurrence::rnn);
        ROWS.put("LRN", Expansion::localResponse);
        ROWS.put("Sum", (node, to) -> to.folded(node, "Add"));
        ROWS.put("Mean", Expansion::mean);
        ROWS.put("Max", (node, to) -> to.extreme(node, true));
        ROWS.put("Min", (node, to) -> to.extreme(node, false));
        ROWS.put("PRelu", Expansion::parametricRelu);
        ROWS.put("Gemm", Expansion::generalProduct);
        ROWS.put("MatMul", Expansion::vectors);
        ROWS.put("Pow", Expansion::powers);
        ROWS.put("CastLike", Expansion::castLike);
        ROWS.put("SwiGLU", Expansion::swiglu);
        ROWS.put("Div", Expansion::quotient);
        ROWS.put("Mod", Expansion::remainder);
        ROWS.put("Mul", Expansion::product);
        ReduceExpansion.ROWS.forEach(ROWS::put);
        NormExpansion.ROWS.forEach(ROWS::put);
        ResizeExpansion.ROWS.forEach(ROWS::put);
        ChoiceExpansion.ROWS.forEach(ROWS::put);
        AttentionExpansion.ROWS.forEach(ROWS::put);
        EinsumExpansion.ROWS.forEach(ROWS::put);
        ScatterExpansion.ROWS.forEach(ROWS::put);
        StateExpansion.ROWS.forEach(ROWS::put);
        QuantizeExpansion.ROWS.forEach(ROWS::put);
        SignalExpansion.ROWS.forEach(ROWS::put);
        for (String line :
                List.of(
                        "Conv",
                        "ConvTranspose",
                        "MaxPool",
                        "AveragePool",
                        "GlobalMaxPool",
                        "GlobalAveragePool")) {
            ROWS.put(line, Expansion::line);
        }
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

    private static final int EXPONENTS_MAX = 16;

    /** What unrolled loops may come to. */
    private static final int NODES_MAX = 50_000;

    private final OnnxGraph graph;
    private final LoweringState state;
    private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();
    private final Set<String> dynamic = new HashSet<>();
    private final Set<String> outputs = new HashSet<>();
    private final Map<String, String> read = new HashMap<>();
    private final NormPattern norms;

    private OnnxGraphBuilder builder = new OnnxGraphBuilder();
    private int made;

    Expansion(OnnxGraph graph, LoweringState state) {
        this.graph = graph;
        this.state = state;
        norms = new NormPattern(graph, state);
        graph.outputs().forEach(output -> outputs.add(output.name()));
    }

    private static void microsoft(String op, Body body) {
        ROWS.put(OnnxGraphBuilder.MICROSOFT + "." + op, body);
    }

    /** The names of the operators that are rewritten, in alphabetical order. */
    static List<String> supported() {
        return List.copyOf(ROWS.keySet());
    }

    static boolean handles(OnnxNode node) {
        return ROWS.containsKey(node.operator());
    }

    /** The nodes that a node stands for; null where it is simple as it is. */
    @Nullable List<OnnxNode> expand(OnnxNode node) throws ImportException {
        Body body = ROWS.get(node.operator());
        if (body == null) {
            return null;
        }
        builder = new OnnxGraphBuilder();
        body.expand(node, this);
        for (Map.Entry<String, OnnxTensor> constant : builder.constants().entrySet()) {
            state.addConstant(constant.getKey(), constant.getValue());
        }
        constants.putAll(builder.constants());
        List<OnnxNode> parts = builder.nodes();
        made += parts.size();
        if (made > NODES_MAX) {
            throw new ImportException(
                    node.label() + ": unrolled, the network has more than " + NODES_MAX + " nodes");
        }
        // A node may stay as it is, where only some of its forms are several in one.
        return parts.equals(List.of(node)) ? null : parts;
    }

    /** Constants that rewriting added. */
    Map<String, OnnxTensor> constants() {
        return constants;
    }

    LoweringState state() {
        return state;
    }

    OnnxGraphBuilder builder() {
        return builder;
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
        OnnxTensor scale = to.state.constantInput(node, 4);
        int rank = scale.size() == 1 ? 0 : to.state.constantInput(node, 3).dims().length;
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
        boolean whole = to.state.constantInput(node, 3).size() == 1;
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
            int zeros = state.constantInput(node, zeroPoint).size();
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
            boolean one = state.constantInput(node, scale).size() == 1;
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
        OnnxTensor a = state.constantInput(node, scaleA);
        OnnxTensor b = state.constantInput(node, scaleB);
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

    /** Several operands, two by two. */
    private void folded(OnnxNode node, String op) throws ImportException {
        String y = node.outputs().getFirst();
        String sum = node.input(0);
        int last = node.inputs().size() - 1;
        if (last == 0) {
            builder.node("Identity", y, sum);
        }
        for (int i = 1; i <= last; i++) {
            sum = builder.node(op, i == last ? y : y + "/" + i, sum, node.input(i));
        }
    }

    private static void mean(OnnxNode node, Expansion to) throws ImportException {
        String y = node.outputs().getFirst();
        OnnxNode sum = new OnnxNode("Sum", "", "", node.inputs(), List.of(y + "/sum"), Map.of());
        to.folded(sum, "Add");
        String share = to.number(y + "/share", 1f / node.inputs().size());
        to.builder.node("Mul", y, y + "/sum", share);
    }

    String number(String name, float value) {
        return builder.constant(OnnxTensor.ofFloats(name, new int[0], new float[] {value}));
    }

    /** The larger of two computed tensors is the one, and what the other exceeds it by. */
    private void extreme(OnnxNode node, boolean largest) throws ImportException {
        boolean constant = false;
        for (String input : node.inputs()) {
            OnnxTensor value = state.constant(input);
            constant |= value != null && value.size() == 1;
        }
        if (constant && node.inputs().size() == 2) {
            builder.add(node);
            return;
        }
        String y = node.outputs().getFirst();
        String best = node.input(0);
        int last = node.inputs().size() - 1;
        if (last == 0) {
            builder.node("Identity", y, best);
        }
        for (int i = 1; i <= last; i++) {
            String base = i == last ? y : y + "/" + i;
            String other = node.input(i);
            String excess =
                    largest
                            ? builder.node("Sub", base + "/difference", other, best)
                            : builder.node("Sub", base + "/difference", best, other);
            String positive = builder.node("Relu", base + "/excess", excess);
            best = builder.node(largest ? "Add" : "Sub", base, best, positive);
        }
    }

    /** A slope for each channel: the positive part less the slope times the negative part. */
    private static void parametricRelu(OnnxNode node, Expansion to) throws ImportException {
        if (to.state.isConstant(node.input(1)) && to.state.constantInput(node, 1).size() == 1) {
            to.builder.add(node);
            return;
        }
        String y = node.outputs().getFirst();
        String x = node.input(0);
        String positive = to.builder.node("Relu", y + "/positive", x);
        String turned = to.builder.node("Neg", y + "/turned", x);
        String negative = to.builder.node("Relu", y + "/negative", turned);
        String sloped = to.builder.node("Mul", y + "/sloped", negative, node.input(1));
        to.builder.node("Sub", y, positive, sloped);
    }

    /**
     * Each element over a power of the mean square of its neighbours in other channels. With the
     * channels as the third axis that mean is an average pool.
     */
    private static void localResponse(OnnxNode node, Expansion to) throws ImportException {
        long size = node.whole("size", 1);
        float alpha = node.real("alpha", 0.0001f);
        float beta = node.real("beta", 0.75f);
        if (size < 1 || size > 1 << 10) {
            throw new ImportException(node.label() + ": size " + size + "; allowed are 1 to 1024");
        }
        String y = node.outputs().getFirst();
        String x = node.input(0);
        Attribute turn = new Attribute.Wholes(new long[] {0, 2, 1, 3});
        OnnxGraphBuilder out = to.builder;
        String square = out.node("Mul", y + "/square", x, x);
        String channels =
                out.node("Transpose", y + "/channels", List.of(square), Map.of("perm", turn));
        Map<String, Attribute> window =
                Map.of(
                        "kernel_shape",
                        new Attribute.Wholes(new long[] {size, 1}),
                        "pads",
                        new Attribute.Wholes(new long[] {(size - 1) / 2, 0, size / 2, 0}),
                        "count_include_pad",
                        new Attribute.Whole(1));
        String mean = out.node("AveragePool", y + "/mean", List.of(channels), window);
        String scaled = out.node("Mul", y + "/scaled", mean, to.number(y + "/alpha", alpha));
        String shifted =
                out.node(
                        "Add",
                        y + "/shifted",
                        scaled,
                        to.number(y + "/bias", node.real("bias", 1)));
        String power = out.node("Pow", y + "/power", shifted, to.number(y + "/beta", -beta));
        String factor = out.node("Transpose", y + "/factor", List.of(power), Map.of("perm", turn));
        out.node("Mul", y, x, factor);
    }

    /** Constant exponents that differ: each power of all elements, where it is the one wanted. */
    private static void powers(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor exponents = to.state.constant(node.input(1));
        if (exponents == null || exponents.size() == 1) {
            to.builder.add(node);
            return;
        }
        Set<Float> distinct = new TreeSet<>();
        for (int i = 0; i < exponents.size(); i++) {
            distinct.add(exponents.real(i));
        }
        if (distinct.size() > EXPONENTS_MAX) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + distinct.size()
                            + " different exponents; at most "
                            + EXPONENTS_MAX
                            + " are supported");
        }
        String y = node.outputs().getFirst();
        String base = to.asReal(node.input(0));
        String sum = "";
        int left = distinct.size();
        for (float exponent : distinct) {
            left--;
            String name = y + "/to the " + exponent;
            float[] wanted = new float[exponents.size()];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = exponents.real(i) == exponent ? 1 : 0;
            }
            String where =
                    to.builder.constant(
                            OnnxTensor.ofFloats(name + "/where", exponents.dims(), wanted));
            String all =
                    to.builder.node("Pow", name, base, to.number(name + "/exponent", exponent));
            boolean only = sum.isEmpty() && left == 0;
            String part = to.builder.node("Mul", only ? y : name + "/part", all, where);
            sum =
                    sum.isEmpty()
                            ? part
                            : to.builder.node("Add", left == 0 ? y : name + "/sum", sum, part);
        }
    }

    /** The type is that of another tensor; what is computed is real. */
    private static void castLike(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor constant = to.state.constant(node.input(1));
        ElementType type =
                constant != null
                        ? constant.type()
                        : to.state.inputType(to.state.resolve(node.input(1)));
        Map<String, Attribute> attributes = Map.of("to", new Attribute.Whole(type.code()));
        to.builder.node("Cast", node.outputs().getFirst(), List.of(node.input(0)), attributes);
    }

    /** One tensor through Swish, times the other. */
    private static void swiglu(OnnxNode node, Expansion to) throws ImportException {
        String y = node.outputs().getFirst();
        String factor = to.builder.number(y + "/alpha", node.real("alpha", 1));
        String scaled = to.builder.node("Mul", y + "/scaled", node.input(0), factor);
        String share = to.builder.node("Sigmoid", y + "/share", scaled);
        String gate = to.builder.node("Mul", y + "/gate", node.input(0), share);
        to.builder.node("Mul", y, gate, node.input(1));
    }

    private static void product(OnnxNode node, Expansion to) throws ImportException {
        if (node.inputs().size() != 2 || !to.norms.replace(node, to.builder)) {
            to.builder.add(node);
        }
    }

    /** By what is computed: a product with one over it. */
    private static void quotient(OnnxNode node, Expansion to) throws ImportException {
        boolean computed = node.inputs().size() == 2 && !to.state.isConstant(node.input(1));
        if (node.inputs().size() == 2 && DivisionLowering.splits(node, to)) {
            return;
        }
        if (!computed || to.state.isInteger(node.input(1))) {
            to.builder.add(node);
            return;
        }
        if (to.norms.replace(node, to.builder)) {
            return;
        }
        String y = node.outputs().getFirst();
        OnnxTensor dividend = to.state.constant(node.input(0));
        boolean one = dividend != null && dividend.size() == 1 && dividend.real(0) == 1;
        String inverse = to.builder.node("Reciprocal", one ? y : y + "/inverse", node.input(1));
        if (!one) {
            to.builder.node("Mul", y, node.input(0), inverse);
        }
    }

    private static void remainder(OnnxNode node, Expansion to) throws ImportException {
        if (!DivisionLowering.splits(node, to)) {
            to.builder.add(node);
        }
    }

    /** An input of whole numbers as real ones, for what is computed with real numbers. */
    String asReal(String tensor) {
        OnnxTensor constant = state.constant(tensor);
        boolean whole =
                constant != null
                        ? !constant.isFloat()
                        : !state.inputType(state.resolve(tensor)).isReal();
        return whole
                ? builder.node(
                        "Cast",
                        tensor + "/as real of " + builder.nodes().size(),
                        List.of(tensor),
                        Map.of("to", new Attribute.Whole(ElementType.FLOAT.code())))
                : tensor;
    }

    /** A vector is a matrix of one row, or of one column as the second factor. */
    private static void vectors(OnnxNode node, Expansion to) throws ImportException {
        int[][] shapes = new int[2][];
        for (int i = 0; i < 2; i++) {
            OnnxTensor constant = to.state.constant(node.input(i));
            shapes[i] =
                    constant != null
                            ? constant.dims()
                            : to.state.shape(to.state.activation(node, i));
        }
        boolean row = shapes[0].length == 1;
        boolean column = shapes[1].length == 1;
        if (!row && !column) {
            to.builder.add(node);
            return;
        }
        String y = node.outputs().getFirst();
        OnnxGraphBuilder out = to.builder;
        String a = row ? out.reshaped(node.input(0), y + "/row", 1, shapes[0][0]) : node.input(0);
        String b =
                column
                        ? out.reshaped(node.input(1), y + "/column", shapes[1][0], 1)
                        : node.input(1);
        String product = out.node("MatMul", y + "/product", a, b);
        List<Long> dims = new ArrayList<>();
        int batch = Math.max(shapes[0].length, shapes[1].length) - 2;
        for (int i = 0; i < batch; i++) {
            dims.add(0L);
        }
        if (!row) {
            dims.add((long) shapes[0][shapes[0].length - 2]);
        }
        if (!column) {
            dims.add((long) shapes[1][shapes[1].length - 1]);
        }
        out.reshaped(product, y, dims.stream().mapToLong(Long::longValue).toArray());
    }

    /**
     * A product of matrices that is no layer of weights: transposed first, or with a whole matrix
     * added.
     */
    private static void generalProduct(OnnxNode node, Expansion to) throws ImportException {
        int columns = to.state.isConstant(node.input(1)) ? 1 : 0;
        boolean vector = true;
        if (node.hasInput(2) && columns == 1) {
            OnnxTensor bias = to.state.constant(node.input(2));
            vector =
                    bias != null
                            && (bias.dims().length == 0
                                    || bias.size() == 1
                                    || bias.size() == bias.dims()[bias.dims().length - 1]);
        }
        if (columns == 1 && vector && node.whole("transA", 0) == 0) {
            to.builder.add(node);
            return;
        }
        String y = node.outputs().getFirst();
        Map<String, Attribute> turn = Map.of("perm", new Attribute.Wholes(new long[] {1, 0}));
        String a = node.input(0);
        String b = node.input(1);
        if (node.whole("transA", 0) != 0) {
            a = to.builder.node("Transpose", y + "/a", List.of(a), turn);
        }
        if (node.whole("transB", 0) != 0) {
            b = to.builder.node("Transpose", y + "/b", List.of(b), turn);
        }
        float alpha = node.real("alpha", 1);
        float beta = node.real("beta", 1);
        boolean adds = node.hasInput(2);
        String product = to.builder.node("MatMul", adds || alpha != 1 ? y + "/product" : y, a, b);
        if (alpha != 1) {
            product =
                    to.builder.node(
                            "Mul",
                            adds ? y + "/scaled" : y,
                            product,
                            to.number(y + "/alpha", alpha));
        }
        if (adds) {
            String c = node.input(2);
            if (beta != 1) {
                c = to.builder.node("Mul", y + "/c", c, to.number(y + "/beta", beta));
            }
            to.builder.node("Add", y, product, c);
        }
    }

    /** What walks along a line walks over a picture of one row. */
    private static void line(OnnxNode node, Expansion to) throws ImportException {
        int[] shape = to.state.shape(to.state.activation(node, 0));
        if (node.op().equals("AveragePool") && to.padded(node, shape.length)) {
            return;
        }
        if (shape.length == 5 && node.outputs().size() == 1 && node.op().endsWith("Pool")) {
            to.space(node, shape);
            return;
        }
        if (shape.length != 3 || node.outputs().size() != 1) {
            to.builder.add(node);
            return;
        }
        String y = node.outputs().getFirst();
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        for (String name :
                List.of("kernel_shape", "strides", "dilations", "pads", "output_padding")) {
            long[] given = node.wholes(name);
            if (given == null) {
                continue;
            }
            long other = name.equals("pads") || name.equals("output_padding") ? 0 : 1;
            long[] pair =
                    given.length == 2
                            ? new long[] {other, given[0], other, given[1]}
                            : new long[] {other, given[0]};
            attributes.put(name, new Attribute.Wholes(pair));
        }
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, to.picture(node.input(0), y + "/picture", shape));
        if (node.op().startsWith("Conv")) {
            int[] weight = to.state.constantInput(node, 1).dims();
            if (weight.length != 3) {
                throw new ImportException(node.label() + ": the weight must have three axes");
            }
            inputs.set(1, to.picture(node.input(1), y + "/weight", weight));
        }
        String result = to.builder.node(node.op(), y + "/row", inputs, attributes);
        String back =
                to.builder.constant(
                        OnnxTensor.ofLongs(y + "/line", new int[] {3}, new long[] {0, 0, -1}));
        to.builder.node("Reshape", y, result, back);
    }

    /**
     * Where padding counts but what a last, incomplete window lies beyond it does not, zeros are
     * laid around first.
     */
    private boolean padded(OnnxNode node, int rank) throws ImportException {
        boolean both = node.whole("ceil_mode", 0) != 0 && node.whole("count_include_pad", 0) != 0;
        long[] kernel = node.wholes("kernel_shape");
        long[] pads = node.wholes("pads");
        if (both && pads == null && !node.has("auto_pad")) {
            pads = new long[2 * (rank - 2)];
        }
        if (!both
                || kernel == null
                || kernel.length != rank - 2
                || pads == null
                || pads.length != 2 * (rank - 2)
                || LongStream.of(pads).anyMatch(pad -> pad < 0)) {
            return false;
        }
        int[] dims = state.dims(node, 0);
        long[] all = new long[2 * rank];
        for (int i = 0; i < rank - 2; i++) {
            long stride = one(node, "strides", i);
            long span = one(node, "dilations", i) * (kernel[i] - 1) + 1;
            long used = pads[i] + dims[i + 2];
            long last = -Math.floorDiv(span - used - pads[i + rank - 2], stride) * stride;
            // A window that would begin behind the picture is left out.
            last -= last >= used ? stride : 0;
            all[i + 2] = pads[i];
            all[i + 2 + rank] = Math.clamp(last + span - used, 0, pads[i + rank - 2]);
        }
        String y = node.outputs().getFirst();
        String ends = builder.wholes(y + "/pads", all);
        String x = builder.node("Pad", y + "/padded", node.input(0), ends);
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("pads");
        attributes.remove("count_include_pad");
        builder.node("AveragePool", y, List.of(x), attributes);
        return true;
    }

    private static long one(OnnxNode node, String attribute, int axis) throws ImportException {
        long[] given = node.wholes(attribute);
        return given == null || given.length <= axis ? 1 : Math.max(1, given[axis]);
    }

    /** A window over space is one over each picture and then one over what comes of it in depth. */
    private void space(OnnxNode node, int[] shape) throws ImportException {
        String y = node.outputs().getFirst();
        String flat =
                builder.reshaped(
                        node.input(0),
                        y + "/pictures",
                        shape[0],
                        (long) shape[1] * shape[2],
                        shape[3],
                        shape[4]);
        if (node.op().startsWith("Global")) {
            String each = builder.node(node.op(), y + "/each", List.of(flat), node.attributes());
            String depth = builder.reshaped(each, y + "/depth", shape[0], shape[1], shape[2], 1);
            String all = builder.node(node.op(), y + "/all", List.of(depth), node.attributes());
            builder.reshaped(all, y, shape[0], shape[1], 1, 1, 1);
            return;
        }
        Map<String, Attribute> picture = new HashMap<>(node.attributes());
        Map<String, Attribute> depth = new HashMap<>(node.attributes());
        for (String name : List.of("kernel_shape", "strides", "dilations", "pads")) {
            long[] given = node.wholes(name);
            if (given == null) {
                continue;
            }
            boolean pads = name.equals("pads");
            if (given.length != (pads ? 6 : 3)) {
                throw new ImportException(
                        node.label() + ": " + name + " of " + given.length + " numbers");
            }
            picture.put(
                    name,
                    new Attribute.Wholes(
                            pads
                                    ? new long[] {given[1], given[2], given[4], given[5]}
                                    : new long[] {given[1], given[2]}));
            depth.put(
                    name,
                    new Attribute.Wholes(
                            pads
                                    ? new long[] {given[0], 0, given[3], 0}
                                    : new long[] {given[0], 1}));
        }
        String each = builder.node(node.op(), y + "/each", List.of(flat), picture);
        int[] size = shape.clone();
        Window window =
                PoolLowering.window(
                        new OnnxNode(node.op(), "", "", List.of(), List.of(y), picture),
                        new int[] {shape[0], shape[1], shape[3], shape[4]},
                        PoolLowering.kernel(node.with(picture)));
        size[3] = window.outputHeight(shape[3]);
        size[4] = window.outputWidth(shape[4]);
        long area = (long) size[3] * size[4];
        String deep = builder.reshaped(each, y + "/depth", shape[0], shape[1], shape[2], area);
        String all = builder.node(node.op(), y + "/all", List.of(deep), depth);
        builder.reshaped(all, y, shape[0], shape[1], -1, size[3], size[4]);
    }

    private String picture(String values, String name, int[] shape) {
        long[] dims = {shape[0], shape[1], 1, shape[2]};
        return builder.node(
                "Reshape",
                name,
                values,
                builder.constant(OnnxTensor.ofLongs(name + "/dims", new int[] {4}, dims)));
    }
}

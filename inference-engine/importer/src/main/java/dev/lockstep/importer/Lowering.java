package dev.lockstep.importer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns an ONNX graph into {@link FloatLayer}s: one row of the table for each operator. To add one,
 * write its body in a class of its theme and add its row.
 */
final class Lowering {
    /** Turns one node into layers. */
    interface Body {
        void lower(OnnxNode node, LoweringState state) throws ImportException;
    }

    /**
     * One operator.
     *
     * @param attributes those that the body understands; any other is refused, never ignored
     */
    record Row(Set<String> attributes, Body body) {}

    private static final Set<String> POOL =
            Set.of("kernel_shape", "strides", "pads", "auto_pad", "ceil_mode", "dilations");

    private static final Map<String, Row> ROWS = new TreeMap<>();

    static {
        row(
                "Conv",
                LinearLowering::conv,
                "kernel_shape",
                "strides",
                "pads",
                "auto_pad",
                "dilations",
                "group");
        row(
                "ConvTranspose",
                LinearLowering::convTranspose,
                "kernel_shape",
                "strides",
                "pads",
                "auto_pad",
                "dilations",
                "group",
                "output_padding",
                "output_shape");
        row("Gemm", LinearLowering::gemm, "alpha", "beta", "transA", "transB", "broadcast");
        row("MatMul", LinearLowering::matMul);
        row(
                "BatchNormalization",
                LinearLowering::batchNormalization,
                "epsilon",
                "momentum",
                "spatial",
                "training_mode");

        row("Add", ArithmeticLowering::add, "axis", "broadcast");
        row("Sub", ArithmeticLowering::subtract, "axis", "broadcast");
        row("Mul", ArithmeticLowering::multiply, "axis", "broadcast");
        row("Div", ArithmeticLowering::divide, "axis", "broadcast");

        for (String comparison :
                List.of("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal")) {
            row(comparison, TruthLowering::compare);
        }
        for (String truth : List.of("And", "Or", "Xor")) {
            row(truth, TruthLowering::join);
        }
        row("Not", TruthLowering::not);
        row("IsNaN", TruthLowering::never);
        row("IsInf", TruthLowering::never, "detect_negative", "detect_positive");

        row("Relu", CurveLowering::relu);
        row("Clip", CurveLowering::clip, "min", "max");
        row("LeakyRelu", CurveLowering::leakyRelu, "alpha");
        row("PRelu", CurveLowering::parametricRelu);
        row("Elu", CurveLowering::elu, "alpha");
        row("Sigmoid", CurveLowering::sigmoid);
        row("HardSigmoid", CurveLowering::hardSigmoid, "alpha", "beta");
        row("HardSwish", CurveLowering::hardSwish);
        row("Tanh", CurveLowering::tanh);
        row("Softplus", CurveLowering::softplus);
        row("Softsign", CurveLowering::softsign);
        row("Gelu", CurveLowering::gelu, "approximate");
        row("Erf", CurveLowering::erf);
        row("Exp", CurveLowering::exp);
        row("Abs", CurveLowering::abs);
        row("Neg", CurveLowering::negate);
        row("Sqrt", CurveLowering::sqrt);
        row("Log", CurveLowering::log);
        row("Reciprocal", CurveLowering::reciprocal);
        row("Pow", CurveLowering::pow);
        row("Selu", CurveLowering::selu, "alpha", "gamma");
        row("Celu", CurveLowering::celu, "alpha");
        row("ThresholdedRelu", CurveLowering::thresholdedRelu, "alpha");
        row("Mish", CurveLowering::mish);
        row("Swish", CurveLowering::swish, "alpha");
        row("Sin", CurveLowering::sin);
        row("Cos", CurveLowering::cos);
        row("Tan", CurveLowering::tan);
        row("Asin", CurveLowering::arcSine);
        row("Acos", CurveLowering::arcCosine);
        row("Atan", CurveLowering::atan);
        row("Sinh", CurveLowering::hyperbolicSine);
        row("Cosh", CurveLowering::hyperbolicCosine);
        row("Asinh", CurveLowering::areaSine);
        row("Acosh", CurveLowering::areaCosine);
        row("Atanh", CurveLowering::areaTangent);
        row("Mod", DivisionLowering::remainder, "fmod");
        for (String whole : List.of("Floor", "Ceil", "Round", "Sign")) {
            row(whole, CurveLowering::whole);
        }
        row("Max", CurveLowering::maximum);
        row("Min", CurveLowering::minimum);

        ROWS.put("MaxPool", new Row(with(POOL, "storage_order"), PoolLowering::maxPool));
        ROWS.put(
                "AveragePool", new Row(with(POOL, "count_include_pad"), PoolLowering::averagePool));
        row("GlobalMaxPool", PoolLowering::globalMaxPool);
        row("GlobalAveragePool", PoolLowering::globalAveragePool);
        for (String reduction : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin")) {
            row(reduction, PoolLowering::reduce, "axes", "keepdims", "noop_with_empty_axes");
        }

        row("Slice", PickLowering::slice, "starts", "ends", "axes");
        row("Split", PickLowering::split, "axis", "split", "num_outputs");
        row("Gather", PickLowering::gather, "axis");
        row("Expand", PickLowering::expand);
        row("Tile", PickLowering::tile);
        row("Upsample", PickLowering::resize, "mode", "scales");
        row(
                "Resize",
                PickLowering::resize,
                "mode",
                "coordinate_transformation_mode",
                "nearest_mode",
                "cubic_coeff_a",
                "exclude_outside",
                "extrapolation_value",
                "antialias",
                "axes",
                "keep_aspect_ratio_policy");
        row("DepthToSpace", ShapeLowering::depthToSpace, "blocksize", "mode");
        row("SpaceToDepth", ShapeLowering::spaceToDepth, "blocksize");

        for (String domain : List.of("", "com.microsoft.")) {
            row(
                    domain + "QuantizeLinear",
                    QuantizeLowering::quantize,
                    "axis",
                    "saturate",
                    "block_size",
                    "output_dtype",
                    "precision");
            row(
                    domain + "DequantizeLinear",
                    QuantizeLowering::dequantize,
                    "axis",
                    "block_size",
                    "output_dtype");
        }

        row("Reshape", ShapeLowering::reshape, "allowzero");
        row("Flatten", ShapeLowering::flatten, "axis");
        row("Squeeze", ShapeLowering::squeeze, "axes");
        row("Unsqueeze", ShapeLowering::unsqueeze, "axes");
        row("Transpose", ShapeLowering::transpose, "perm");
        row("Concat", ShapeLowering::concat, "axis");
        row("Pad", ShapeLowering::pad, "mode", "pads", "value");
        row("Softmax", AxisLowering::softmax, "axis");
        row("LogSoftmax", AxisLowering::softmax, "axis");
        row("ArgMax", AxisLowering::argMax, "axis", "keepdims", "select_last_index");
        row("ArgMin", AxisLowering::argMax, "axis", "keepdims", "select_last_index");
        row("TopK", AxisLowering::topK, "axis", "largest", "sorted", "k");
        row("LayerNormalization", AxisLowering::normalization, "axis", "epsilon", "stash_type");
        // The second is ONNX Runtime's name for the first, at every opset.
        for (String root : List.of("RMSNormalization", "SimplifiedLayerNormalization")) {
            row(root, AxisLowering::normalization, "axis", "epsilon", "stash_type");
        }
        row("Dropout", ShapeLowering::dropout, "ratio", "seed");
        row("Identity", ShapeLowering::unchanged);
        row("Cast", ShapeLowering::cast, "to", "saturate");
        row("Shape", ShapeLowering::shape, "start", "end");
        row("Size", ShapeLowering::size);
        ClassicalLowering.ROWS.forEach((op, row) -> ROWS.put(MlExpansion.DOMAIN + "." + op, row));
    }

    private Lowering() {}

    private static void row(String op, Body body, String... attributes) {
        ROWS.put(op, new Row(Set.of(attributes), body));
    }

    private static Set<String> with(Set<String> base, String more) {
        Set<String> all = new java.util.HashSet<>(base);
        all.add(more);
        return Set.copyOf(all);
    }

    /** The operators that may depend on the network's input, in alphabetical order. */
    static List<String> supported() {
        Set<String> all = new TreeSet<>(ROWS.keySet());
        all.addAll(Expansion.supported());
        return List.copyOf(all);
    }

    /**
     * A network as layers.
     *
     * @param nodes the simple nodes that the layers were made of
     * @param constants those that were added for them
     */
    record Lowered(FloatGraph graph, List<OnnxNode> nodes, Map<String, OnnxTensor> constants) {
        /** The given graph with these nodes; reals may stand where it has whole numbers. */
        OnnxGraph written(OnnxGraph given) {
            Map<String, OnnxTensor> all = new LinkedHashMap<>(given.initializers());
            all.putAll(constants);
            return new OnnxGraph(
                    given.name(),
                    given.opset(),
                    given.classicalOpset(),
                    given.inputs(),
                    given.outputs().stream()
                            .map(output -> new OnnxGraph.ValueInfo(output.name(), 0, List.of()))
                            .toList(),
                    nodes,
                    all);
        }
    }

    static Lowered lower(OnnxGraph graph) throws ImportException {
        return lower(graph, null);
    }

    /**
     * @param samples that the ranges of a classical model's features are taken from
     */
    static Lowered lower(OnnxGraph graph, @Nullable Samples samples) throws ImportException {
        LoweringState state = new LoweringState(graph, samples);
        checkOperators(graph);
        Expansion expansion = new Expansion(graph, state);
        Deque<OnnxNode> open = new ArrayDeque<>(graph.nodes());
        List<OnnxNode> simple = new ArrayList<>();
        while (!open.isEmpty()) {
            OnnxNode node = open.remove();
            try {
                boolean folds = foldConstants(node, state);
                List<OnnxNode> parts = folds ? null : expansion.expand(node);
                if (parts == null) {
                    simple.add(node);
                }
                if (parts != null) {
                    state.replaced(node, parts);
                    parts.reversed().forEach(open::addFirst);
                } else if (!folds) {
                    lower(node, state);
                }
            } catch (RuntimeException e) {
                throw new ImportFault(node.label(), e);
            }
        }
        return new Lowered(state.finish(), List.copyOf(simple), expansion.constants());
    }

    private static void lower(OnnxNode node, LoweringState state) throws ImportException {
        if (constants(node, state) != null) {
            throw new ImportException(
                    node.label()
                            + " depends on constants only, and "
                            + node.op()
                            + " is not computed while importing; simplify the model first");
        }
        Row row = row(node);
        if (row == null) {
            throw unsupported(node);
        }
        row.body().lower(node, state);
        state.type(node);
    }

    /** All that is missing is said at once, before the first node is looked at closely. */
    private static void checkOperators(OnnxGraph graph) throws ImportException {
        for (OnnxNode node : graph.nodes()) {
            Row row = row(node);
            if (row == null && !ConstantFolder.folds(node) && !Expansion.handles(node)) {
                throw unsupported(node);
            }
            if (row != null) {
                node.allowOnly(row.attributes());
            }
        }
    }

    private static @Nullable Row row(OnnxNode node) {
        return ROWS.get(node.operator());
    }

    private static ImportException unsupported(OnnxNode node) {
        return new ImportException(
                node.label()
                        + ": operator "
                        + node.operator()
                        + " is not supported; supported are "
                        + String.join(", ", supported()));
    }

    /** The inputs of a node that depends on constants only; null for others. */
    private static @Nullable List<OnnxTensor> constants(OnnxNode node, LoweringState state) {
        List<OnnxTensor> values = new ArrayList<>();
        for (String input : node.inputs()) {
            OnnxTensor value = state.constant(input);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    private static boolean foldConstants(OnnxNode node, LoweringState state)
            throws ImportException {
        List<OnnxTensor> values = constants(node, state);
        if (values == null) {
            return false;
        }
        if (values.isEmpty() && !node.op().equals("Constant")) {
            throw new ImportException(node.label() + " has no input");
        }
        String output = node.outputs().getFirst();
        if (node.op().equals("DequantizeLinear") && node.whole("block_size", 0) != 0) {
            state.addConstant(output, QuantizeLowering.constantReals(node, state));
            return true;
        }
        if (node.op().equals("DequantizeLinear")) {
            state.addQuantized(output, QuantizeLowering.constant(node, state));
            return true;
        }
        if (node.op().equals("QuantizeLinear")) {
            state.addConstant(output, QuantizeLowering.constantIntegers(node, state));
            return true;
        }
        QuantizedTensor integers = values.isEmpty() ? null : state.quantized(node.input(0));
        if (integers != null && node.op().equals("Transpose")) {
            int[] permutation = Shapes.permutation(node, integers.q().dims().length);
            state.addQuantized(output, integers.transposed(permutation));
            return true;
        }
        if (integers != null && node.op().equals("Reshape")) {
            int[] dims = Shapes.reshape(node, integers.q().dims(), values.get(1).longs());
            QuantizedTensor shaped = integers.reshaped(dims);
            if (shaped != null) {
                state.addQuantized(output, shaped);
                return true;
            }
        }
        OnnxTensor folded = ConstantFolder.fold(node, values);
        if (folded == null) {
            return false;
        }
        state.addConstant(output, folded);
        return true;
    }
}

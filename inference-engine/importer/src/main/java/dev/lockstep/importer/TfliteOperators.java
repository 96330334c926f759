package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operators of TensorFlow Lite: one row of the table for each, by its number in the schema.
 *
 * @source schema.fbs of TensorFlow Lite, numbers of operators and of fields of options
 */
final class TfliteOperators {
    interface Body {
        void translate(Operator operator, TfliteTranslation to) throws ImportException;
    }

    record Row(String name, Body body) {}

    /** Fused activations, by their numbers. */
    private static final int RELU = 1;

    private static final int RELU_N1_TO_1 = 2;
    private static final int RELU6 = 3;
    private static final int TANH = 4;

    private static final int SAME = 0;

    private static final Map<Integer, Row> ROWS = new TreeMap<>();

    /** Operators that are not supported, for messages. */
    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(7, "EMBEDDING_LOOKUP"),
                    Map.entry(12, "L2_POOL_2D"),
                    Map.entry(13, "LOCAL_RESPONSE_NORMALIZATION"),
                    Map.entry(16, "LSTM"),
                    Map.entry(24, "RNN"),
                    Map.entry(27, "SVDF"),
                    Map.entry(32, "CUSTOM"),
                    Map.entry(35, "UNIDIRECTIONAL_SEQUENCE_RNN"),
                    Map.entry(46, "BIDIRECTIONAL_SEQUENCE_RNN"),
                    Map.entry(48, "TOPK_V2"),
                    Map.entry(52, "BIDIRECTIONAL_SEQUENCE_LSTM"),
                    Map.entry(68, "SPARSE_TO_DENSE"),
                    Map.entry(72, "NOT_EQUAL"),
                    Map.entry(77, "SHAPE"),
                    Map.entry(78, "POW"),
                    Map.entry(80, "FAKE_QUANT"),
                    Map.entry(85, "ONE_HOT"),
                    Map.entry(90, "FLOOR_DIV"),
                    Map.entry(91, "REDUCE_ANY"),
                    Map.entry(93, "ZEROS_LIKE"),
                    Map.entry(94, "FILL"),
                    Map.entry(95, "FLOOR_MOD"),
                    Map.entry(96, "RANGE"),
                    Map.entry(103, "UNIQUE"),
                    Map.entry(107, "GATHER_ND"),
                    Map.entry(109, "WHERE"),
                    Map.entry(110, "RANK"),
                    Map.entry(112, "REVERSE_SEQUENCE"),
                    Map.entry(116, "ROUND"),
                    Map.entry(118, "IF"),
                    Map.entry(119, "WHILE"),
                    Map.entry(120, "NON_MAX_SUPPRESSION_V4"),
                    Map.entry(121, "NON_MAX_SUPPRESSION_V5"),
                    Map.entry(122, "SCATTER_ND"),
                    Map.entry(124, "DENSIFY"),
                    Map.entry(128, "CUMSUM"),
                    Map.entry(129, "CALL_ONCE"),
                    Map.entry(132, "CONV_3D"),
                    Map.entry(142, "VAR_HANDLE"),
                    Map.entry(143, "READ_VARIABLE"),
                    Map.entry(144, "ASSIGN_VARIABLE"));

    /** SVDF, RNN, and variables. */
    private static final Set<Integer> STATEFUL = Set.of(24, 27, 129, 142, 143, 144);

    static {
        row(0, "ADD", (op, to) -> binary(op, to, "Add"));
        row(1, "AVERAGE_POOL_2D", (op, to) -> pool(op, to, "AveragePool"));
        row(2, "CONCATENATION", TfliteOperators::concatenation);
        row(3, "CONV_2D", (op, to) -> convolution(op, to, false));
        row(4, "DEPTHWISE_CONV_2D", (op, to) -> convolution(op, to, true));
        row(5, "DEPTH_TO_SPACE", (op, to) -> blocks(op, to, "DepthToSpace"));
        row(6, "DEQUANTIZE", TfliteOperators::unchanged);
        row(8, "FLOOR", (op, to) -> unary(op, to, "Floor"));
        row(9, "FULLY_CONNECTED", TfliteOperators::fullyConnected);
        row(11, "L2_NORMALIZATION", TfliteOperators::lengthNormalization);
        row(14, "LOGISTIC", (op, to) -> unary(op, to, "Sigmoid"));
        row(17, "MAX_POOL_2D", (op, to) -> pool(op, to, "MaxPool"));
        row(18, "MUL", (op, to) -> binary(op, to, "Mul"));
        row(19, "RELU", (op, to) -> unary(op, to, "Relu"));
        row(20, "RELU_N1_TO_1", (op, to) -> unary(op, to, RELU_N1_TO_1));
        row(21, "RELU6", (op, to) -> unary(op, to, RELU6));
        row(22, "RESHAPE", TfliteOperators::reshape);
        row(23, "RESIZE_BILINEAR", TflitePicks::resizeLinear);
        row(25, "SOFTMAX", TfliteOperators::softmax);
        row(26, "SPACE_TO_DEPTH", (op, to) -> blocks(op, to, "SpaceToDepth"));
        row(28, "TANH", (op, to) -> unary(op, to, "Tanh"));
        row(34, "PAD", TfliteOperators::pad);
        row(36, "GATHER", TflitePicks::gather);
        row(37, "BATCH_TO_SPACE_ND", TflitePicks::batchToSpace);
        row(38, "SPACE_TO_BATCH_ND", TflitePicks::spaceToBatch);
        row(39, "TRANSPOSE", TfliteOperators::transpose);
        row(40, "MEAN", (op, to) -> reduce(op, to, "ReduceMean"));
        row(41, "SUB", (op, to) -> binary(op, to, "Sub"));
        row(42, "DIV", (op, to) -> binary(op, to, "Div"));
        row(43, "SQUEEZE", TfliteOperators::reshape);
        row(44, "UNIDIRECTIONAL_SEQUENCE_LSTM", TfliteLstm::translate);
        row(45, "STRIDED_SLICE", TfliteOperators::stridedSlice);
        row(47, "EXP", (op, to) -> unary(op, to, "Exp"));
        row(49, "SPLIT", (op, to) -> split(op, to, 1, 0));
        row(102, "SPLIT_V", (op, to) -> split(op, to, 0, 2));
        row(50, "LOG_SOFTMAX", TfliteOperators::logSoftmax);
        row(53, "CAST", TfliteOperators::cast);
        row(54, "PRELU", (op, to) -> binary(op, to, "PRelu"));
        row(55, "MAXIMUM", (op, to) -> plainly(op, to, "Max"));
        row(56, "ARG_MAX", (op, to) -> place(op, to, "ArgMax"));
        row(57, "MINIMUM", (op, to) -> plainly(op, to, "Min"));
        row(58, "LESS", (op, to) -> plainly(op, to, "Less"));
        row(59, "NEG", (op, to) -> unary(op, to, "Neg"));
        row(60, "PADV2", TfliteOperators::pad);
        row(61, "GREATER", (op, to) -> plainly(op, to, "Greater"));
        row(62, "GREATER_EQUAL", (op, to) -> plainly(op, to, "GreaterOrEqual"));
        row(63, "LESS_EQUAL", (op, to) -> plainly(op, to, "LessOrEqual"));
        row(64, "SELECT", (op, to) -> plainly(op, to, "Where"));
        row(65, "SLICE", TfliteOperators::slice);
        row(66, "SIN", (op, to) -> unary(op, to, "Sin"));
        row(67, "TRANSPOSE_CONV", TfliteOperators::transposedConvolution);
        row(69, "TILE", (op, to) -> TflitePicks.repeat(op, to, "Tile"));
        row(70, "EXPAND_DIMS", TfliteOperators::reshape);
        row(71, "EQUAL", (op, to) -> plainly(op, to, "Equal"));
        row(73, "LOG", (op, to) -> unary(op, to, "Log"));
        row(74, "SUM", (op, to) -> reduce(op, to, "ReduceSum"));
        row(75, "SQRT", (op, to) -> unary(op, to, "Sqrt"));
        row(76, "RSQRT", (op, to) -> power(op, to, -0.5f));
        row(79, "ARG_MIN", (op, to) -> place(op, to, "ArgMin"));
        row(81, "REDUCE_PROD", (op, to) -> reduce(op, to, "ReduceProd"));
        row(82, "REDUCE_MAX", (op, to) -> reduce(op, to, "ReduceMax"));
        row(83, "PACK", TfliteOperators::pack);
        row(84, "LOGICAL_OR", (op, to) -> plainly(op, to, "Or"));
        row(86, "LOGICAL_AND", (op, to) -> plainly(op, to, "And"));
        row(87, "LOGICAL_NOT", (op, to) -> plainly(op, to, "Not"));
        row(88, "UNPACK", TfliteOperators::unpack);
        row(89, "REDUCE_MIN", (op, to) -> reduce(op, to, "ReduceMin"));
        row(92, "SQUARE", (op, to) -> square(op, to, false));
        row(97, "RESIZE_NEAREST_NEIGHBOR", TflitePicks::resizeNearest);
        row(98, "LEAKY_RELU", TfliteOperators::leakyRelu);
        row(99, "SQUARED_DIFFERENCE", (op, to) -> square(op, to, true));
        row(100, "MIRROR_PAD", TflitePicks::mirrorPad);
        row(101, "ABS", (op, to) -> unary(op, to, "Abs"));
        row(104, "CEIL", (op, to) -> unary(op, to, "Ceil"));
        row(105, "REVERSE_V2", TflitePicks::reverse);
        row(106, "ADD_N", (op, to) -> plainly(op, to, "Sum"));
        row(108, "COS", (op, to) -> unary(op, to, "Cos"));
        row(111, "ELU", (op, to) -> unary(op, to, "Elu"));
        row(114, "QUANTIZE", TfliteOperators::unchanged);
        row(117, "HARD_SWISH", (op, to) -> unary(op, to, "HardSwish"));
        row(123, "SELECT_V2", (op, to) -> plainly(op, to, "Where"));
        row(126, "BATCH_MATMUL", TfliteOperators::batchMatMul);
        row(130, "BROADCAST_TO", (op, to) -> TflitePicks.repeat(op, to, "Expand"));
        row(150, "GELU", TfliteOperators::gelu);
        row(152, "RELU_0_TO_1", TfliteOperators::reluToOne);
    }

    private TfliteOperators() {}

    private static void row(int code, String name, Body body) {
        ROWS.put(code, new Row(name, body));
    }

    static List<String> supported() {
        return ROWS.values().stream().map(Row::name).sorted().toList();
    }

    static String name(Operator operator) {
        Row row = ROWS.get(operator.code());
        String custom = operator.custom().isEmpty() ? "" : ", " + operator.custom();
        String other = NAMES.getOrDefault(operator.code(), "number " + operator.code());
        return row == null ? other + custom : row.name();
    }

    static void translate(Operator operator, TfliteTranslation to) throws ImportException {
        Row row = ROWS.get(operator.code());
        if (STATEFUL.contains(operator.code())) {
            throw to.refuse(
                    operator, "keeps state between runs, which a model here does not; unroll it");
        }
        if (row == null) {
            throw to.refuse(
                    operator, "is not supported; supported are " + String.join(", ", supported()));
        }
        row.body().translate(operator, to);
    }

    /** Adds the activation that an operator carries along, and gives the tensor after it. */
    static String activated(Operator operator, TfliteTranslation to, String values, int activation)
            throws ImportException {
        String out = values + "/activated";
        return switch (activation) {
            case 0 -> values;
            case RELU -> to.builder().node("Relu", out, values);
            case RELU_N1_TO_1 -> clipped(to, values, out, -1, 1);
            case RELU6 -> clipped(to, values, out, 0, 6);
            case TANH -> to.builder().node("Tanh", out, values);
            default -> throw to.refuse(operator, "fused activation " + activation + " is unknown");
        };
    }

    static String clipped(TfliteTranslation to, String values, String out, float low, float high) {
        String lo = to.constant(out + "/low", low);
        String hi = to.constant(out + "/high", high);
        return to.builder().node("Clip", out, values, lo, hi);
    }

    private static void unary(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(out, to.builder().node(op, to.writing(out), x));
    }

    private static void unary(Operator operator, TfliteTranslation to, int activation)
            throws ImportException {
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(to.output(operator, 0), activated(operator, to, x, activation));
    }

    private static void unchanged(Operator operator, TfliteTranslation to) throws ImportException {
        int from = to.input(operator, 0);
        int out = to.output(operator, 0);
        to.wrote(out, to.builder().node("Identity", to.writing(out), to.plain(from)));
    }

    private static void leakyRelu(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        String x = to.channelsFirst(to.input(operator, 0));
        Attribute alpha = new Attribute.Real(operator.options().real(0, 0));
        to.wroteChannelsFirst(
                out,
                to.builder()
                        .node("LeakyRelu", to.writing(out), List.of(x), Map.of("alpha", alpha)));
    }

    private static void gelu(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        String form = operator.options().byteAt(0, 0) != 0 ? "tanh" : "none";
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(
                out,
                to.builder()
                        .node(
                                "Gelu",
                                to.writing(out),
                                List.of(x),
                                Map.of("approximate", new Attribute.Text(form))));
    }

    /** Two operands; one of fewer axes is repeated along the axes that it lacks. */
    private static void binary(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        String[] operands = new String[2];
        for (int i = 0; i < 2; i++) {
            int index = to.input(operator, i);
            int missing = to.rank(out) - to.rank(index);
            operands[i] = to.channelsFirst(index);
            if (to.rank(out) == 4 && missing > 0) {
                int[] shape = new int[4];
                Arrays.fill(shape, 1);
                int[] given = to.tensor(index).shape();
                System.arraycopy(given, 0, shape, missing, given.length);
                int[] turned = {shape[0], shape[3], shape[1], shape[2]};
                boolean oneAxis = Arrays.stream(shape).filter(dim -> dim > 1).count() <= 1;
                if (!oneAxis) {
                    throw to.refuse(
                            operator,
                            "an operand of shape "
                                    + Arrays.toString(given)
                                    + " for a result of four axes is not supported");
                }
                String name = to.writing(out) + "/operand" + i;
                operands[i] = to.reshaped(operands[i], name, turned);
            }
        }
        String y = to.builder().node(op, to.writing(out), operands[0], operands[1]);
        int activation = op.equals("PRelu") ? 0 : operator.options().byteAt(0, 0);
        to.wroteChannelsFirst(out, activated(operator, to, y, activation));
    }

    private static Map<String, Attribute> window(
            Operator operator, int kernelHeight, int kernelWidth) throws ImportException {
        Map<String, Attribute> attributes = new HashMap<>();
        boolean same = operator.options().byteAt(0, SAME) == SAME;
        attributes.put("auto_pad", new Attribute.Text(same ? "SAME_UPPER" : "VALID"));
        attributes.put(
                "strides", wholes(operator.options().whole(2, 0), operator.options().whole(1, 0)));
        attributes.put("kernel_shape", wholes(kernelHeight, kernelWidth));
        return attributes;
    }

    static Attribute wholes(long... values) {
        return new Attribute.Wholes(values);
    }

    private static void pool(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        Map<String, Attribute> attributes =
                window(operator, operator.options().whole(4, 0), operator.options().whole(3, 0));
        String x = to.channelsFirst(to.input(operator, 0));
        String y = to.builder().node(op, to.writing(out), List.of(x), attributes);
        to.wroteChannelsFirst(out, activated(operator, to, y, operator.options().byteAt(5, 0)));
    }

    /** Weights (out, h, w, in), or (1, h, w, out) of a depthwise convolution. */
    private static void convolution(Operator operator, TfliteTranslation to, boolean depthwise)
            throws ImportException {
        int out = to.output(operator, 0);
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        int[] weight = to.tensor(to.input(operator, 1)).shape();
        if (shape.length != 4 || weight.length != 4 || weight[depthwise ? 0 : 3] < 1) {
            throw to.refuse(
                    operator,
                    "input "
                            + Arrays.toString(shape)
                            + " and weights "
                            + Arrays.toString(weight)
                            + " must have four axes");
        }
        int groups = depthwise ? shape[3] : shape[3] / weight[3];
        Map<String, Attribute> attributes = window(operator, weight[1], weight[2]);
        attributes.put("group", new Attribute.Whole(groups));
        int dilation = depthwise ? 5 : 4;
        attributes.put(
                "dilations",
                wholes(
                        operator.options().whole(dilation + 1, 1),
                        operator.options().whole(dilation, 1)));
        long[] order = depthwise ? new long[] {3, 0, 1, 2} : new long[] {0, 3, 1, 2};
        to.constantOf(operator, 1);
        List<String> inputs =
                new ArrayList<>(
                        List.of(
                                to.channelsFirst(to.input(operator, 0)),
                                to.constant(to.input(operator, 1), order)));
        if (TfliteTranslation.has(operator, 2)) {
            inputs.add(to.plain(to.input(operator, 2)));
        }
        String y = to.builder().node("Conv", to.writing(out), inputs, attributes);
        int activation = operator.options().byteAt(depthwise ? 4 : 3, 0);
        to.wroteChannelsFirst(out, activated(operator, to, y, activation));
    }

    /** Inputs: shape of the result, weights (out, h, w, in), the picture, a bias or none. */
    private static void transposedConvolution(Operator operator, TfliteTranslation to)
            throws ImportException {
        int out = to.output(operator, 0);
        int[] shape = to.tensor(to.input(operator, 2)).shape();
        int[] weight = to.tensor(to.input(operator, 1)).shape();
        int[] result = to.tensor(out).shape();
        if (shape.length != 4 || weight.length != 4 || result.length != 4) {
            throw to.refuse(operator, "input, weights and result must have four axes");
        }
        int[] strides = {operator.options().whole(2, 0), operator.options().whole(1, 0)};
        long[] pads = new long[4];
        long[] more = new long[2];
        for (int axis = 0; axis < 2; axis++) {
            long full = (shape[axis + 1] - 1L) * strides[axis] + weight[axis + 1];
            long cut = Math.max(0, full - result[axis + 1]);
            boolean same = operator.options().byteAt(0, SAME) == SAME;
            pads[axis] = same ? cut / 2 : 0;
            pads[axis + 2] = cut - pads[axis];
            more[axis] = Math.max(0, result[axis + 1] - full);
        }
        to.constantOf(operator, 1);
        List<String> inputs =
                new ArrayList<>(
                        List.of(
                                to.channelsFirst(to.input(operator, 2)),
                                to.constant(to.input(operator, 1), new long[] {3, 0, 1, 2})));
        if (TfliteTranslation.has(operator, 3)) {
            inputs.add(to.plain(to.input(operator, 3)));
        }
        Map<String, Attribute> attributes =
                Map.of(
                        "strides",
                        wholes(strides[0], strides[1]),
                        "pads",
                        wholes(pads),
                        "output_padding",
                        wholes(more),
                        "kernel_shape",
                        wholes(weight[1], weight[2]));
        String y = to.builder().node("ConvTranspose", to.writing(out), inputs, attributes);
        to.wroteChannelsFirst(out, activated(operator, to, y, operator.options().byteAt(3, 0)));
    }

    private static void fullyConnected(Operator operator, TfliteTranslation to)
            throws ImportException {
        int out = to.output(operator, 0);
        int x = to.input(operator, 0);
        int[] weight = to.tensor(to.input(operator, 1)).shape();
        to.constantOf(operator, 1);
        if (weight.length != 2 || weight[1] < 1 || operator.options().byteAt(1, 0) != 0) {
            throw to.refuse(
                    operator,
                    "weights of shape " + Arrays.toString(weight) + "; two axes are supported");
        }
        String rows = to.plain(x);
        int count = (int) (Shapes.size(to.tensor(x).shape()) / weight[1]);
        if (to.rank(x) != 2 || to.tensor(x).shape()[1] != weight[1]) {
            rows = to.reshaped(rows, to.writing(out) + "/rows", count, weight[1]);
        }
        List<String> inputs = new ArrayList<>(List.of(rows, to.plain(to.input(operator, 1))));
        if (TfliteTranslation.has(operator, 2)) {
            inputs.add(to.plain(to.input(operator, 2)));
        }
        String y =
                to.builder()
                        .node(
                                "Gemm",
                                to.writing(out),
                                inputs,
                                Map.of("transB", new Attribute.Whole(1)));
        y = activated(operator, to, y, operator.options().byteAt(0, 0));
        if (to.rank(out) != 2) {
            y = to.reshaped(y, to.writing(out) + "/shaped", to.tensor(out).shape());
        }
        to.wrote(out, y);
    }

    private static void reshape(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        int[] shape = to.tensor(out).shape();
        to.wrote(out, to.reshaped(to.plain(to.input(operator, 0)), to.writing(out), shape));
    }

    private static void softmax(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        String x = to.plain(to.input(operator, 0));
        float beta = operator.options().real(0, 1);
        if (beta != 1) {
            String factor = to.constant(to.writing(out) + "/beta", beta);
            x = to.builder().node("Mul", to.writing(out) + "/scaled", x, factor);
        }
        to.wrote(
                out,
                to.builder()
                        .node(
                                "Softmax",
                                to.writing(out),
                                List.of(x),
                                Map.of("axis", new Attribute.Whole(-1))));
    }

    /** Where an axis of the file's order stands in a tensor that has its channels second. */
    static int turned(int axis, int rank) {
        int at = axis < 0 ? axis + rank : axis;
        return rank == 4 ? new int[] {0, 2, 3, 1}[Math.clamp(at, 0, 3)] : at;
    }

    private static void concatenation(Operator operator, TfliteTranslation to)
            throws ImportException {
        int out = to.output(operator, 0);
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < operator.inputs().size(); i++) {
            inputs.add(to.channelsFirst(to.input(operator, i)));
        }
        int axis = turned(operator.options().whole(0, 0), to.rank(out));
        String y =
                to.builder()
                        .node(
                                "Concat",
                                to.writing(out),
                                inputs,
                                Map.of("axis", new Attribute.Whole(axis)));
        to.wroteChannelsFirst(out, activated(operator, to, y, operator.options().byteAt(1, 0)));
    }

    private static void pad(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        int rank = to.rank(out);
        long[] given = to.constantOf(operator, 1).longs();
        if (given.length != 2 * rank) {
            throw to.refuse(operator, given.length + " paddings for " + rank + " axes");
        }
        long[] pads = new long[2 * rank];
        for (int axis = 0; axis < rank; axis++) {
            pads[turned(axis, rank)] = given[2 * axis];
            pads[turned(axis, rank) + rank] = given[2 * axis + 1];
        }
        String y = to.writing(out);
        List<String> inputs =
                new ArrayList<>(
                        List.of(
                                to.channelsFirst(to.input(operator, 0)),
                                to.constant(y + "/pads", pads)));
        if (TfliteTranslation.has(operator, 2)) {
            inputs.add(to.plain(to.input(operator, 2)));
        }
        to.wroteChannelsFirst(out, to.builder().node("Pad", y, inputs, Map.of()));
    }

    private static void transpose(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        long[] order = to.constantOf(operator, 1).longs();
        to.wrote(
                out,
                to.builder()
                        .node(
                                "Transpose",
                                to.writing(out),
                                List.of(to.plain(to.input(operator, 0))),
                                Map.of("perm", wholes(order))));
    }

    private static void reduce(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        int x = to.input(operator, 0);
        int rank = to.rank(x);
        long[] axes =
                Arrays.stream(to.constantOf(operator, 1).longs())
                        .map(axis -> turned((int) axis, rank))
                        .sorted()
                        .toArray();
        String y = to.writing(out);
        List<String> inputs = List.of(to.channelsFirst(x), to.constant(y + "/axes", axes));
        boolean keeps = operator.options().byteAt(0, 0) != 0;
        String reduced =
                to.builder()
                        .node(
                                op,
                                keeps ? y : y + "/kept",
                                inputs,
                                Map.of("keepdims", new Attribute.Whole(1)));
        if (keeps) {
            to.wroteChannelsFirst(out, reduced);
            return;
        }
        String straight = reduced;
        if (rank == 4) {
            straight =
                    to.builder()
                            .node(
                                    "Transpose",
                                    y + "/turned",
                                    List.of(reduced),
                                    Map.of("perm", wholes(0, 2, 3, 1)));
        }
        to.wrote(out, to.reshaped(straight, y, to.tensor(out).shape()));
    }

    private static void stridedSlice(Operator operator, TfliteTranslation to)
            throws ImportException {
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        long[] begin = to.constantOf(operator, 1).longs().clone();
        long[] end = to.constantOf(operator, 2).longs().clone();
        long[] strides = to.constantOf(operator, 3).longs().clone();
        int beginMask = operator.options().whole(0, 0);
        int endMask = operator.options().whole(1, 0);
        int shrinkMask = operator.options().whole(4, 0);
        if (operator.options().whole(2, 0) != 0
                || operator.options().whole(3, 0) != 0
                || begin.length > shape.length
                || end.length != begin.length
                || strides.length != begin.length) {
            throw to.refuse(operator, "ellipses and new axes are not supported");
        }
        for (int axis = 0; axis < begin.length; axis++) {
            boolean back = strides[axis] < 0;
            if ((shrinkMask >> axis & 1) != 0) {
                begin[axis] += begin[axis] < 0 ? shape[axis] : 0;
                end[axis] = begin[axis] + 1;
                strides[axis] = 1;
                continue;
            }
            if ((beginMask >> axis & 1) != 0) {
                begin[axis] = back ? shape[axis] - 1L : 0;
            }
            if ((endMask >> axis & 1) != 0) {
                end[axis] = back ? -shape[axis] - 1L : shape[axis];
            }
        }
        sliced(operator, to, begin, end, strides);
    }

    private static void slice(Operator operator, TfliteTranslation to) throws ImportException {
        int[] shape = to.tensor(to.input(operator, 0)).shape();
        long[] begin = to.constantOf(operator, 1).longs();
        long[] size = to.constantOf(operator, 2).longs();
        long[] end = new long[begin.length];
        long[] strides = new long[begin.length];
        if (begin.length != shape.length || size.length != shape.length) {
            throw to.refuse(operator, "begin and size must name every axis");
        }
        for (int axis = 0; axis < end.length; axis++) {
            end[axis] = size[axis] < 0 ? shape[axis] : begin[axis] + size[axis];
            strides[axis] = 1;
        }
        sliced(operator, to, begin, end, strides);
    }

    private static void sliced(
            Operator operator, TfliteTranslation to, long[] begin, long[] end, long[] strides)
            throws ImportException {
        int out = to.output(operator, 0);
        int x = to.input(operator, 0);
        int rank = to.rank(x);
        long[] axes = new long[begin.length];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = turned(i, rank);
        }
        String y = to.writing(out);
        boolean shrinks = to.rank(out) != rank;
        String part =
                to.builder()
                        .node(
                                "Slice",
                                shrinks ? y + "/kept" : y,
                                to.channelsFirst(x),
                                to.constant(y + "/starts", begin),
                                to.constant(y + "/ends", end),
                                to.constant(y + "/axes", axes),
                                to.constant(y + "/steps", strides));
        if (!shrinks) {
            to.wroteChannelsFirst(out, part);
            return;
        }
        if (rank == 4) {
            part =
                    to.builder()
                            .node(
                                    "Transpose",
                                    y + "/turned",
                                    List.of(part),
                                    Map.of("perm", wholes(0, 2, 3, 1)));
        }
        to.wrote(out, to.reshaped(part, y, to.tensor(out).shape()));
    }

    /**
     * @param data which input is split, {@code axis} which one says along what
     */
    private static void split(Operator operator, TfliteTranslation to, int data, int axis)
            throws ImportException {
        int x = to.input(operator, data);
        long along = to.oneConstantOf(operator, axis).longs()[0];
        List<String> parts = new ArrayList<>();
        long[] sizes = new long[operator.outputs().size()];
        for (int i = 0; i < sizes.length; i++) {
            Tensor part = to.tensor(to.output(operator, i));
            parts.add(to.writing(to.output(operator, i)));
            sizes[i] = part.shape()[(int) Math.floorMod(along, (long) to.rank(x))];
        }
        int turned = turned((int) along, to.rank(x));
        List<String> inputs =
                List.of(to.channelsFirst(x), to.constant(parts.getFirst() + "/sizes", sizes));
        to.builder()
                .add(
                        new OnnxNode(
                                "Split",
                                "",
                                "",
                                inputs,
                                parts,
                                Map.of("axis", new Attribute.Whole(turned))));
        for (int i = 0; i < sizes.length; i++) {
            to.wroteChannelsFirst(to.output(operator, i), parts.get(i));
        }
    }

    private static void pack(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        int rank = to.rank(out);
        int axis = Math.floorMod(operator.options().whole(1, 0), rank);
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < operator.inputs().size(); i++) {
            int[] shape = to.tensor(out).shape().clone();
            shape[axis] = 1;
            String part = to.writing(out) + "/part" + i;
            parts.add(to.reshaped(to.plain(to.input(operator, i)), part, shape));
        }
        Attribute along = new Attribute.Whole(axis);
        to.wrote(out, to.builder().node("Concat", to.writing(out), parts, Map.of("axis", along)));
    }

    private static void unpack(Operator operator, TfliteTranslation to) throws ImportException {
        int x = to.input(operator, 0);
        int axis = Math.floorMod(operator.options().whole(1, 0), to.rank(x));
        for (int i = 0; i < operator.outputs().size(); i++) {
            int out = to.output(operator, i);
            String y = to.writing(out);
            String part =
                    to.builder()
                            .node(
                                    "Slice",
                                    y + "/kept",
                                    to.plain(x),
                                    to.constant(y + "/starts", new long[] {i}),
                                    to.constant(y + "/ends", new long[] {i + 1}),
                                    to.constant(y + "/axes", new long[] {axis}));
            to.wrote(out, to.reshaped(part, y, to.tensor(out).shape()));
        }
    }

    private static void blocks(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        Attribute size = new Attribute.Whole(operator.options().whole(0, 0));
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(
                out, to.builder().node(op, to.writing(out), List.of(x), Map.of("blocksize", size)));
    }

    private static void place(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        Attribute axis = new Attribute.Whole(to.oneConstantOf(operator, 1).longs()[0]);
        Map<String, Attribute> attributes =
                Map.of("axis", axis, "keepdims", new Attribute.Whole(0));
        String x = to.plain(to.input(operator, 0));
        String index = to.builder().node(op, to.writing(out) + "/long", List.of(x), attributes);
        Attribute type = new Attribute.Whole(to.tensor(out).type().code());
        to.wrote(
                out,
                to.builder().node("Cast", to.writing(out), List.of(index), Map.of("to", type)));
    }

    /** An operator that takes its operands as ONNX does, axes as the file has them. */
    private static void plainly(Operator operator, TfliteTranslation to, String op)
            throws ImportException {
        int out = to.output(operator, 0);
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < operator.inputs().size(); i++) {
            inputs.add(to.plain(to.input(operator, i)));
        }
        to.wrote(out, to.builder().node(op, to.writing(out), inputs, Map.of()));
    }

    private static void power(Operator operator, TfliteTranslation to, float power)
            throws ImportException {
        int out = to.output(operator, 0);
        String exponent = to.constant(to.writing(out) + "/power", power);
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(out, to.builder().node("Pow", to.writing(out), x, exponent));
    }

    /** The square of an input, or of the difference of two. */
    private static void square(Operator operator, TfliteTranslation to, boolean ofDifference)
            throws ImportException {
        int out = to.output(operator, 0);
        String x = to.plain(to.input(operator, 0));
        if (ofDifference) {
            String other = to.plain(to.input(operator, 1));
            x = to.builder().node("Sub", to.writing(out) + "/difference", x, other);
        }
        to.wrote(out, to.builder().node("Mul", to.writing(out), x, x));
    }

    private static void logSoftmax(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        to.wrote(
                out,
                to.builder()
                        .node(
                                "LogSoftmax",
                                to.writing(out),
                                List.of(to.plain(to.input(operator, 0))),
                                Map.of("axis", new Attribute.Whole(-1))));
    }

    private static void lengthNormalization(Operator operator, TfliteTranslation to)
            throws ImportException {
        int out = to.output(operator, 0);
        List<String> x = List.of(to.plain(to.input(operator, 0)));
        Map<String, Attribute> attributes =
                Map.of("axis", new Attribute.Whole(-1), "p", new Attribute.Whole(2));
        String y = to.builder().node("LpNormalization", to.writing(out), x, attributes);
        to.wrote(out, activated(operator, to, y, operator.options().byteAt(0, 0)));
    }

    private static void reluToOne(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        String x = to.channelsFirst(to.input(operator, 0));
        to.wroteChannelsFirst(out, clipped(to, x, to.writing(out), 0, 1));
    }

    private static void cast(Operator operator, TfliteTranslation to) throws ImportException {
        int out = to.output(operator, 0);
        Map<String, Attribute> type =
                Map.of("to", new Attribute.Whole(to.tensor(out).type().code()));
        List<String> x = List.of(to.plain(to.input(operator, 0)));
        to.wrote(out, to.builder().node("Cast", to.writing(out), x, type));
    }

    private static void batchMatMul(Operator operator, TfliteTranslation to)
            throws ImportException {
        int out = to.output(operator, 0);
        String[] operands = new String[2];
        for (int i = 0; i < 2; i++) {
            int index = to.input(operator, i);
            operands[i] = to.plain(index);
            if (operator.options().byteAt(i, 0) != 0) {
                long[] order = new long[to.rank(index)];
                Arrays.setAll(order, axis -> axis);
                order[order.length - 1]--;
                order[order.length - 2]++;
                operands[i] =
                        to.builder()
                                .node(
                                        "Transpose",
                                        to.writing(out) + "/operand" + i,
                                        List.of(operands[i]),
                                        Map.of("perm", wholes(order)));
            }
        }
        to.wrote(out, to.builder().node("MatMul", to.writing(out), operands[0], operands[1]));
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says a TensorFlow Lite network in ONNX's operators: the rest of the way, and the oracle, are then
 * the same. Quantised tensors stand between QuantizeLinear and DequantizeLinear.
 *
 * <p>Pictures are (n, h, w, c) there and (n, c, h, w) here. A tensor of four axes is made in the
 * order that suits the operator, and turned into the other order when something reads it so; turns
 * that cancel out vanish later.
 */
final class TfliteTranslation {
    /** From (n, h, w, c) to (n, c, h, w), and back. */
    private static final long[] TO_CHANNELS_FIRST = {0, 3, 1, 2};

    private static final long[] TO_CHANNELS_LAST = {0, 2, 3, 1};

    private static final int OPSET = 21;

    private final TfliteModel model;
    private final OnnxGraphBuilder builder = new OnnxGraphBuilder();
    private final Map<Integer, String> plain = new HashMap<>();
    private final Map<Integer, String> channelsFirst = new HashMap<>();

    private TfliteTranslation(TfliteModel model) {
        this.model = model;
    }

    static OnnxGraph translate(TfliteModel model) throws ImportException {
        return new TfliteTranslation(model).graph();
    }

    private OnnxGraph graph() throws ImportException {
        List<ValueInfo> inputs = new ArrayList<>();
        for (int index : model.inputs()) {
            Tensor tensor = tensor(index);
            inputs.add(info(tensor, tensor.type()));
            plain.put(
                    index,
                    tensor.isQuantized()
                            ? dequantize(index, tensor.name(), tensor.name() + "/real")
                            : tensor.name());
        }
        for (Operator operator : model.operators()) {
            try {
                TfliteOperators.translate(operator, this);
            } catch (RuntimeException e) {
                throw new ImportFault(
                        "operator "
                                + operator.index()
                                + " ("
                                + TfliteOperators.name(operator)
                                + ")",
                        e);
            }
        }
        List<ValueInfo> outputs = new ArrayList<>();
        for (int index : model.outputs()) {
            Tensor tensor = tensor(index);
            String made = plain(index);
            if (!made.equals(tensor.name())) {
                builder.node("Identity", tensor.name(), made);
            }
            boolean whole = !tensor.isQuantized() && !tensor.type().isReal();
            outputs.add(info(tensor, whole ? tensor.type() : ElementType.FLOAT));
        }
        // Some inputs are shapes that the file itself has settled.
        Set<String> read = new HashSet<>();
        builder.nodes().forEach(node -> read.addAll(node.inputs()));
        inputs.removeIf(input -> !read.contains(input.name()));
        return new OnnxGraph(
                "tflite", OPSET, 1, inputs, outputs, builder.nodes(), builder.constants());
    }

    private static ValueInfo info(Tensor tensor, ElementType type) {
        return new ValueInfo(
                tensor.name(),
                type.code(),
                Arrays.stream(tensor.shape()).mapToObj(dim -> (long) dim).toList());
    }

    Tensor tensor(int index) {
        return model.tensors().get(index);
    }

    OnnxGraphBuilder builder() {
        return builder;
    }

    ImportException refuse(Operator operator, String why) {
        return new ImportException(
                "operator "
                        + operator.index()
                        + " ("
                        + TfliteOperators.name(operator)
                        + "): "
                        + why);
    }

    /** The tensor at an input; a refusal where there is none. */
    int input(Operator operator, int which) throws ImportException {
        if (!has(operator, which)) {
            throw refuse(operator, "input " + which + " is missing");
        }
        return operator.inputs().get(which);
    }

    static boolean has(Operator operator, int which) {
        return which < operator.inputs().size() && operator.inputs().get(which) >= 0;
    }

    int output(Operator operator, int which) throws ImportException {
        if (which >= operator.outputs().size()) {
            throw refuse(operator, "output " + which + " is missing");
        }
        return operator.outputs().get(which);
    }

    int rank(int index) {
        return tensor(index).shape().length;
    }

    /** The real values of a tensor, axes as the file has them. */
    String plain(int index) throws ImportException {
        String known = plain.get(index);
        if (known == null) {
            String turned = channelsFirst.get(index);
            known =
                    turned == null
                            ? constant(index, null)
                            : turn(turned, free(tensor(index).name()), TO_CHANNELS_LAST);
            plain.put(index, known);
        }
        return known;
    }

    /** The real values of a tensor; one of four axes with the channels second. */
    String channelsFirst(int index) throws ImportException {
        if (rank(index) != 4) {
            return plain(index);
        }
        String known = channelsFirst.get(index);
        if (known == null) {
            String straight = plain.get(index);
            known =
                    straight == null
                            ? constant(index, TO_CHANNELS_FIRST)
                            : turn(straight, tensor(index).name() + "/chw", TO_CHANNELS_FIRST);
            channelsFirst.put(index, known);
        }
        return known;
    }

    private String turn(String from, String to, long[] order) {
        return builder.node(
                "Transpose", to, List.of(from), Map.of("perm", new Attribute.Wholes(order)));
    }

    /** A name that no input has: an output may be an input turned around. */
    private String free(String name) {
        boolean taken =
                model.inputs().stream().anyMatch(index -> tensor(index).name().equals(name));
        return taken ? name + "/plain" : name;
    }

    /** A constant of one element. */
    OnnxTensor oneConstantOf(Operator operator, int which) throws ImportException {
        OnnxTensor constant = constantOf(operator, which);
        if (constant.size() != 1) {
            throw refuse(
                    operator,
                    "input " + which + " holds " + constant.size() + " numbers; expected 1");
        }
        return constant;
    }

    /** A tensor whose values are in the file. */
    OnnxTensor constantOf(Operator operator, int which) throws ImportException {
        OnnxTensor constant = tensor(input(operator, which)).constant();
        if (constant == null) {
            throw refuse(
                    operator,
                    "input "
                            + which
                            + " ('"
                            + tensor(input(operator, which)).name()
                            + "') must be a constant");
        }
        return constant;
    }

    /**
     * The real values of a constant.
     *
     * @param order of its axes; null for that of the file
     */
    String constant(int index, long @Nullable [] order) throws ImportException {
        Tensor tensor = tensor(index);
        OnnxTensor values = tensor.constant();
        if (values == null) {
            throw new ImportException(
                    "tensor '"
                            + tensor.name()
                            + "' is read before anything writes it"
                            + (tensor.isVariable() ? "; state between runs is not supported" : ""));
        }
        String name =
                tensor.name() + (order == null ? "/value" : "/value " + Arrays.toString(order));
        if (builder.constants().containsKey(name)) {
            return tensor.isQuantized() ? name + "/real" : name;
        }
        int axis = tensor.axis();
        OnnxTensor turned = values.reshaped(name, values.dims());
        if (order != null) {
            int[] permutation = Arrays.stream(order).mapToInt(i -> (int) i).toArray();
            turned = ConstantFolder.transposed(values, name, permutation);
            for (int i = 0; i < permutation.length; i++) {
                if (permutation[i] == tensor.axis()) {
                    axis = i;
                }
            }
        }
        builder.constant(turned);
        if (!tensor.isQuantized()) {
            return name;
        }
        return scaled("DequantizeLinear", tensor, axis, name, name + "/real");
    }

    /** The name under which an operator writes the real values of its output. */
    String writing(int index) {
        return tensor(index).name() + "/exact";
    }

    /** What an operator wrote is the tensor, axes as the file has them. */
    void wrote(int index, String values) throws ImportException {
        plain.put(index, rounded(index, values));
    }

    /** What an operator wrote is the tensor; one of four axes with the channels second. */
    void wroteChannelsFirst(int index, String values) throws ImportException {
        if (rank(index) == 4) {
            channelsFirst.put(index, rounded(index, values));
        } else {
            wrote(index, values);
        }
    }

    /** The same tensor under another name: nothing is computed. */
    void wroteUnchanged(int from, int to) throws ImportException {
        plain.put(to, plain(from));
    }

    private String rounded(int index, String values) throws ImportException {
        Tensor tensor = tensor(index);
        return tensor.isQuantized()
                ? dequantize(
                        index,
                        scaled("QuantizeLinear", tensor, -1, values, tensor.name() + "/integer"),
                        tensor.name() + "/real")
                : values;
    }

    private String dequantize(int index, String integers, String to) throws ImportException {
        return scaled("DequantizeLinear", tensor(index), -1, integers, to);
    }

    /** Values rounded to integers of this type with this scale, as real numbers again. */
    String rounded(String values, ElementType type, float scale, long zeroPoint) {
        String base = values + "/rounded";
        String one = constant(base + "/scale", scale);
        String zero =
                builder.constant(
                        OnnxTensor.ofLongs(
                                base + "/zero", type, new int[0], new long[] {zeroPoint}));
        String q = builder.scaled("QuantizeLinear", base + "/integer", values, one, zero, -1);
        return builder.scaled("DequantizeLinear", base, q, one, zero, -1);
    }

    private String scaled(String op, Tensor tensor, int axis, String from, String to)
            throws ImportException {
        int count = tensor.scale().length;
        if (count != 1 && axis < 0) {
            throw new ImportException(
                    "tensor '"
                            + tensor.name()
                            + "' is computed and has "
                            + count
                            + " scales; only one is supported");
        }
        int[] dims = count == 1 ? new int[0] : new int[] {count};
        String scale =
                builder.constant(
                        OnnxTensor.ofFloats(tensor.name() + "/scale", dims, tensor.scale()));
        String zero = "";
        if (Arrays.stream(tensor.zeroPoint()).anyMatch(z -> z != 0)
                || tensor.type() != ElementType.INT32
                || op.equals("QuantizeLinear")) {
            zero =
                    builder.constant(
                            OnnxTensor.ofLongs(
                                    tensor.name() + "/zero",
                                    tensor.type(),
                                    dims,
                                    tensor.zeroPoint()));
        }
        return builder.scaled(op, to, from, scale, zero, count == 1 ? -1 : axis);
    }

    String constant(String name, float... values) {
        int[] dims = values.length == 1 ? new int[0] : new int[] {values.length};
        return builder.constant(OnnxTensor.ofFloats(name, dims, values));
    }

    String constant(String name, long[] values) {
        return builder.constant(OnnxTensor.ofLongs(name, new int[] {values.length}, values));
    }

    /** The same elements under another shape. */
    String reshaped(String values, String to, int... shape) {
        long[] dims = Arrays.stream(shape).asLongStream().toArray();
        return builder.node("Reshape", to, values, constant(to + "/shape", dims));
    }
}

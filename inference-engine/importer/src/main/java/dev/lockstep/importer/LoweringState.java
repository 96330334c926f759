package dev.lockstep.importer;

import dev.lockstep.importer.FloatGraph.Input;
import dev.lockstep.importer.FloatGraph.Output;
import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known while the nodes are walked: constants, shapes, layers so far, and how often each
 * tensor is read.
 */
final class LoweringState {
    private static final long ELEMENTS_MAX = 1L << 26;

    /** Numbers of all constants that are made while importing, those of layers among them. */
    private static final long CONSTANTS_MAX = 3L << 27;

    private final OnnxGraph graph;
    private final Map<String, OnnxTensor> constants;
    private final Map<String, QuantizedTensor> quantized = new HashMap<>();
    private final Map<String, int[]> shapes = new LinkedHashMap<>();
    private final Map<String, TensorScale> given = new HashMap<>();
    private final Map<String, ElementType> inputTypes = new LinkedHashMap<>();
    private final Set<String> integers = new HashSet<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final Map<String, Integer> producers = new HashMap<>();
    private final List<FloatLayer> layers = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> invented = new HashSet<>();

    private final Map<String, Columns> columns = new HashMap<>();
    private final @Nullable Samples samples;
    private long spent;

    /**
     * @param samples that the ranges of features are taken from; null where they are not known yet
     */
    LoweringState(OnnxGraph graph, @Nullable Samples samples) throws ImportException {
        this.graph = graph;
        this.samples = samples;
        constants = new HashMap<>(graph.initializers());
        for (OnnxNode node : graph.nodes()) {
            node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
        }
        graph.outputs().forEach(output -> uses.merge(output.name(), 1, Integer::sum));
        for (ValueInfo input : graph.inputs()) {
            shapes.put(input.name(), inputShape(input));
        }
    }

    private int[] inputShape(ValueInfo input) throws ImportException {
        String place = "input '" + input.name() + "'";
        ElementType type =
                input.elementType() == 0
                        ? ElementType.FLOAT
                        : ElementType.of(input.elementType(), place);
        inputTypes.put(input.name(), type);
        if (!type.isReal()) {
            integers.add(input.name());
        }
        checkRank(input.dims().size(), place);
        int[] shape = new int[input.dims().size()];
        long size = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            long dim = input.dims().get(axis);
            if (dim < 1 && axis == 0) {
                dim = 1;
                notes.add(
                        "the batch dimension of input '"
                                + input.name()
                                + "' is open; it was set to 1");
            }
            size = dim > 0 && dim <= ELEMENTS_MAX ? size * dim : -1;
            if (size < 1 || size > ELEMENTS_MAX) {
                throw new ImportException(
                        "input '"
                                + input.name()
                                + "' has dims "
                                + input.dims()
                                + " (-1: open); dimension "
                                + axis
                                + " must be fixed, 1 or more, and the product at most "
                                + ELEMENTS_MAX);
            }
            shape[axis] = (int) dim;
        }
        return shape;
    }

    private static void checkRank(int rank, String place) throws ImportException {
        if (rank > Limits.V1.rankMax()) {
            throw new ImportException(
                    place
                            + " has "
                            + rank
                            + " axes; at most "
                            + Limits.V1.rankMax()
                            + " are supported");
        }
    }

    long opset() {
        return graph.opset();
    }

    void note(String text) {
        notes.add(text);
    }

    String resolve(String name) {
        return aliases.getOrDefault(name, name);
    }

    @Nullable OnnxTensor constant(String name) {
        return constants.get(resolve(name));
    }

    /** The integers behind a constant, where the file has it as integers and a scale. */
    @Nullable QuantizedTensor quantized(String name) {
        return quantized.get(resolve(name));
    }

    void addQuantized(String name, QuantizedTensor value) throws ImportException {
        spend(value.q().size());
        quantized.put(name, value);
        constants.put(name, value.real(name));
    }

    /** Whether a tensor is an input of the graph that holds integers whose scale is not known. */
    boolean isOpenInteger(String tensor) {
        ElementType type = inputTypes.get(tensor);
        return type != null && !type.isReal() && !given.containsKey(tensor);
    }

    /** The tensor whose elements a tensor has, moved or picked. */
    private String origin(String tensor) {
        String at = resolve(tensor);
        Integer index = producers.get(at);
        while (index != null
                && FloatLayer.keepsScale(layers.get(index))
                && !given.containsKey(at)) {
            at = layers.get(index).inputs().getFirst();
            index = producers.get(at);
        }
        return at;
    }

    /** Whether the file declares a tensor to hold integers, so that divisions of it are cut off. */
    boolean isInteger(String name) {
        OnnxTensor constant = constants.get(name);
        return constant == null ? integers.contains(name) : !constant.isFloat();
    }

    /** Notes the types of a node's outputs. */
    void type(OnnxNode node) throws ImportException {
        boolean integer =
                switch (node.op()) {
                    case "Cast" -> !ElementType.of(node.whole("to", 0), node.label()).isReal();
                    case "ArgMax", "ArgMin", "QuantizeLinear" -> true;
                    case "DequantizeLinear" -> false;
                    default -> node.hasInput(0) && isInteger(node.input(0));
                };
        for (int i = 0; i < node.outputs().size(); i++) {
            if (integer || (i == 1 && node.op().equals("TopK"))) {
                integers.add(node.outputs().get(i));
            }
        }
    }

    /** Whether the network computes a tensor, so that its shape is known. */
    boolean isComputed(String name) {
        return shapes.containsKey(resolve(name)) && !isConstant(name);
    }

    /** Whether a tensor holds whole numbers that stand for themselves. */
    boolean isWhole(String tensor) throws ImportException {
        String origin = origin(tensor);
        if (isOpenInteger(origin)) {
            ElementType type = inputType(origin);
            give(origin, QuantizeLowering.plain(type, "input '" + origin + "'"));
        }
        TensorScale scale = scale(tensor);
        return scale != null && scale.scale() == 1;
    }

    ElementType inputType(String input) {
        return inputTypes.getOrDefault(input, ElementType.FLOAT);
    }

    /**
     * The scale that a tensor has by the file, of its own or by the layers that keep their input's.
     */
    @Nullable TensorScale scale(String tensor) {
        String at = resolve(tensor);
        TensorScale found = given.get(at);
        while (found == null && producers.containsKey(at)) {
            FloatLayer layer = layers.get(producers.get(at));
            if (layer instanceof FloatLayer.ArgMax || layer instanceof FloatLayer.Whole) {
                return TensorScale.WHOLE;
            }
            if (layer instanceof FloatLayer.Compare) {
                return TensorScale.BIT;
            }
            if (!FloatLayer.keepsScale(layer)) {
                return null;
            }
            at = layer.inputs().getFirst();
            found = given.get(at);
        }
        return found;
    }

    void give(String tensor, TensorScale scale) {
        given.put(tensor, scale);
    }

    /**
     * Gives a tensor a scale where nothing else decides on it: the tensor itself, or the one whose
     * scale it takes over.
     */
    boolean settle(String tensor, TensorScale scale) {
        TensorScale known = scale(tensor);
        if (known != null) {
            return known.equals(scale);
        }
        Integer index = producers.get(tensor);
        if (uses.getOrDefault(tensor, 0) != 1) {
            return false;
        }
        if (index != null && FloatLayer.keepsScale(layers.get(index))) {
            return settle(layers.get(index).inputs().getFirst(), scale);
        }
        if (index != null
                && !Calibrator.hasOwnScale(layers.get(index))
                && !(layers.get(index) instanceof FloatLayer.Constant)) {
            return false;
        }
        given.put(tensor, scale);
        return true;
    }

    boolean isConstant(String name) {
        return constants.containsKey(resolve(name));
    }

    /** The constant at an input of a node; refuses where the network computes it. */
    OnnxTensor constantInput(OnnxNode node, int index) throws ImportException {
        OnnxTensor found = constant(node.input(index));
        if (found == null) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " ('"
                            + node.input(index)
                            + "') must be a constant");
        }
        return found;
    }

    /** A constant of one element. */
    OnnxTensor oneConstant(OnnxNode node, int index) throws ImportException {
        OnnxTensor constant = constantInput(node, index);
        if (constant.size() != 1) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " holds "
                            + constant.size()
                            + " numbers; only one is supported");
        }
        return constant;
    }

    /** A constant that is one whole number. */
    long wholeConstant(OnnxNode node, int index) throws ImportException {
        OnnxTensor constant = oneConstant(node, index);
        if (constant.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " is "
                            + constant.real(0)
                            + "; it must be whole");
        }
        return constant.longs()[0];
    }

    /** Name of the tensor at an input of a node; a constant becomes one that a layer makes. */
    String activation(OnnxNode node, int index) throws ImportException {
        String name = resolve(node.input(index));
        if (shapes.containsKey(name)) {
            return name;
        }
        OnnxTensor constant = constants.get(name);
        if (constant == null || constant.size() == 0) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " ('"
                            + node.input(index)
                            + "') holds nothing");
        }
        float[] values = new float[constant.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = constant.real(i);
        }
        add(new FloatLayer.Constant(name, values), constant.dims());
        invented.add(name);
        QuantizedTensor integers = quantized.get(name);
        if (integers != null && integers.scale().length == 1) {
            given.put(
                    name,
                    TensorScale.given(
                            integers.q().type(),
                            integers.scale()[0],
                            integers.zeroPoint()[0],
                            node.label()));
        }
        return name;
    }

    /** Says that other nodes stand in the place of one. */
    void replaced(OnnxNode node, List<OnnxNode> parts) {
        node.inputs().forEach(input -> uses.merge(input, -1, Integer::sum));
        for (OnnxNode part : parts) {
            part.inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
        }
    }

    /** Says that a node's layers read a tensor more often than the node does. */
    void readBy(String tensor, int more) {
        uses.merge(tensor, more, Integer::sum);
    }

    /** The layer that makes a tensor, whoever else reads that; null for an input. */
    @Nullable FloatLayer producer(String tensor) {
        Integer index = producers.get(tensor);
        return index == null ? null : layers.get(index);
    }

    int[] shape(String name) {
        int[] shape = shapes.get(resolve(name));
        if (shape == null) {
            throw new IllegalStateException("no shape for tensor " + name);
        }
        return shape;
    }

    /** The dims at an input of a node, whether it is a constant or computed. */
    int[] dims(OnnxNode node, int input) throws ImportException {
        OnnxTensor constant = constant(node.input(input));
        return constant != null ? constant.dims() : shape(activation(node, input));
    }

    /** A constant of one element and of the type that another tensor has. */
    OnnxTensor number(String like, String name, int value) {
        OnnxTensor constant = constant(like);
        ElementType type = constant != null ? constant.type() : inputType(resolve(like));
        int[] one = {1};
        return type.isReal()
                ? OnnxTensor.ofFloats(name, type, one, new float[] {value})
                : OnnxTensor.ofLongs(name, type, one, new long[] {value});
    }

    /** Refuses ranks that an operator of pictures cannot take. */
    int[] picture(OnnxNode node, String tensor) throws ImportException {
        int[] shape = shape(tensor);
        if (shape.length != 4) {
            throw new ImportException(
                    node.label()
                            + ": input has shape "
                            + Arrays.toString(shape)
                            + "; only [n, channels, height, width] is supported");
        }
        return shape;
    }

    /** Whether a tensor has 32 bits with exact fractions, as trees and linear models give. */
    boolean isExact(String tensor) {
        String at = resolve(tensor);
        Integer index = producers.get(at);
        while (index != null && FloatLayer.keepsScale(layers.get(index))) {
            at = layers.get(index).inputs().getFirst();
            index = producers.get(at);
        }
        return index != null
                && layers.get(index) instanceof FloatLayer.Exact
                && Objects.requireNonNull(scale(at)).dtype() == DType.I32;
    }

    /** Whether the network gives a tensor out. */
    boolean isOutput(String tensor) {
        return graph.outputs().stream().anyMatch(output -> output.name().equals(tensor));
    }

    boolean isInput(String tensor) {
        return inputTypes.containsKey(tensor);
    }

    /** What a tensor is made of, where every column of it is a function of one feature. */
    @Nullable Columns columns(String tensor) {
        return columns.get(tensor);
    }

    /** A tensor of columns; whether it exists in a run is for whoever reads it to decide. */
    void addColumns(String tensor, Columns value, int[] shape) {
        columns.put(tensor, value);
        shapes.put(tensor, shape);
    }

    /** Greatest size that samples have of a feature; 1 where there are none. */
    float featureSize(int feature) {
        if (samples == null) {
            return 1;
        }
        float size = 0;
        for (int i = feature; i < samples.values().length; i += samples.elements()) {
            float value = Math.abs(samples.values()[i]);
            size = value <= Float.MAX_VALUE ? Math.max(size, value) : size;
        }
        return size;
    }

    void addConstant(String name, OnnxTensor value) throws ImportException {
        spend(value.size());
        constants.put(name, value);
    }

    /** Whether anything reads an output that a node may leave out. */
    boolean readsOutput(OnnxNode node, int index) {
        return node.outputs().size() > index && uses.getOrDefault(node.outputs().get(index), 0) > 0;
    }

    /** The node's output is its input unchanged. */
    void alias(String input, String output) {
        String target = resolve(input);
        aliases.put(output, target);
        uses.merge(target, uses.getOrDefault(output, 0) - 1, Integer::sum);
    }

    /** Refuses a small file that would grow without end. */
    private void spend(long numbers) throws ImportException {
        spent += numbers;
        if (spent > CONSTANTS_MAX) {
            throw new ImportException(
                    "the constants of the network come to more than " + CONSTANTS_MAX + " numbers");
        }
    }

    private static void checkFinite(String place, float[] numbers) throws ImportException {
        for (float number : numbers) {
            if (!Float.isFinite(number)) {
                throw new ImportException(
                        place
                                + " is computed with "
                                + number
                                + "; only finite numbers are supported there");
            }
        }
    }

    void add(FloatLayer layer, int[] shape) throws ImportException {
        String place = "tensor '" + layer.output() + "'";
        checkRank(shape.length, place);
        switch (layer) {
            case FloatLayer.Linear linear -> {
                spend((long) linear.weight().length + linear.bias().length);
                checkFinite(place, linear.weight());
                checkFinite(place, linear.bias());
            }
            case FloatLayer.Embedding embedding -> checkFinite(place, embedding.weight());
            case FloatLayer.Constant constant -> checkFinite(place, constant.values());
            case FloatLayer.Norm norm -> {
                checkFinite(place, norm.gain());
                checkFinite(place, norm.offset());
            }
            default -> {}
        }
        long size = 1;
        for (int dim : shape) {
            size *= dim;
            if (dim < 1 || size > ELEMENTS_MAX) {
                throw new ImportException(
                        "tensor '"
                                + layer.output()
                                + "' would have shape "
                                + Arrays.toString(shape)
                                + "; every dimension must be 1 or more and their product at most "
                                + ELEMENTS_MAX);
            }
        }
        producers.put(layer.output(), layers.size());
        layers.add(layer);
        shapes.put(layer.output(), shape);
    }

    /**
     * The layer that makes a tensor, where nothing else reads that tensor and the file does not
     * round it: then a following step can be taken into it.
     */
    @Nullable FloatLayer solelyFor(String tensor) {
        Integer index = producers.get(tensor);
        boolean fixed = given.containsKey(tensor) || uses.getOrDefault(tensor, 0) != 1;
        return index == null || fixed ? null : layers.get(index);
    }

    /**
     * Puts a layer that also does a following step in the place of the one that made {@code
     * tensor}.
     */
    void replace(String tensor, FloatLayer layer) {
        Integer index = producers.remove(tensor);
        int[] shape = shapes.remove(tensor);
        if (index == null || shape == null) {
            throw new IllegalStateException("no layer makes " + tensor);
        }
        layers.set(index, layer);
        producers.put(layer.output(), index);
        shapes.put(layer.output(), shape);
    }

    /** A name for a tensor that ONNX does not have. */
    String fresh(String base, String what) {
        String name = base + "/" + what;
        while (shapes.containsKey(name)) {
            name += "'";
        }
        invented.add(name);
        return name;
    }

    FloatGraph finish() throws ImportException {
        List<Output> outputs = new ArrayList<>();
        for (ValueInfo output : graph.outputs()) {
            String tensor = resolve(output.name());
            if (inputTypes.containsKey(tensor)) {
                String copy = fresh(tensor, "given out");
                add(new FloatLayer.Reshape(tensor, copy), shape(tensor));
                tensor = copy;
            }
            OnnxTensor constant = constants.get(tensor);
            if (!producers.containsKey(tensor) && constant != null && constant.size() > 0) {
                constantOutput(tensor, constant);
            }
            if (!producers.containsKey(tensor)) {
                throw new ImportException(
                        "output '" + output.name() + "' is not computed from the inputs");
            }
            outputs.add(new Output(output.name(), tensor));
        }
        List<Input> inputs = new ArrayList<>();
        takeInBorders();
        List<FloatLayer> used = used(outputs);
        used = CurveFusion.fused(used, outputs, given, shapes, invented);
        Set<String> read = new HashSet<>();
        used.forEach(layer -> read.addAll(layer.inputs()));
        for (String tensor : read) {
            if (!isInput(tensor) && !producers.containsKey(tensor)) {
                throw new ImportException(
                        "tensor '"
                                + tensor
                                + "' is picked from features, which only trees and linear models read");
            }
        }
        for (Map.Entry<String, ElementType> input : inputTypes.entrySet()) {
            String name = input.getKey();
            if (!read.contains(name)) {
                throw new ImportException("no output depends on input '" + name + "'");
            }
            if (isOpenInteger(name)) {
                give(name, QuantizeLowering.plain(input.getValue(), "input '" + name + "'"));
            }
            inputs.add(new Input(name, input.getValue()));
        }
        return new FloatGraph(
                List.copyOf(inputs),
                outputs,
                used,
                Map.copyOf(shapes),
                Set.copyOf(invented),
                Map.copyOf(given),
                List.copyOf(notes));
    }

    private void constantOutput(String tensor, OnnxTensor constant) throws ImportException {
        float[] values = new float[constant.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = constant.real(i);
        }
        add(new FloatLayer.Constant(tensor, values), constant.dims());
        if (!constant.isFloat()) {
            give(tensor, TensorScale.WHOLE);
        }
    }

    /** A border of zeros before a convolution becomes its padding: a tensor less to be made. */
    private void takeInBorders() {
        Map<String, FloatLayer.Pad> borders = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            switch (layers.get(i)) {
                case FloatLayer.Pad pad when pad.value() == 0 && keepsScale(pad) ->
                        borders.put(pad.output(), pad);
                case FloatLayer.Conv conv when borders.containsKey(conv.input()) -> {
                    FloatLayer.Pad pad = borders.get(conv.input());
                    Window window = conv.window().within(pad.before(), pad.after());
                    if (window != null) {
                        layers.set(i, conv.over(pad.input(), window));
                    }
                }
                default -> {}
            }
        }
    }

    private boolean keepsScale(FloatLayer.Pad pad) {
        TensorScale scale = given.get(pad.output());
        return scale == null || scale.equals(given.get(pad.input()));
    }

    /** Layers that an output depends on; others would be dead weight in the model. */
    private List<FloatLayer> used(List<Output> outputs) {
        Set<String> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.tensor()));
        List<FloatLayer> kept = new ArrayList<>();
        for (FloatLayer layer : layers.reversed()) {
            if (needed.contains(layer.output())) {
                needed.addAll(layer.inputs());
                kept.add(layer);
            }
        }
        return List.copyOf(kept.reversed());
    }
}

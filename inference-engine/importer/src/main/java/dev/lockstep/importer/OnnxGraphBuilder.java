package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A graph in the making: nodes in the order in which they run, and constants. */
final class OnnxGraphBuilder {
    /** Home of the quantisation operators that take every type of integers at every opset. */
    static final String MICROSOFT = "com.microsoft";

    private final List<OnnxNode> nodes = new ArrayList<>();
    private final Map<String, OnnxTensor> constants = new LinkedHashMap<>();

    void add(OnnxNode node) {
        nodes.add(node);
    }

    /** Adds a node of ONNX's own domain with one output, and gives that output's name. */
    String node(String op, String output, List<String> inputs, Map<String, Attribute> attributes) {
        nodes.add(new OnnxNode(op, "", "", inputs, List.of(output), attributes));
        return output;
    }

    String node(String op, String output, String... inputs) {
        return node(op, output, List.of(inputs), Map.of());
    }

    /** A constant list of whole numbers. */
    String wholes(String name, long... values) {
        return constant(OnnxTensor.ofLongs(name, new int[] {values.length}, values));
    }

    /** A constant number. */
    String number(String name, double value) {
        return constant(OnnxTensor.ofFloats(name, new int[0], new float[] {(float) value}));
    }

    String reshaped(String values, String name, long... dims) {
        return node("Reshape", name, values, wholes(name + "/dims", dims));
    }

    String transposed(String values, String name, long... order) {
        return node(
                "Transpose", name, List.of(values), Map.of("perm", new Attribute.Wholes(order)));
    }

    /** Elements {@code from} to {@code to} of an axis, every so-many-th. */
    String sliced(String values, String name, long axis, long from, long to, long step) {
        return node(
                "Slice",
                name,
                values,
                wholes(name + "/from", from),
                wholes(name + "/to", to),
                wholes(name + "/axis", axis),
                wholes(name + "/step", step));
    }

    String concat(String name, List<String> parts, long axis) {
        return node("Concat", name, parts, Map.of("axis", new Attribute.Whole(axis)));
    }

    /** Adds a node that reads or writes integers with a scale; {@code axis} -1 for one scale. */
    String scaled(
            String op, String output, String input, String scale, String zeroPoint, int axis) {
        Map<String, Attribute> attributes =
                axis < 0 ? Map.of() : Map.of("axis", new Attribute.Whole(axis));
        List<String> inputs =
                zeroPoint.isEmpty() ? List.of(input, scale) : List.of(input, scale, zeroPoint);
        nodes.add(new OnnxNode(op, "", MICROSOFT, inputs, List.of(output), attributes));
        return output;
    }

    String constant(OnnxTensor tensor) {
        constants.put(tensor.name(), tensor);
        return tensor.name();
    }

    List<OnnxNode> nodes() {
        return List.copyOf(nodes);
    }

    Map<String, OnnxTensor> constants() {
        return constants;
    }
}

package dev.lockstep.importer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An ONNX model as parsed: nodes in an order in which every input is made before it is used.
 *
 * @param classicalOpset version of the domain ai.onnx.ml, 0 where the model does without it
 * @param inputs the real inputs, without initializers that old exporters list among them
 */
record OnnxGraph(
        String name,
        long opset,
        long classicalOpset,
        List<ValueInfo> inputs,
        List<ValueInfo> outputs,
        List<OnnxNode> nodes,
        Map<String, OnnxTensor> initializers) {

    /**
     * A declared input or output.
     *
     * @param dims a dimension without a fixed size is -1
     * @param elementType ONNX's number of the element type, 0 where none is given
     */
    record ValueInfo(String name, int elementType, List<Long> dims) {}

    /**
     * The graph with open dimensions of its inputs fixed.
     *
     * @param sizes by the name of an input, empty for the only one, all its dimensions
     */
    OnnxGraph shaped(Map<String, List<Integer>> sizes) throws ImportException {
        if (sizes.isEmpty()) {
            return this;
        }
        Map<String, List<Integer>> left = new HashMap<>(sizes);
        List<Integer> unnamed = left.remove("");
        if (unnamed != null && inputs.size() != 1) {
            throw new ImportException(
                    "a shape without a name is given; the inputs are "
                            + inputs.stream().map(ValueInfo::name).toList());
        }
        if (unnamed != null) {
            left.put(inputs.getFirst().name(), unnamed);
        }
        List<ValueInfo> shaped = new ArrayList<>();
        for (ValueInfo input : inputs) {
            List<Integer> wanted = left.remove(input.name());
            boolean fits = wanted == null || wanted.size() == input.dims().size();
            for (int i = 0; wanted != null && fits && i < wanted.size(); i++) {
                fits = input.dims().get(i) < 0 || input.dims().get(i) == (long) wanted.get(i);
            }
            if (!fits || (wanted != null && input.dims().isEmpty())) {
                throw new ImportException(
                        "input '"
                                + input.name()
                                + "' has dims "
                                + input.dims()
                                + " (-1: open); the wanted shape "
                                + wanted
                                + " does not fit");
            }
            shaped.add(
                    wanted == null
                            ? input
                            : new ValueInfo(
                                    input.name(),
                                    input.elementType(),
                                    wanted.stream().map(Integer::longValue).toList()));
        }
        if (!left.isEmpty()) {
            throw new ImportException(
                    "a shape is given for '"
                            + left.keySet().iterator().next()
                            + "'; the inputs are "
                            + inputs.stream().map(ValueInfo::name).toList());
        }
        return new OnnxGraph(name, opset, classicalOpset, shaped, outputs, nodes, initializers);
    }
}

package dev.lockstep.importer;

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
}

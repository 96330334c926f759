package dev.lockstep.importer;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network as layers in the order in which they run, every shape known.
 *
 * @param inputs names of the input tensors
 * @param outputs the outputs
 * @param shapes shape of every tensor
 * @param invented tensors that ONNX does not have
 * @param halfInput whether ONNX Runtime wants the input in half precision
 * @param notes what was changed or assumed, in plain words
 */
record FloatGraph(
        List<String> inputs,
        List<Output> outputs,
        List<FloatLayer> layers,
        Map<String, int[]> shapes,
        Set<String> invented,
        boolean halfInput,
        List<String> notes) {
    /**
     * An output of the graph.
     *
     * @param name what ONNX calls it
     * @param tensor the tensor that holds it here: another name where the last nodes change nothing
     */
    record Output(String name, String tensor) {}

    int[] shape(String tensor) {
        int[] shape = shapes.get(tensor);
        if (shape == null) {
            throw new IllegalStateException("no shape for tensor " + tensor);
        }
        return shape;
    }

    int size(String tensor) {
        int size = 1;
        for (int dim : shape(tensor)) {
            size *= dim;
        }
        return size;
    }
}

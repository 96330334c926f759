package dev.lockstep.importer;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network as layers in the order in which they run, every shape known.
 *
 * @param inputs the inputs
 * @param outputs the outputs
 * @param shapes shape of every tensor
 * @param invented tensors that ONNX does not have
 * @param given scales that the file gives, by tensor; the others follow from samples
 * @param notes what was changed or assumed, in plain words
 */
record FloatGraph(
        List<Input> inputs,
        List<Output> outputs,
        List<FloatLayer> layers,
        Map<String, int[]> shapes,
        Set<String> invented,
        Map<String, TensorScale> given,
        List<String> notes) {
    /**
     * An input of the graph. A sample holds the inputs one after the other, each in numbers of this
     * type.
     */
    record Input(String name, ElementType type) {}

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

    /** The scale that the file gives a tensor, or the one that it keeps it from; null for none. */
    @Nullable TensorScale scale(String tensor) {
        String at = tensor;
        for (FloatLayer layer : layers.reversed()) {
            if (layer.output().equals(at)
                    && !given.containsKey(at)
                    && FloatLayer.keepsScale(layer)) {
                at = layer.inputs().getFirst();
            }
        }
        return given.get(at);
    }

    /** The type that an input has in the file. */
    ElementType type(String input) {
        for (Input each : inputs) {
            if (each.name().equals(input)) {
                return each.type();
            }
        }
        throw new IllegalStateException("no input " + input);
    }

    /** Numbers that make up a sample. */
    int sampleSize() {
        return inputs.stream().mapToInt(input -> size(input.name())).sum();
    }

    /** Whether inputs are features, any of which may be missing or infinite. */
    boolean takesMissing() {
        return inputs.stream()
                .allMatch(input -> ClassicalLowering.FEATURES.equals(given.get(input.name())));
    }

    /** Numbers that make up a result: those of all outputs. */
    int resultSize() {
        return outputs.stream().mapToInt(output -> size(output.tensor())).sum();
    }

    /** What a number of an input stands for: itself, unless the file keeps integers there. */
    double real(Input input, float number) {
        TensorScale scale = given.get(input.name());
        return input.type().isReal() || scale == null
                ? number
                : scale.real(input.type(), (long) number);
    }
}

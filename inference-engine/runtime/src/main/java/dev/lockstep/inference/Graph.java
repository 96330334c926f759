package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A model as declared, before anything is proven about it.
 *
 * <p>Tensors are numbered: inputs first, then weights, then the results of the nodes in their
 * order.
 *
 * @param inputs in the order in which a caller gives them
 * @param weights in the order of their first use
 * @param section all weights, each from a multiple of 64 bytes on, gaps zero
 * @param nodes in the order in which they run
 * @param outputs in the order in which a caller gets them
 */
record Graph(
        List<TensorSpec> inputs,
        List<Weights> weights,
        MemorySegment section,
        List<Node> nodes,
        List<Port> outputs) {
    /** Alignment of sections and weights. */
    static final int ALIGNMENT = 64;

    /**
     * @param offset where in the section it starts
     */
    record Weights(TensorType type, long offset) {
        MemorySegment in(MemorySegment section) {
            return section.asSlice(offset, type.shape().elements());
        }
    }

    /**
     * @param inputs numbers of tensors
     * @param type declared type of the result
     */
    record Node(Op op, Ints inputs, TensorType type) {}

    /** An output: which tensor, and what its integers stand for. */
    record Port(int tensor, Quantization quantization) {}

    int tensorCount() {
        return firstResult() + nodes.size();
    }

    /** Number of the first node's result. */
    int firstResult() {
        return inputs.size() + weights.size();
    }

    boolean isWeights(int tensor) {
        return tensor >= inputs.size() && tensor < firstResult();
    }

    /** Declared type of a tensor. */
    TensorType type(int tensor) {
        if (tensor < inputs.size()) {
            return new TensorType(inputs.get(tensor).dtype(), inputs.get(tensor).shape());
        }
        return isWeights(tensor)
                ? weights.get(tensor - inputs.size()).type()
                : nodes.get(tensor - firstResult()).type();
    }

    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}

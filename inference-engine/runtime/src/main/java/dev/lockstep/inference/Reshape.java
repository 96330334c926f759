package dev.lockstep.inference;

import java.util.List;

/**
 * The same elements in the same order under another shape.
 *
 * @shape any activations · the given shape with as many elements
 * @cost one element operation an element
 */
public record Reshape(Shape shape) implements Moves {
    /** Attributes: rank, extents. */
    static Reshape read(OpReader r) throws InvalidModelException {
        return new Reshape(r.shape());
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.concat(Ints.of(shape.rank()), shape.dims()), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        Check.equal("number of elements", shape.elements(), inputs.get(0).shape().elements());
        return new TensorType(inputs.get(0).dtype(), shape);
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofMoves(output.shape().elements());
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        System.arraycopy(
                input.data(), input.offset(), output.data(), output.offset(), shape.elements());
    }
}

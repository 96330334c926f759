package dev.lockstep.inference;

import java.util.List;

/**
 * Axes in another order: axis i of the output is axis {@code order[i]} of the input.
 *
 * @shape any activations · the same extents in the new order
 * @cost one element operation an element
 */
public record Transpose(Ints order) implements Moves {
    /** Attributes: rank, then the order. */
    static Transpose read(OpReader r) throws InvalidModelException {
        int rank = r.attribute();
        Check.range("rank", rank, 1, Limits.V1.rankMax());
        return new Transpose(r.attributes(rank));
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.concat(Ints.of(order.length()), order), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.equal("length of the order", order.length(), input.shape().rank());
        long[] dims = new long[order.length()];
        boolean[] seen = new boolean[order.length()];
        for (int i = 0; i < dims.length; i++) {
            int axis = order.get(i);
            Check.range("axis " + i + " of the order", axis, 0, dims.length - 1);
            if (seen[axis]) {
                throw new InvalidModelException(
                        "axis " + axis + " stands twice in the order " + order);
            }
            seen[axis] = true;
            dims[i] = input.shape().dim(axis);
        }
        return new TensorType(input.dtype(), Shape.checked(dims));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] from = input.shape().strides();
        int[] strides = new int[from.length];
        for (int i = 0; i < strides.length; i++) {
            strides[i] = from[order.get(i)];
        }
        Axes.move(input, strides, input.offset(), output);
    }
}

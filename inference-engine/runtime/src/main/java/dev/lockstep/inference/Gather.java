package dev.lockstep.inference;

import java.util.List;

/**
 * Slices of a tensor, picked by indices that a run computes or is given.
 *
 * <p>An index out of range cannot occur: the proven interval of the indices must lie within the
 * axis. Where it does not by itself, a {@link Clip} before makes it so, or the declared range of an
 * input, beyond which a run is refused.
 *
 * @shape data (a..., v, b...) any activations · indices (i...) any activations · output (a...,
 *     i..., b...) of the type of the data
 * @cost one element operation an element of the result, one lookup a slice
 * @fails where an index could lie outside of {@code 0..v-1}
 * @param axis of the data, the one of extent v
 */
public record Gather(int axis) implements Op {
    static Gather read(OpReader r) {
        return new Gather(r.attribute());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(axis);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        Check.activations("data", inputs.get(0));
        Check.activations("indices", inputs.get(1));
        Shape data = inputs.get(0).shape();
        Shape indices = inputs.get(1).shape();
        Check.range("axis", axis, 0, data.rank() - 1);
        long[] dims = new long[data.rank() - 1 + indices.rank()];
        for (int i = 0; i < dims.length; i++) {
            if (i < axis) {
                dims[i] = data.dim(i);
            } else if (i < axis + indices.rank()) {
                dims[i] = indices.dim(i - axis);
            } else {
                dims[i] = data.dim(i - indices.rank() + 1);
            }
        }
        return new TensorType(inputs.get(0).dtype(), Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape data = inputs.get(0).shape();
        long slices = data.elements(0, axis) * inputs.get(1).shape().elements();
        return Cost.ofLookups(0, slices).plus(Cost.ofMoves(output.shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        checkIndices(inputs.get(1), inputs.get(0).type().shape().dim(axis));
        return inputs.get(0).interval();
    }

    /** Refuses indices that could lie outside of {@code 0..extent-1}. */
    static void checkIndices(Operand indices, int extent) throws InvalidModelException {
        Check.range("least index", indices.interval().lo(), 0, extent - 1L);
        Check.range("greatest index", indices.interval().hi(), 0, extent - 1L);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor data = inputs.get(0);
        Tensor indices = inputs.get(1);
        int outer = (int) data.shape().elements(0, axis);
        int extent = data.shape().dim(axis);
        int slice = (int) data.shape().elements(axis + 1, data.shape().rank());
        int count = indices.shape().elements();
        int to = output.offset();
        int[] listed = indices.data();
        int[] in = data.data();
        int[] out = output.data();
        for (int block = 0; block < outer; block++) {
            int start = data.offset() + block * extent * slice;
            for (int i = indices.offset(); i < indices.offset() + count; i++) {
                if (slice == 1) {
                    out[to++] = in[start + listed[i]];
                } else {
                    Axes.copy(in, start + listed[i] * slice, 1, out, to, slice);
                    to += slice;
                }
            }
        }
    }
}

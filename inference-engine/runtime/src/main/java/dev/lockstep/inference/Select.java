package dev.lockstep.inference;

import java.util.List;

/**
 * Listed elements along each axis, in any order and any number of times: coordinate i of the result
 * is {@code indices[i]} of the input, axis by axis. This is a nearest-neighbour resize in any of
 * its modes, a gather by indices that never change, a reversal.
 *
 * @shape any activations · {@code extents}, of the same rank
 * @cost one element operation an element of the result
 * @param indices for each axis of the result, outermost first, one index for each coordinate
 */
public record Select(Shape extents, Ints indices) implements Moves {
    /** Attributes: rank, extents. Constants: the indices. */
    static Select read(OpReader r) throws InvalidModelException {
        return new Select(r.shape(), r.constants());
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.concat(Ints.of(extents.rank()), extents.dims()), indices);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.equal("rank of the result", extents.rank(), input.shape().rank());
        long total = 0;
        for (int axis = 0; axis < extents.rank(); axis++) {
            total += extents.dim(axis);
        }
        Check.equal("number of indices", indices.length(), total);
        int at = 0;
        for (int axis = 0; axis < extents.rank(); axis++) {
            for (int i = 0; i < extents.dim(axis); i++, at++) {
                int index = indices.get(at);
                if (index < 0 || index >= input.shape().dim(axis)) {
                    Check.range(
                            "index " + i + " on axis " + axis,
                            index,
                            0,
                            input.shape().dim(axis) - 1L);
                }
            }
        }
        return new TensorType(input.dtype(), extents);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] strides = input.shape().strides();
        int rank = strides.length;
        int[] firsts = new int[rank];
        for (int axis = 1; axis < rank; axis++) {
            firsts[axis] = firsts[axis - 1] + extents.dim(axis - 1);
        }
        int[] at = new int[rank];
        int[] listed = indices.array();
        int inner = firsts[rank - 1];
        int last = extents.last();
        int[] in = input.data();
        int[] out = output.data();
        int to = output.offset();
        int end = to + extents.elements();
        while (to < end) {
            int from = input.offset();
            for (int axis = 0; axis < rank - 1; axis++) {
                from += listed[firsts[axis] + at[axis]] * strides[axis];
            }
            for (int i = 0; i < last; i++) {
                out[to + i] = in[from + listed[inner + i]];
            }
            to += last;
            for (int axis = rank - 2; axis >= 0 && ++at[axis] == extents.dim(axis); axis--) {
                at[axis] = 0;
            }
        }
    }
}

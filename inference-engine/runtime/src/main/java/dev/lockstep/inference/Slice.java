package dev.lockstep.inference;

import java.util.List;

/**
 * Evenly spaced elements along each axis: coordinate i of the result is {@code starts + i · steps}
 * of the input. Steps may be negative.
 *
 * @shape any activations · {@code extents}, of the same rank
 * @cost one element operation an element of the result
 * @param starts first coordinate, one for each axis
 * @param steps distance between coordinates, one for each axis; any but 0
 */
public record Slice(Ints starts, Ints steps, Shape extents) implements Moves {
    /** Attributes: rank, starts, steps, extents. */
    static Slice read(OpReader r) throws InvalidModelException {
        int rank = r.attribute();
        Check.range("rank", rank, 1, Limits.V1.rankMax());
        return new Slice(r.attributes(rank), r.attributes(rank), r.extents(rank));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(extents.rank()), starts, steps, extents.dims()), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.equal("rank of the result", extents.rank(), input.shape().rank());
        Check.equal("number of starts", starts.length(), extents.rank());
        Check.equal("number of steps", steps.length(), extents.rank());
        for (int axis = 0; axis < extents.rank(); axis++) {
            int last = input.shape().dim(axis) - 1;
            Check.range("start on axis " + axis, starts.get(axis), 0, last);
            int max = Limits.V1.dimMax();
            Check.range("step on axis " + axis, steps.get(axis), -max, max);
            if (steps.get(axis) == 0) {
                throw new InvalidModelException("step on axis " + axis + " is 0");
            }
            long end = starts.get(axis) + (extents.dim(axis) - 1L) * steps.get(axis);
            Check.range("last coordinate on axis " + axis, end, 0, last);
        }
        return new TensorType(input.dtype(), extents);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] strides = input.shape().strides();
        int start = input.offset();
        for (int axis = 0; axis < strides.length; axis++) {
            start += starts.get(axis) * strides[axis];
            strides[axis] *= steps.get(axis);
        }
        Axes.move(input, strides, start, output);
    }
}

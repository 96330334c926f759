package dev.lockstep.inference;

import java.util.List;

/**
 * Rotary positions: pairs of elements of the last axis turned by an angle each. Of a pair (x0, x1)
 * come RQ of {@code x0 · cos - x1 · sin} and RQ of {@code x0 · sin + x1 · cos}.
 *
 * @shape x (..., d) I16 · cosines, sines (..., d / 2) I16 of one rank with x, extents equal or 1
 *     (repeated) · output (..., d)
 * @cost two multiply-accumulates and one element operation an element
 * @fails where a scaled sum could leave 63 bits
 * @param halves pair i is elements i and i + d/2; otherwise it is elements 2i and 2i + 1
 * @param rescale one factor
 */
public record Rope(boolean halves, DType output, Rescale rescale) implements Op {
    static Rope read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new Rope(r.flag(), r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(halves ? 1 : 0, output.code()), rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 3);
        Check.activations("input", inputs.get(0), DType.I16);
        Check.activations("cosines", inputs.get(1), DType.I16);
        Check.activations("sines", inputs.get(2), DType.I16);
        Check.output(output);
        rescale.check(1, output);
        Shape shape = inputs.get(0).shape();
        Check.equal("elements to pair modulo 2", shape.last() % 2, 0);
        for (int i = 1; i < 3; i++) {
            String which = i == 1 ? "cosines" : "sines";
            Shape angles = inputs.get(i).shape();
            Check.rank(which, inputs.get(i), shape.rank());
            for (int axis = 0; axis < shape.rank() - 1; axis++) {
                if (angles.dim(axis) != 1) {
                    Check.equal(
                            "dimension " + axis + " of " + which,
                            angles.dim(axis),
                            shape.dim(axis));
                }
            }
            Check.equal("last dimension of " + which, angles.last(), shape.last() / 2);
        }
        return new TensorType(output, shape);
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        return Cost.ofMacs(DType.I16, 2 * elements, 2 * elements, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        long sum =
                inputs.get(0).interval().magnitude()
                        * (inputs.get(1).interval().magnitude()
                                + inputs.get(2).interval().magnitude());
        return rescale.bounds(0, new Interval(-sum, sum));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor x = inputs.get(0);
        int length = output.shape().last();
        Axes.Walk cosines = rows(inputs.get(1), output.shape());
        Axes.Walk sines = rows(inputs.get(2), output.shape());
        for (int row = 0; row < output.shape().elements(); row += length) {
            turn(
                    x.data(),
                    x.offset() + row,
                    inputs.get(1).data(),
                    cosines.position(),
                    inputs.get(2).data(),
                    sines.position(),
                    output.data(),
                    output.offset() + row,
                    length / 2);
            cosines.advance();
            sines.advance();
        }
    }

    private void turn(
            int[] x,
            int from,
            int[] cosines,
            int fromCosine,
            int[] sines,
            int fromSine,
            int[] y,
            int to,
            int pairs) {
        int step = halves ? 1 : 2;
        int apart = halves ? pairs : 1;
        long multiplier = rescale.multipliers().get(0);
        int shift = rescale.shifts().get(0);
        for (int i = 0; i < pairs; i++) {
            long first = x[from + i * step];
            long second = x[from + i * step + apart];
            int cosine = cosines[fromCosine + i];
            int sine = sines[fromSine + i];
            long left = first * cosine - second * sine;
            long right = first * sine + second * cosine;
            y[to + i * step] =
                    rescale.clipping().apply(FixedPoint.rescale(left, multiplier, shift));
            y[to + i * step + apart] =
                    rescale.clipping().apply(FixedPoint.rescale(right, multiplier, shift));
        }
    }

    /** Where the angles of each row of the output start. */
    private static Axes.Walk rows(Tensor angles, Shape output) {
        int[] dims = output.dims().toArray();
        dims[dims.length - 1] = 1;
        return new Axes.Walk(dims, Axes.broadcast(angles.shape(), output), angles.offset());
    }
}

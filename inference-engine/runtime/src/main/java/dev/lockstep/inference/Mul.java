package dev.lockstep.inference;

import java.util.List;

/**
 * Product of two tensors, element by element: RQ of {@code (a - zeroPointA) · (b - zeroPointB)}.
 *
 * @shape a, b: I8 or I16 of one rank, extents equal or 1 (repeated) · output: their common shape
 * @cost two element operations an element
 * @fails where the scaled product could leave 63 bits
 * @param rescale one factor
 */
public record Mul(int zeroPointA, int zeroPointB, DType output, Rescale rescale) implements Op {
    static Mul read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new Mul(
                r.attribute(), r.attribute(), r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(zeroPointA, zeroPointB, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        Check.activations("first input", inputs.get(0), DType.I8, DType.I16);
        Check.activations("second input", inputs.get(1), DType.I8, DType.I16);
        new Quantization(1, 0, zeroPointA).check(inputs.get(0).dtype());
        new Quantization(1, 0, zeroPointB).check(inputs.get(1).dtype());
        Check.output(output);
        rescale.check(1, output);
        return new TensorType(output, Axes.common(inputs.get(0).shape(), inputs.get(1).shape()));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Pairs.cost(inputs, output);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval a = inputs.get(0).interval().minus(zeroPointA);
        Interval b = inputs.get(1).interval().minus(zeroPointB);
        return rescale.bounds(0, a.times(b));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.mul(this, inputs.get(0), inputs.get(1), output);
    }

    /** One element of the result. */
    public int product(int a, int b) {
        return rescale.apply(0, ((long) a - zeroPointA) * ((long) b - zeroPointB));
    }
}

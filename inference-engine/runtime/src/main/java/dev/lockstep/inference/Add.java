package dev.lockstep.inference;

import java.util.List;

/**
 * Weighted sum of two tensors with one rounding: {@code zeroPoint + floor(((a - za)·ma + (b -
 * zb)·mb + 2^(shift-1)) / 2^shift)}, clipped. A negative factor subtracts.
 *
 * @shape a, b: any activations of one rank, extents equal or 1 (repeated) · output: their common
 *     shape
 * @cost two element operations an element
 * @fails where the weighted sum could leave 63 bits
 * @param zeroPointA zero point of the first input
 * @param zeroPointB zero point of the second input
 * @param factorA -(2^31-1) to 2^31-1
 * @param factorB -(2^31-1) to 2^31-1
 * @param shift 1 to 62, common to both
 */
public record Add(
        int zeroPointA,
        int zeroPointB,
        int factorA,
        int factorB,
        int shift,
        DType output,
        Clipping clipping)
        implements Op {
    static Add read(OpReader r) throws InvalidModelException {
        return new Add(
                r.attribute(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                r.dtype(),
                Clipping.read(r));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(zeroPointA, zeroPointB, factorA, factorB, shift, output.code()),
                        clipping.attributes()),
                Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        Check.activations("first input", inputs.get(0));
        Check.activations("second input", inputs.get(1));
        new Quantization(1, 0, zeroPointA).check(inputs.get(0).dtype());
        new Quantization(1, 0, zeroPointB).check(inputs.get(1).dtype());
        Check.range("first factor", factorA, -Integer.MAX_VALUE, Integer.MAX_VALUE);
        Check.range("second factor", factorB, -Integer.MAX_VALUE, Integer.MAX_VALUE);
        Check.range("shift", shift, Multiplier.SHIFT_MIN, Multiplier.SHIFT_MAX);
        Check.output(output);
        clipping.check(output);
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
        long largest = Long.MAX_VALUE - (1L << (shift - 1));
        long sizeA = product("first", a, factorA, largest);
        product("second", b, factorB, largest - sizeA);
        long least = least(a, factorA) + least(b, factorB);
        long greatest = -(least(a, -(long) factorA) + least(b, -(long) factorB));
        return new Interval(
                clipping.apply(FixedPoint.roundShift(least, shift)),
                clipping.apply(FixedPoint.roundShift(greatest, shift)));
    }

    private static long product(String which, Interval values, int factor, long allowed)
            throws InvalidModelException {
        long size = Math.absExact((long) factor);
        if (size != 0 && values.magnitude() > allowed / size) {
            throw new InvalidModelException(
                    "the "
                            + which
                            + " input reaches "
                            + values.magnitude()
                            + " times "
                            + size
                            + ", which leaves 63 bits; allowed is a size of "
                            + allowed / size);
        }
        return values.magnitude() * size;
    }

    private static long least(Interval values, long factor) {
        return Math.min(values.lo() * factor, values.hi() * factor);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.add(this, inputs.get(0), inputs.get(1), output);
    }

    /** One element of the result. */
    public int sum(int a, int b) {
        long sum = ((long) a - zeroPointA) * factorA + ((long) b - zeroPointB) * factorB;
        return clipping.apply(FixedPoint.roundShift(sum, shift));
    }
}

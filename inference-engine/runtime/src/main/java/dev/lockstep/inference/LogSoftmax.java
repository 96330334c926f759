package dev.lockstep.inference;

import java.util.List;

/**
 * Logarithm of the normalised exponential over the last axis, in integers.
 *
 * <p>With z, e and their greatest as in {@link Softmax}, the logarithm to the base of two is {@code
 * d = z - max z - floor((log2(Σe) - 30 · 2^30 + 2^13) / 2^14)} in Q16, and the result is RQ of d.
 * The second factor holds ln 2 and the scale of the result.
 *
 * @shape input (..., n), any activations · output (..., n)
 * @cost two lookups and six element operations an element, one division a row
 * @fails where a scaled element or d could leave 63 bits
 * @param multiplier of the input, 0 to 2^31-1
 * @param shift of the input, 1 to 62
 * @param rescale one factor
 */
public record LogSoftmax(int multiplier, int shift, DType output, Rescale rescale) implements Op {
    private static final int EXCESS_BITS = FixedPoint.POWER_BITS - FixedPoint.EXPONENT_BITS;

    static LogSoftmax read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new LogSoftmax(
                r.attribute(), r.attribute(), r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(multiplier, shift, output.code()), rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        new Softmax(multiplier, shift).type(inputs);
        Check.output(output);
        rescale.check(1, output);
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        return new Cost(
                0, 0, 0, 6 * elements, 2 * elements, elements / output.shape().last(), 0, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        new Softmax(multiplier, shift).bounds(inputs, output);
        Interval x = inputs.get(0).interval();
        long span =
                FixedPoint.rescale(x.hi(), multiplier, shift)
                        - FixedPoint.rescale(x.lo(), multiplier, shift);
        long doublings = (long) Integer.SIZE - Integer.numberOfLeadingZeros(output.shape().last());
        long most = doublings << FixedPoint.EXPONENT_BITS;
        Check.range("greatest distance of two scaled elements", span, 0, Long.MAX_VALUE - most);
        return rescale.bounds(0, new Interval(-span - most, 0));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Axes.rows(inputs.get(0), output, this::normalise);
    }

    private void normalise(int[] x, int from, int n, int[] y, int to) {
        long top = scaled(Softmax.greatest(x, from, n));
        long sum = 0;
        for (int i = 0; i < n; i++) {
            sum += FixedPoint.exp2neg(top - scaled(x[from + i]));
        }
        long excess =
                FixedPoint.log2(sum) - ((long) FixedPoint.POWER_BITS << FixedPoint.POWER_BITS);
        long log = FixedPoint.roundShift(excess, EXCESS_BITS);
        for (int i = 0; i < n; i++) {
            y[to + i] = rescale.apply(0, scaled(x[from + i]) - top - log);
        }
    }

    private long scaled(int x) {
        return FixedPoint.rescale(x, multiplier, shift);
    }
}

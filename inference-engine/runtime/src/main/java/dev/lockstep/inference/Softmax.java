package dev.lockstep.inference;

import java.util.List;

/**
 * Normalised exponential over the last axis, in integers.
 *
 * <p>With {@code z = RQ(x)} in Q16, a power of two: {@code e = 2^-(max z - z)} in Q30, {@code r =
 * floor(2^61 / Σe)}, and the result is {@code (e · r + 2^45) >> 46}, at most 32767. The factor
 * holds the scale of x times log2 e.
 *
 * @shape input (..., n), any activations · output (..., n) I16
 * @unit result: 2^-15
 * @cost two lookups and four element operations an element, one division a row
 * @fails where a scaled element could leave 63 bits
 * @source LKA-1, greatest error 0.59 units of Q16 for n up to 65536, before the rounding to Q15
 * @param multiplier 0 to 2^31-1
 * @param shift 1 to 62
 */
public record Softmax(int multiplier, int shift) implements Op {
    private static final int RECIPROCAL_BITS = 61;
    private static final int RESULT_SHIFT = RECIPROCAL_BITS - 15;

    static Softmax read(OpReader r) {
        return new Softmax(r.attribute(), r.attribute());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(multiplier, shift);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        Check.range("multiplier", multiplier, 0, Integer.MAX_VALUE);
        Check.range("shift", shift, Multiplier.SHIFT_MIN, Multiplier.SHIFT_MAX);
        return new TensorType(DType.I16, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        return new Cost(
                0, 0, 0, 4 * elements, 2 * elements, elements / output.shape().last(), 0, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        long half = 1L << (shift - 1);
        long size = inputs.get(0).interval().magnitude();
        if (multiplier != 0 && size > (Long.MAX_VALUE - half) / multiplier) {
            throw new InvalidModelException(
                    "an element of "
                            + size
                            + " times "
                            + multiplier
                            + " leaves 63 bits; allowed is "
                            + (Long.MAX_VALUE - half) / multiplier);
        }
        return new Interval(0, DType.I16.max());
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Axes.rows(inputs.get(0), output, this::normalise);
    }

    private void normalise(int[] x, int from, int n, int[] y, int to) {
        long top = FixedPoint.rescale(greatest(x, from, n), multiplier, shift);
        long sum = 0;
        for (int i = 0; i < n; i++) {
            long power =
                    FixedPoint.exp2neg(top - FixedPoint.rescale(x[from + i], multiplier, shift));
            y[to + i] = (int) power;
            sum += power;
        }
        long reciprocal = (1L << RECIPROCAL_BITS) / sum;
        for (int i = 0; i < n; i++) {
            long share = FixedPoint.roundShift(y[to + i] * reciprocal, RESULT_SHIFT);
            y[to + i] = FixedPoint.clip(share, 0, DType.I16.max());
        }
    }

    static int greatest(int[] x, int from, int n) {
        int greatest = x[from];
        for (int i = 1; i < n; i++) {
            greatest = Math.max(greatest, x[from + i]);
        }
        return greatest;
    }

    /** Turns scores in Q16, powers of two, into shares in Q15; at least one. */
    static void shares(long[] scores, int count) {
        long top = scores[0];
        for (int i = 1; i < count; i++) {
            top = Math.max(top, scores[i]);
        }
        long sum = 0;
        for (int i = 0; i < count; i++) {
            scores[i] = FixedPoint.exp2neg(top - scores[i]);
            sum += scores[i];
        }
        long reciprocal = (1L << RECIPROCAL_BITS) / sum;
        for (int i = 0; i < count; i++) {
            long share = FixedPoint.roundShift(scores[i] * reciprocal, RESULT_SHIFT);
            scores[i] = Math.min(share, DType.I16.max());
        }
    }
}

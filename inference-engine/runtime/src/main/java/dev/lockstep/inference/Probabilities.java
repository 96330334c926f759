package dev.lockstep.inference;

import java.util.List;

/**
 * Scores as probabilities in Q30, with {@code z = RQ(x)} in Q16, a power of two, and {@code 2^-t}
 * of {@link FixedPoint#exp2neg}. The factor holds the scale of x times log2 e.
 *
 * <ul>
 *   <li>LOGISTIC, each element alone: with {@code e = 2^-|z|}, {@code n = 2^30} where {@code z ≥ 0}
 *       and {@code e} where not, {@code n · 2^30 / (2^30 + e)}, rounded to nearest;
 *   <li>SOFTMAX, over the last axis: with {@code e = 2^-(max z - z)} and {@code r = floor(2^61 /
 *       Σe)}, {@code (e · r + 2^30) >> 31};
 *   <li>SOFTMAX_ZERO, the same over elements that are not 0; those stay 0.
 * </ul>
 *
 * @shape input (..., n) I8, I16 or I32 · output (..., n) I32
 * @unit result: 2^-30
 * @cost two lookups and four element operations an element; one division an element (LOGISTIC) or a
 *     row
 * @fails where a scaled element could leave 63 bits
 * @param multiplier 0 to 2^31-1
 * @param shift 1 to 62
 */
public record Probabilities(Curve curve, int multiplier, int shift) implements Op {
    /** How scores become probabilities. The code is part of the model format. */
    public enum Curve {
        LOGISTIC(1),
        SOFTMAX(2),
        SOFTMAX_ZERO(3);

        private final int code;

        Curve(int code) {
            this.code = code;
        }

        static Curve of(int code) throws InvalidModelException {
            Check.range("curve", code, 1, 3);
            return values()[code - 1];
        }
    }

    private static final long ONE = 1L << FixedPoint.POWER_BITS;
    private static final int RECIPROCAL_BITS = 61;

    static Probabilities read(OpReader r) throws InvalidModelException {
        return new Probabilities(Curve.of(r.attribute()), r.attribute(), r.attribute());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(curve.code, multiplier, shift);
    }

    private Rescale factor() {
        return Rescale.of(new Multiplier(multiplier, shift), 0, DType.I32);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        factor().check(1, DType.I32);
        return new TensorType(DType.I32, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        long divisions = curve == Curve.LOGISTIC ? elements : elements / output.shape().last();
        return new Cost(0, 0, 0, 4 * elements, 2 * elements, divisions, 0, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        factor().bounds(0, inputs.get(0).interval());
        return new Interval(0, ONE);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Axes.rows(
                inputs.get(0),
                output,
                switch (curve) {
                    case LOGISTIC -> this::logistic;
                    case SOFTMAX -> (x, from, n, y, to) -> softmax(x, from, n, y, to, false);
                    case SOFTMAX_ZERO -> (x, from, n, y, to) -> softmax(x, from, n, y, to, true);
                });
    }

    private void logistic(int[] x, int from, int n, int[] y, int to) {
        for (int i = 0; i < n; i++) {
            long z = FixedPoint.rescale(x[from + i], multiplier, shift);
            long power = FixedPoint.exp2neg(Math.abs(z));
            long share = (z < 0 ? power : ONE) << FixedPoint.POWER_BITS;
            y[to + i] = (int) FixedPoint.divideRounded(share, ONE + power);
        }
    }

    private void softmax(int[] x, int from, int n, int[] y, int to, boolean keepsZeros) {
        int greatest = Integer.MIN_VALUE;
        for (int i = 0; i < n; i++) {
            if (!keepsZeros || x[from + i] != 0) {
                greatest = Math.max(greatest, x[from + i]);
            }
        }
        long top = FixedPoint.rescale(greatest, multiplier, shift);
        long sum = 0;
        for (int i = 0; i < n; i++) {
            long power = 0;
            if (!keepsZeros || x[from + i] != 0) {
                long z = FixedPoint.rescale(x[from + i], multiplier, shift);
                power = FixedPoint.exp2neg(top - z);
            }
            y[to + i] = (int) power;
            sum += power;
        }
        long reciprocal = sum == 0 ? 0 : (1L << RECIPROCAL_BITS) / sum;
        for (int i = 0; i < n; i++) {
            long share = y[to + i] * reciprocal;
            y[to + i] = (int) FixedPoint.roundShift(share, RECIPROCAL_BITS - FixedPoint.POWER_BITS);
        }
    }
}

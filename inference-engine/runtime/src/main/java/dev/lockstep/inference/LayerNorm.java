package dev.lockstep.inference;

import java.util.List;
import java.util.Objects;

/**
 * The last axis brought to a variance of one, in integers; then a gain and an offset for each
 * element. Centred, this is layer normalisation, otherwise RMS normalisation.
 *
 * <p>{@code d = 2^upShift · (x - inputZeroPoint) - mean}, where the mean is that of these terms,
 * rounded to nearest, or 0 where not centred. {@code v = floor(Σd² / n) + epsilon}; k even with
 * {@code 2^60 <= v · 2^k < 2^62}; {@code r = floor(√(v · 2^k))}; {@code inverse = floor(2^61 / r)};
 * {@code y = floor((d · inverse + 2^(t-1)) / 2^t)} with {@code t = 41 - k/2}, in Q20; and the
 * result is {@code clip(zeroPoint + floor((y · gains[i] + offsets[i] · 2^20 + 2^(shift-1)) /
 * 2^shift))}.
 *
 * <p>Since {@code d² <= n · v}, y cannot exceed {@code √n} by more than its roundings.
 *
 * @shape input (..., n), any activations · output (..., n)
 * @cost eight element operations an element, four divisions a row
 * @fails where {@code n · max d²} could exceed 2^61, or a scaled element 63 bits
 * @param upShift 0 to 15
 * @param epsilon 1 to 2^31-1
 * @param gains one for each of the n elements, {@code γ · 2^(shift-20) / scale of the result}
 * @param offsets one for each of the n elements, in the same unit
 * @param shift 1 to 62
 */
public record LayerNorm(
        boolean centred,
        int inputZeroPoint,
        int upShift,
        int epsilon,
        Ints gains,
        Ints offsets,
        int shift,
        DType output,
        Clipping clipping)
        implements Op {
    /** Fractional bits of a normalised element. */
    static final int NORMAL_BITS = 20;

    private static final int INVERSE_BITS = 61;
    private static final int UP_SHIFT_MAX = 15;
    private static final long SQUARES_MAX = 1L << 61;

    static LayerNorm read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new LayerNorm(
                r.flag(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                constants[0],
                constants[1],
                r.attribute(),
                r.dtype(),
                Clipping.read(r));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(
                                centred ? 1 : 0,
                                inputZeroPoint,
                                upShift,
                                epsilon,
                                shift,
                                output.code()),
                        clipping.attributes()),
                Ints.concat(gains, offsets));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        new Quantization(1, 0, inputZeroPoint).check(inputs.get(0).dtype());
        Check.range("shift up", upShift, 0, UP_SHIFT_MAX);
        Check.range("epsilon", epsilon, 1, Integer.MAX_VALUE);
        Check.range("shift", shift, Multiplier.SHIFT_MIN, Multiplier.SHIFT_MAX);
        Check.equal("gains", gains.length(), inputs.get(0).shape().last());
        Check.equal("offsets", offsets.length(), inputs.get(0).shape().last());
        Check.output(output);
        clipping.check(output);
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        long rows = elements / output.shape().last();
        return new Cost(0, 0, 0, 6 * elements, 0, 6 * rows, 0, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        long n = output.shape().last();
        Interval x = inputs.get(0).interval().minus(inputZeroPoint).times(1L << upShift);
        x.times(2 * n + 1);
        long size = centred ? x.hi() - x.lo() : x.magnitude();
        Check.range("greatest deviation", size, 0, FixedPoint.sqrtFloor(SQUARES_MAX / n));
        long normal = FixedPoint.sqrtFloor(n << (2 * NORMAL_BITS)) + 4;
        long half = 1L << (shift - 1);
        Interval all = null;
        for (int i = 0; i < n; i++) {
            long reach = Math.abs((long) gains.get(i)) * normal;
            long offset = (long) offsets.get(i) << NORMAL_BITS;
            Check.range(
                    "greatest scaled element of channel " + i,
                    reach + Math.abs(offset),
                    0,
                    Long.MAX_VALUE - half);
            Interval channel =
                    new Interval(
                            clipping.apply(FixedPoint.roundShift(offset - reach, shift)),
                            clipping.apply(FixedPoint.roundShift(offset + reach, shift)));
            all = all == null ? channel : all.union(channel);
        }
        return Objects.requireNonNull(all);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Axes.rows(inputs.get(0), output, this::normalise);
    }

    private void normalise(int[] x, int from, int n, int[] y, int to) {
        long mean = 0;
        if (centred) {
            long sum = 0;
            for (int i = 0; i < n; i++) {
                sum += term(x[from + i]);
            }
            mean = FixedPoint.divideRounded(sum, n);
        }
        long squares = 0;
        for (int i = 0; i < n; i++) {
            long deviation = term(x[from + i]) - mean;
            squares += deviation * deviation;
        }
        long variance = squares / n + epsilon;
        int k = (Long.numberOfLeadingZeros(variance) - 2) & ~1;
        long inverse = (1L << INVERSE_BITS) / FixedPoint.sqrtFloor(variance << k);
        int normalShift = INVERSE_BITS - NORMAL_BITS - k / 2;
        for (int i = 0; i < n; i++) {
            long deviation = term(x[from + i]) - mean;
            long normal = FixedPoint.roundShift(deviation * inverse, normalShift);
            long scaled = normal * gains.get(i) + ((long) offsets.get(i) << NORMAL_BITS);
            y[to + i] = clipping.apply(FixedPoint.roundShift(scaled, shift));
        }
    }

    private long term(int x) {
        return ((long) x - inputZeroPoint) << upShift;
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * Float features as fixed-point numbers, each on its own scale: RQ of {@code fixed(x; shift) -
 * offset}, where {@code fixed} is the integer nearest to {@code x · 2^shift}, ties upward, cut to
 * 32 bits. A missing value has a substitute.
 *
 * @shape input (..., features) F32 · output the same shape
 * @cost eight element operations an element
 * @fails where a scaled element could leave 63 bits
 * @param shifts one for each feature, {@value FixedPoint#FLOAT_SHIFT_MIN} to {@value
 *     FixedPoint#FLOAT_SHIFT_MAX}
 * @param offsets one for each feature
 * @param substitutes one for each feature: the result where the feature is missing
 * @param rescale one factor for each feature
 */
public record FloatToFixed(
        Ints shifts, Ints offsets, Ints substitutes, DType output, Rescale rescale) implements Op {
    static FloatToFixed read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(5);
        return new FloatToFixed(
                constants[0],
                constants[1],
                constants[2],
                r.dtype(),
                r.rescale(constants[3], constants[4]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(output.code()), rescale.clipping().attributes()),
                Ints.concat(shifts, offsets, substitutes, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0), DType.F32);
        Check.output(output);
        int features = inputs.get(0).shape().last();
        Check.equal("shifts of features", shifts.length(), features);
        Check.equal("offsets", offsets.length(), features);
        Check.equal("substitutes", substitutes.length(), features);
        rescale.check(features, output);
        for (int i = 0; i < features; i++) {
            Check.range(
                    "shift of feature " + i,
                    shifts.get(i),
                    FixedPoint.FLOAT_SHIFT_MIN,
                    FixedPoint.FLOAT_SHIFT_MAX);
            Check.range(
                    "substitute of feature " + i,
                    substitutes.get(i),
                    rescale.clipping().lo(),
                    rescale.clipping().hi());
        }
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(8L * output.shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval keys = inputs.get(0).interval();
        int lo = (int) Math.max(keys.lo(), -FloatKey.INFINITY);
        int hi = (int) Math.max(keys.hi(), -FloatKey.INFINITY);
        Interval all = null;
        for (int i = 0; i < shifts.length(); i++) {
            Interval present =
                    new Interval(
                                    FixedPoint.ofFloat(lo, shifts.get(i)),
                                    FixedPoint.ofFloat(hi, shifts.get(i)))
                            .minus(offsets.get(i));
            Interval one = rescale.bounds(i, present);
            if (keys.lo() == FloatKey.MISSING) {
                one = one.union(new Interval(substitutes.get(i), substitutes.get(i)));
            }
            all = all == null ? one : all.union(one);
        }
        if (all == null) {
            throw new InvalidModelException("no features");
        }
        return all;
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int features = shifts.length();
        int count = output.shape().elements();
        for (int from = 0; from < count; from += features) {
            for (int i = 0; i < features; i++) {
                int key = input.data()[input.offset() + from + i];
                output.data()[output.offset() + from + i] =
                        key == FloatKey.MISSING
                                ? substitutes.get(i)
                                : rescale.apply(
                                        i,
                                        (long) FixedPoint.ofFloat(key, shifts.get(i))
                                                - offsets.get(i));
            }
        }
    }
}

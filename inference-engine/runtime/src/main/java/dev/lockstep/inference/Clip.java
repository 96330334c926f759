package dev.lockstep.inference;

import java.util.List;

/**
 * Every element moved to the nearest within {@code lo..hi}; type and scale stay.
 *
 * @shape any activations · the same
 * @cost one element operation an element
 */
public record Clip(int lo, int hi) implements Op {
    static Clip read(OpReader r) {
        return new Clip(r.attribute(), r.attribute());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(lo, hi);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.range("lower clip", lo, input.dtype().min(), input.dtype().max());
        Check.range("upper clip", hi, lo, input.dtype().max());
        return input;
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(output.shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        Interval input = inputs.get(0).interval();
        return new Interval(
                FixedPoint.clip(input.lo(), lo, hi), FixedPoint.clip(input.hi(), lo, hi));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int count = output.shape().elements();
        for (int i = 0; i < count; i++) {
            output.data()[output.offset() + i] =
                    FixedPoint.clip(input.data()[input.offset() + i], lo, hi);
        }
    }
}

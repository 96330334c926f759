package dev.lockstep.inference;

import java.util.List;

/**
 * Index of the greatest element along the last axis; the lowest index wins a tie.
 *
 * @shape input (..., n), any activations · output (..., 1) I32
 * @cost one element operation an element of the input
 */
public record ArgMax() implements Op {
    static ArgMax read(OpReader r) {
        return new ArgMax();
    }

    @Override
    public OpFields fields() {
        return OpFields.of();
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        long[] dims = Axes.dims(inputs.get(0).shape());
        dims[dims.length - 1] = 1;
        return new TensorType(DType.I32, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(inputs.get(0).shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return new Interval(0, inputs.get(0).type().shape().last() - 1L);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int n = input.shape().last();
        for (int row = 0; row < output.shape().elements(); row++) {
            int from = input.offset() + row * n;
            int best = 0;
            for (int i = 1; i < n; i++) {
                if (input.data()[from + i] > input.data()[from + best]) {
                    best = i;
                }
            }
            output.data()[output.offset() + row] = best;
        }
    }
}

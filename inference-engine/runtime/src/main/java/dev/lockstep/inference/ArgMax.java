package dev.lockstep.inference;

import java.util.List;

/**
 * Index of the greatest element along the last axis, or of the least; the lowest index wins a tie,
 * or the highest.
 *
 * @shape input (..., n), any activations · output (..., 1) I32
 * @cost one element operation an element of the input
 * @param least whether the least is looked for
 * @param highest whether the highest index wins a tie
 */
public record ArgMax(boolean least, boolean highest) implements Op {
    /** The greatest, the lowest index of a tie. */
    public ArgMax() {
        this(false, false);
    }

    static ArgMax read(OpReader r) throws InvalidModelException {
        return new ArgMax(r.flag(), r.flag());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(least ? 1 : 0, highest ? 1 : 0);
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
        Axes.rows(inputs.get(0), output, this::find);
    }

    private void find(int[] x, int from, int n, int[] y, int to) {
        int best = 0;
        for (int i = 1; i < n; i++) {
            int value = x[from + i];
            int found = x[from + best];
            boolean better = least ? value < found : value > found;
            if (better || (highest && value == found)) {
                best = i;
            }
        }
        y[to] = best;
    }
}

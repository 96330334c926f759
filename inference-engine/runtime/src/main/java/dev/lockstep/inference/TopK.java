package dev.lockstep.inference;

import java.util.List;

/**
 * The greatest, or least, elements of the last axis, in order, or their places; the lowest place
 * comes first among equals.
 *
 * @shape input (..., n) any activations · output (..., k): values of the input's type, or places
 *     I32
 * @cost k element operations an element of the input
 * @param k 1 to n
 */
public record TopK(int k, boolean greatest, boolean places) implements Op {
    static TopK read(OpReader r) throws InvalidModelException {
        return new TopK(r.attribute(), r.flag(), r.flag());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(k, greatest ? 1 : 0, places ? 1 : 0);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.range("k", k, 1, input.shape().last());
        long[] dims = Axes.dims(input.shape());
        dims[dims.length - 1] = k;
        return new TensorType(places ? DType.I32 : input.dtype(), Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(Cost.product(k, inputs.get(0).shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        Operand input = inputs.get(0);
        return places ? new Interval(0, input.type().shape().last() - 1L) : input.interval();
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Axes.rows(inputs.get(0), output, this::order);
    }

    private void order(int[] x, int from, int n, int[] y, int to) {
        int before = -1;
        for (int rank = 0; rank < k; rank++) {
            before = next(x, from, n, before);
            y[to + rank] = places ? before : x[from + before];
        }
    }

    /** The place that comes right after another one in the order; -1 asks for the first. */
    private int next(int[] x, int from, int n, int before) {
        int best = -1;
        for (int i = 0; i < n; i++) {
            boolean open = before < 0 || precedes(x, from, before, i);
            if (open && (best < 0 || precedes(x, from, i, best))) {
                best = i;
            }
        }
        return best;
    }

    private boolean precedes(int[] x, int from, int a, int b) {
        int va = x[from + a];
        int vb = x[from + b];
        return va == vb ? a < b : (va > vb) == greatest;
    }
}

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
        long before = Long.MAX_VALUE;
        for (int rank = 0; rank < k; rank++) {
            before = next(x, from, n, greatest ? 0 : -1, before);
            int place = Integer.MAX_VALUE - (int) before;
            y[to + rank] = places ? place : x[from + place];
        }
    }

    /**
     * The element that comes right after another one in the order, as a number that is greater the
     * earlier the element comes: its value above, its place below. Without a branch, which no
     * processor could predict.
     */
    private static long next(int[] x, int from, int n, int flip, long before) {
        long next = Long.MIN_VALUE;
        for (int i = 0; i < n; i++) {
            long element = ((long) (x[from + i] ^ flip) << Integer.SIZE) + (Integer.MAX_VALUE - i);
            next = Math.max(next, element < before ? element : Long.MIN_VALUE);
        }
        return next;
    }
}

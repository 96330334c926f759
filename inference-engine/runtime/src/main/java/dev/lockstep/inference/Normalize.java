package dev.lockstep.inference;

import java.util.List;

/**
 * Rows divided by their size, in Q30. A row of zeros stays so.
 *
 * <ul>
 *   <li>MAX: {@code x · 2^30 / max x}, rounded to nearest, for elements that cannot be negative;
 *   <li>L1: {@code x · 2^30 / Σ|x|}, rounded to nearest;
 *   <li>L2: with {@code v = Σ x²}, k even so that {@code 2^61 ≤ v · 2^k < 2^63}, and {@code r} the
 *       root of that, rounded down: {@code x · 2^(k/2) · 2^30 / r}, rounded to nearest.
 * </ul>
 *
 * @shape input (..., n) I8, I16 or I32 · output (..., n) I32
 * @unit result: 2^-30
 * @cost two element operations and one division an element
 * @fails where elements could be negative (MAX), or {@code n · max x²} could leave 62 bits (L2)
 */
public record Normalize(Norm norm) implements Op {
    /** What the size of a row is. The code is part of the model format. */
    public enum Norm {
        MAX(1),
        L1(2),
        L2(3);

        private final int code;

        Norm(int code) {
            this.code = code;
        }

        static Norm of(int code) throws InvalidModelException {
            Check.range("norm", code, 1, 3);
            return values()[code - 1];
        }
    }

    private static final int BITS = 30;

    static Normalize read(OpReader r) throws InvalidModelException {
        return new Normalize(Norm.of(r.attribute()));
    }

    @Override
    public OpFields fields() {
        return OpFields.of(norm.code);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        return new TensorType(DType.I32, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        return new Cost(0, 0, 0, 2 * elements, 0, elements, 0, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval x = inputs.get(0).interval();
        if (norm == Norm.MAX && x.lo() < 0) {
            throw new InvalidModelException(
                    "elements lie in " + x + "; division by the greatest takes none below 0");
        }
        if (norm == Norm.L2) {
            long square = Cost.product(x.magnitude(), x.magnitude());
            long sum = Cost.product(square, output.shape().last());
            Check.range("greatest sum of squares", sum, 0, 1L << 62);
        }
        return new Interval(x.lo() < 0 ? -(1 << BITS) : 0, 1 << BITS);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int n = output.shape().last();
        int count = output.shape().elements();
        for (int row = 0; row < count; row += n) {
            divide(input.data(), input.offset() + row, output.data(), output.offset() + row, n);
        }
    }

    private void divide(int[] x, int from, int[] y, int to, int n) {
        long size = 0;
        for (int i = from; i < from + n; i++) {
            size =
                    switch (norm) {
                        case MAX -> Math.max(size, x[i]);
                        case L1 -> size + Math.abs((long) x[i]);
                        case L2 -> size + (long) x[i] * x[i];
                    };
        }
        int up = 0;
        if (norm == Norm.L2 && size != 0) {
            up = (Long.numberOfLeadingZeros(size) - 1) / 2;
            size = FixedPoint.sqrtFloor(size << (2 * up));
        }
        for (int i = 0; i < n; i++) {
            long share = (long) x[from + i] << (up + BITS);
            y[to + i] =
                    size == 0
                            ? 0
                            : FixedPoint.clip(
                                    FixedPoint.divideRounded(share, size), -(1 << BITS), 1 << BITS);
        }
    }
}

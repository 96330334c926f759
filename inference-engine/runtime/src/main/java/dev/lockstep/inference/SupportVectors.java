package dev.lockstep.inference;

import java.util.List;

/**
 * How near a row is to each of the support vectors of a machine, in Q30; a {@link Linear} then
 * weighs these.
 *
 * <ul>
 *   <li>RBF: {@code 2^-t}, t in Q16 being RQ of {@code Σ (x - v)²};
 *   <li>SIGMOID: the hyperbolic tangent of half of z, in powers of two: z in Q16 being RQ of {@code
 *       offset + Σ x·v}, {@code e = 2^-|z|}, {@code (2^30 - e) · 2^30 / (2^30 + e)}, rounded to
 *       nearest, with the sign of z.
 * </ul>
 *
 * @shape input (..., k) I8, I16 or I32 · output (..., n) I32
 * @unit result: 2^-30
 * @cost rows · n · k multiply-accumulates of 16 bits; for each result eight element operations, two
 *     lookups, and one division (SIGMOID)
 * @fails where a sum could leave 62 bits or its product with the factor 63
 * @param vectors (n, k), row-major, on the scale of the input
 * @param offset what the sums of SIGMOID start from, high and low word; 0 for RBF
 * @param multiplier 0 to 2^31-1
 * @param shift 1 to 62
 */
public record SupportVectors(
        Nearness nearness, int count, Ints vectors, Ints offset, int multiplier, int shift)
        implements Op {
    /** Which function of two vectors. The code is part of the model format. */
    public enum Nearness {
        RBF(1),
        SIGMOID(2);

        private final int code;

        Nearness(int code) {
            this.code = code;
        }

        static Nearness of(int code) throws InvalidModelException {
            Check.range("nearness", code, 1, 2);
            return values()[code - 1];
        }
    }

    private static final long ONE = 1L << FixedPoint.POWER_BITS;
    private static final long SUM_MAX = 1L << 62;

    /** Attributes: nearness, count, offset 2, M, s. Constants: the vectors. */
    static SupportVectors read(OpReader r) throws InvalidModelException {
        return new SupportVectors(
                Nearness.of(r.attribute()),
                r.attribute(),
                r.constants(),
                r.attributes(2),
                r.attribute(),
                r.attribute());
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(nearness.code, count), offset, Ints.of(multiplier, shift)),
                vectors);
    }

    private Rescale factor() {
        return Rescale.of(new Multiplier(multiplier, shift), 0, DType.I32);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        long[] dims = Axes.dims(inputs.get(0).shape());
        Check.range("number of vectors", count, 1, Limits.V1.dimMax());
        Check.equal("words of vectors", vectors.length(), count * dims[dims.length - 1]);
        Check.equal("words of offset", offset.length(), 2);
        factor().check(1, DType.I32);
        if (nearness == Nearness.RBF) {
            Check.equal("offset", Ints.number(offset, 0), 0);
        }
        dims[dims.length - 1] = count;
        return new TensorType(DType.I32, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long results = output.shape().elements();
        long macs = Cost.product(results, inputs.get(0).shape().last());
        long divisions = nearness == Nearness.SIGMOID ? results : 0;
        long bytes = (long) Integer.BYTES * vectors.length();
        return new Cost(0, macs, 0, 8 * results, 2 * results, divisions, bytes, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval x = inputs.get(0).interval();
        Interval v = vectors.range(0, vectors.length() - 1);
        long k = inputs.get(0).type().shape().last();
        boolean rbf = nearness == Nearness.RBF;
        long each =
                rbf
                        ? Math.max(Math.abs(x.hi() - v.lo()), Math.abs(v.hi() - x.lo()))
                        : Math.max(x.magnitude(), v.magnitude());
        long sum = Cost.product(Cost.product(each, each), k);
        long start = Ints.number(offset, 0);
        Check.range("greatest sum", sum, 0, SUM_MAX);
        Check.range("offset", start, -(SUM_MAX - sum), SUM_MAX - sum);
        long most = sum + Math.abs(start);
        factor().bounds(0, new Interval(rbf ? 0 : -most, most));
        return new Interval(rbf ? 0 : -ONE, ONE);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] x = input.data();
        int[] v = vectors.array();
        int k = input.shape().last();
        int results = output.shape().elements();
        for (int i = 0; i < results; i++) {
            int from = input.offset() + i / count * k;
            int at = i % count * k;
            long sum =
                    switch (nearness) {
                        case RBF -> squares(x, from, v, at, k);
                        case SIGMOID -> Ints.number(offset, 0) + products(x, from, v, at, k);
                    };
            long z = FixedPoint.rescale(sum, multiplier, shift);
            output.data()[output.offset() + i] =
                    (int)
                            switch (nearness) {
                                case RBF -> FixedPoint.exp2neg(z);
                                case SIGMOID -> tangent(z);
                            };
        }
    }

    private static long squares(int[] x, int from, int[] v, int at, int count) {
        long sum = 0;
        for (int j = 0; j < count; j++) {
            long difference = (long) x[from + j] - v[at + j];
            sum += difference * difference;
        }
        return sum;
    }

    private static long products(int[] x, int from, int[] v, int at, int count) {
        long sum = 0;
        for (int j = 0; j < count; j++) {
            sum += (long) x[from + j] * v[at + j];
        }
        return sum;
    }

    private static long tangent(long z) {
        long power = FixedPoint.exp2neg(Math.abs(z));
        long size = FixedPoint.divideRounded((ONE - power) << FixedPoint.POWER_BITS, ONE + power);
        return z < 0 ? -size : size;
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * Product of matrices of activations: RQ of {@code Σ (a - zeroPointA) · (b - zeroPointB)}. Axes
 * before the last two are a batch, repeated where an extent is 1.
 *
 * @shape a (..., m, k) · b (..., k, n), or (..., n, k) where it is transposed, both I8 or I16 of
 *     one rank · output (..., m, n)
 * @cost batch · m · n · k multiply-accumulates, batch · m · n elements
 * @fails where {@code k · max|a - zeroPointA| · max|b - zeroPointB|} could leave 31 bits (both I8)
 *     or 62 bits
 * @param transposed whether the last two axes of b stand in the order (n, k)
 * @param rescale one factor
 */
public record MatMul(
        boolean transposed, int zeroPointA, int zeroPointB, DType output, Rescale rescale)
        implements Op {
    static MatMul read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new MatMul(
                r.flag(),
                r.attribute(),
                r.attribute(),
                r.dtype(),
                r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(transposed ? 1 : 0, zeroPointA, zeroPointB, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        Check.activations("first input", inputs.get(0), DType.I8, DType.I16);
        Check.activations("second input", inputs.get(1), DType.I8, DType.I16);
        new Quantization(1, 0, zeroPointA).check(inputs.get(0).dtype());
        new Quantization(1, 0, zeroPointB).check(inputs.get(1).dtype());
        Check.output(output);
        rescale.check(1, output);
        Shape a = inputs.get(0).shape();
        Shape b = inputs.get(1).shape();
        int rank = a.rank();
        Check.range("rank of the first input", rank, 2, Limits.V1.rankMax());
        Check.equal("rank of the second input", b.rank(), rank);
        Check.equal(
                (transposed ? "columns" : "rows") + " of the second input",
                b.dim(transposed ? rank - 1 : rank - 2),
                a.last());
        long[] dims = Axes.dims(a);
        for (int i = 0; i < rank - 2; i++) {
            if (dims[i] == 1) {
                dims[i] = b.dim(i);
            } else if (b.dim(i) != 1) {
                Check.equal("dimension " + i + " of the second input", b.dim(i), dims[i]);
            }
        }
        dims[rank - 1] = b.dim(transposed ? rank - 2 : rank - 1);
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long results = output.shape().elements();
        long macs = Cost.product(results, inputs.get(0).shape().last());
        return Cost.ofMacs(
                wider(inputs.get(0).dtype(), inputs.get(1).dtype()), macs, 8 * results, 0);
    }

    private static DType wider(DType a, DType b) {
        return a == DType.I8 ? b : a;
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Operand a = inputs.get(0);
        Operand b = inputs.get(1);
        boolean narrow = wider(a.type().dtype(), b.type().dtype()) == DType.I8;
        Interval product = a.interval().minus(zeroPointA).times(b.interval().minus(zeroPointB));
        Interval sum = product.times(a.type().shape().last());
        Check.range("greatest sum", sum.magnitude(), 0, narrow ? Integer.MAX_VALUE : 1L << 62);
        return rescale.bounds(0, sum);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.matMul(this, inputs.get(0), inputs.get(1), output);
    }

    /** Where the matrices of a batch begin, one pair after the other. */
    public static final class Batch {
        private final Axes.Walk a;
        private final Axes.Walk b;
        private final int count;
        private int taken;

        public Batch(Tensor a, Tensor b, Shape output) {
            int[] dims = output.dims().toArray();
            dims[dims.length - 1] = 1;
            dims[dims.length - 2] = 1;
            this.a = new Axes.Walk(dims, Axes.broadcast(a.shape(), output), a.offset());
            this.b = new Axes.Walk(dims, Axes.broadcast(b.shape(), output), b.offset());
            this.count = (int) output.elements(0, dims.length - 2);
        }

        /** Goes on to the next pair, if there is one; before the first call it stands at none. */
        public boolean next() {
            if (taken > 0) {
                a.advance();
                b.advance();
            }
            return taken++ < count;
        }

        /** Where the first matrix begins. */
        public int a() {
            return a.position();
        }

        /** Where the second matrix begins. */
        public int b() {
            return b.position();
        }
    }
}

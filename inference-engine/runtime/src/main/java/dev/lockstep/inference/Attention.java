package dev.lockstep.inference;

import java.util.Arrays;
import java.util.List;

/**
 * Attention of queries to keys, over a whole sequence or as a step with earlier keys and values
 * given.
 *
 * <p>Scores are {@code z = floor((Σ q·k · multiplier + 2^(shift-1)) / 2^shift)} in Q16, a power of
 * two: the factor holds the scales of q and k, {@code log2 e} and {@code 1/√d}. Over the keys that
 * a query sees, scores become shares in Q15 as in {@link Softmax}; the result is RQ of {@code Σ
 * share·v}. A key that is not seen has no share, whatever it holds.
 *
 * <p>Query i sees keys {@code 0..first}, or {@code 0..first + i} where causal. Query head j reads
 * key head {@code j · g / h}.
 *
 * @shape q (..., h, m, d) · k (..., g, t, d) · v (..., g, t, e), all I8 or I16 · first: one I32,
 *     where there is a fourth input · output (..., h, m, e)
 * @cost h · m · t · (d + e) multiply-accumulates, 4 element operations and 2 lookups a score, one
 *     division a query: as if every key were seen
 * @fails where a score could leave 62 bits or, scaled, 63; where first could lie outside of 0..t-1
 * @param first the last key that the first query sees, unless it is an input; then 0
 * @param multiplier of scores, 0 to 2^31-1
 * @param shift of scores, 1 to 62
 * @param rescale one factor
 */
public record Attention(
        boolean causal, int first, int multiplier, int shift, DType output, Rescale rescale)
        implements Op {
    static Attention read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new Attention(
                r.flag(),
                r.attribute(),
                r.attribute(),
                r.attribute(),
                r.dtype(),
                r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(causal ? 1 : 0, first, multiplier, shift, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.range("number of inputs", inputs.size(), 3, 4);
        Check.activations("queries", inputs.get(0), DType.I8, DType.I16);
        Check.activations("keys", inputs.get(1), DType.I8, DType.I16);
        Check.activations("values", inputs.get(2), DType.I8, DType.I16);
        Check.range("multiplier", multiplier, 0, Integer.MAX_VALUE);
        Check.range("shift", shift, Multiplier.SHIFT_MIN, Multiplier.SHIFT_MAX);
        Check.output(output);
        rescale.check(1, output);
        Shape q = inputs.get(0).shape();
        Shape k = inputs.get(1).shape();
        Shape v = inputs.get(2).shape();
        int rank = q.rank();
        Check.range("rank of queries", rank, 3, Limits.V1.rankMax());
        Check.rank("keys", inputs.get(1), rank);
        Check.rank("values", inputs.get(2), rank);
        for (int axis = 0; axis < rank - 3; axis++) {
            Check.equal("dimension " + axis + " of keys", k.dim(axis), q.dim(axis));
        }
        for (int axis = 0; axis < rank - 1; axis++) {
            Check.equal("dimension " + axis + " of values", v.dim(axis), k.dim(axis));
        }
        Check.equal("last dimension of keys", k.last(), q.last());
        Check.equal("query heads modulo key heads", q.dim(rank - 3) % k.dim(rank - 3), 0);
        if (inputs.size() == 4) {
            Check.activations("first", inputs.get(3), DType.I32);
            Check.equal("elements of first", inputs.get(3).shape().elements(), 1);
            Check.equal("first", first, 0);
        } else {
            Check.range("first", first, 0, k.dim(rank - 2) - 1L);
        }
        long[] dims = Axes.dims(q);
        dims[rank - 1] = v.last();
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape q = inputs.get(0).shape();
        long queries = q.elements(0, q.rank() - 1);
        long scores = Cost.product(queries, inputs.get(1).shape().dim(q.rank() - 2));
        long macs = Cost.product(scores, (long) q.last() + output.shape().last());
        // Each query reads all keys and values anew, whatever their type.
        return new Cost(0, macs, 0, Cost.product(scores, 8), Cost.product(scores, 2), queries, 0, 0)
                .plus(Cost.ofElements(output.shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Shape keys = inputs.get(1).type().shape();
        int count = keys.dim(keys.rank() - 2);
        if (inputs.size() == 4) {
            Gather.checkIndices(inputs.get(3), count);
        }
        long score =
                inputs.get(0).interval().magnitude()
                        * inputs.get(1).interval().magnitude()
                        * keys.last();
        Check.range("greatest score", score, 0, 1L << 62);
        new Rescale(Ints.of(multiplier), Ints.of(shift), Clipping.of(0, DType.I32))
                .bounds(0, new Interval(-score, score));
        // Shares are rounded: together they exceed one by at most half a unit each.
        long sum = inputs.get(2).interval().magnitude() * ((1L << 15) + count);
        return rescale.bounds(0, new Interval(-sum, sum));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor q = inputs.get(0);
        Tensor k = inputs.get(1);
        Tensor v = inputs.get(2);
        int rank = q.shape().rank();
        int heads = q.shape().dim(rank - 3);
        int queries = q.shape().dim(rank - 2);
        int keyHeads = k.shape().dim(rank - 3);
        int keys = k.shape().dim(rank - 2);
        int length = q.shape().last();
        int width = v.shape().last();
        int start = inputs.size() == 4 ? inputs.get(3).data()[inputs.get(3).offset()] : first;
        int sharing = heads / keyHeads;
        int all = (int) q.shape().elements(0, rank - 2);
        long[] shares = new long[keys];
        long[] sums = new long[width];
        for (int head = 0; head < all; head++) {
            int keyHead = head / heads * keyHeads + head % heads / sharing;
            for (int i = 0; i < queries; i++) {
                int query = head * queries + i;
                int seen = (int) Math.min(keys, start + 1L + (causal ? i : 0));
                int from = q.offset() + query * length;
                for (int j = 0; j < seen; j++) {
                    int key = k.offset() + (keyHead * keys + j) * length;
                    long sum = dot(q.data(), from, k.data(), key, length);
                    shares[j] = FixedPoint.rescale(sum, multiplier, shift);
                }
                Softmax.shares(shares, seen);
                int values = v.offset() + keyHead * keys * width;
                Arrays.fill(sums, 0);
                for (int j = 0; j < seen; j++) {
                    add(v.data(), values + j * width, shares[j], sums);
                }
                int to = output.offset() + query * width;
                for (int c = 0; c < width; c++) {
                    output.data()[to + c] = rescale.apply(0, sums[c]);
                }
            }
        }
    }

    private static void add(int[] values, int from, long share, long[] sums) {
        for (int c = 0; c < sums.length; c++) {
            sums[c] += share * values[from + c];
        }
    }

    private static long dot(int[] q, int from, int[] k, int key, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (long) q[from + i] * k[key + i];
        }
        return sum;
    }
}

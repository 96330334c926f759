package dev.lockstep.inference;

import java.util.List;

/**
 * Product of rows with a matrix of 32-bit weights: RQ of {@code bias + Σ x·w}, for models whose
 * numbers matter to the last digits. {@link FullyConnected} is the one for networks.
 *
 * @shape input (..., k) I8, I16 or I32 · output (..., m)
 * @cost rows · m · k multiply-accumulates of 16 bits, rows · m elements
 * @fails where {@code Σ|weights| · max|input| + |bias|} of a result could leave 62 bits
 * @param weights (m, k), row-major
 * @param bias two words for each of the m results, high and low
 * @param rescale one factor for each of the m results
 */
public record Linear(Ints weights, Ints bias, DType output, Rescale rescale) implements Op {
    private static final long SUM_MAX = 1L << 62;

    /** Attributes: results, type, clipping. Constants: weights, bias, M, s. */
    static Linear read(OpReader r) throws InvalidModelException {
        int results = r.attribute();
        DType output = r.dtype();
        Ints words = r.constants();
        Check.range("results", results, 1, words.length() / 4);
        int biasAt = words.length() - 4 * results;
        int factorsAt = biasAt + 2 * results;
        return new Linear(
                words.slice(0, biasAt),
                words.slice(biasAt, factorsAt),
                output,
                r.rescale(
                        words.slice(factorsAt, factorsAt + results),
                        words.slice(factorsAt + results, words.length())));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(results(), output.code()), rescale.clipping().attributes()),
                Ints.concat(weights, bias, rescale.multipliers(), rescale.shifts()));
    }

    private int results() {
        return bias.length() / 2;
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        Check.output(output);
        Check.equal("words of bias beyond whole ones", bias.length() % 2, 0);
        long[] dims = Axes.dims(inputs.get(0).shape());
        Check.equal("weights", weights.length(), (long) results() * inputs.get(0).shape().last());
        rescale.check(results(), output);
        dims[dims.length - 1] = results();
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long macs = Cost.product(output.shape().elements(), inputs.get(0).shape().last());
        long bytes = (long) Integer.BYTES * (weights.length() + bias.length());
        return Cost.ofMacs(DType.I32, macs, output.shape().elements(), bytes);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval x = inputs.get(0).interval();
        int k = inputs.get(0).type().shape().last();
        Interval all = null;
        for (int result = 0; result < results(); result++) {
            long absolute = 0;
            for (int i = 0; i < k; i++) {
                absolute += Math.abs((long) weights.get(result * k + i));
            }
            long start = Ints.number(bias, 2 * result);
            long room = SUM_MAX - Math.min(SUM_MAX, Math.abs(start));
            if (start == Long.MIN_VALUE || Cost.product(absolute, x.magnitude()) > room) {
                throw new InvalidModelException(
                        "result "
                                + result
                                + ": inputs up to "
                                + x.magnitude()
                                + " with weights of "
                                + absolute
                                + " in total and bias "
                                + start
                                + " could leave 62 bits");
            }
            long lo = start;
            long hi = start;
            for (int i = 0; i < k; i++) {
                long w = weights.get(result * k + i);
                lo += Math.min(w * x.lo(), w * x.hi());
                hi += Math.max(w * x.lo(), w * x.hi());
            }
            Interval one = rescale.bounds(result, new Interval(lo, hi));
            all = all == null ? one : all.union(one);
        }
        if (all == null) {
            throw new InvalidModelException("no results");
        }
        return all;
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] x = input.data();
        int[] w = weights.array();
        int k = input.shape().last();
        int results = results();
        int rows = output.shape().elements() / results;
        for (int row = 0; row < rows; row++) {
            int from = input.offset() + row * k;
            for (int result = 0; result < results; result++) {
                long sum = Ints.number(bias, 2 * result);
                for (int i = 0; i < k; i++) {
                    sum += (long) x[from + i] * w[result * k + i];
                }
                output.data()[output.offset() + row * results + result] =
                        rescale.apply(result, sum);
            }
        }
    }
}

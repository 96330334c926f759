package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/**
 * Product of rows with a matrix of 4-bit weights in groups: RQ of {@code bias + Σ_g G_g · Σ x·w},
 * where the inner sum is over the elements of group g. The zero point of the input is folded into
 * the bias.
 *
 * <p>A byte of the weights holds two of them, -7..7 each: the one with the even index in its low
 * four bits, in two's complement. A byte of the multipliers holds {@code G - 128}, with G from 1 to
 * 255.
 *
 * @shape input (..., k) I8 or I16 · weights (m, k / 2) W8 · multipliers (m, k / group) W8 · output
 *     (..., m)
 * @cost rows · m · k multiply-accumulates, rows · m · (1 + k / group) elements
 * @fails where {@code Σ_g G_g · Σ|w| · max|input| + |bias|} of a channel could leave 31 bits (I8)
 *     or 62 bits (I16)
 * @param group weights that share a multiplier: 32, 64 or 128
 * @param bias one for each of the m channels
 */
public record FullyConnected4(int group, Ints bias, DType output, Rescale rescale) implements Op {
    private static final int MULTIPLIER_ZERO = 128;

    static FullyConnected4 read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new FullyConnected4(
                r.attribute(), constants[0], r.dtype(), r.rescale(constants[1], constants[2]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(group, output.code()), rescale.clipping().attributes()),
                Ints.concat(bias, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 3);
        TensorType input = inputs.get(0);
        TensorType weights = inputs.get(1);
        TensorType multipliers = inputs.get(2);
        Check.activations("input", input, DType.I8, DType.I16);
        Check.weights("weights", weights);
        Check.weights("multipliers", multipliers);
        Check.rank("weights", weights, 2);
        Check.rank("multipliers", multipliers, 2);
        if (group != 32 && group != 64 && group != 128) {
            throw new InvalidModelException("group is " + group + "; allowed 32, 64 and 128");
        }
        int length = input.shape().last();
        int channels = weights.shape().dim(0);
        Check.equal("columns of the input modulo group", length % group, 0);
        Check.equal("bytes of a row of weights", weights.shape().dim(1), length / 2);
        Check.equal("rows of multipliers", multipliers.shape().dim(0), channels);
        Check.equal("multipliers of a row", multipliers.shape().dim(1), length / group);
        Convolution.checkResult(channels, bias, output, rescale);
        long[] dims = Axes.dims(input.shape());
        dims[dims.length - 1] = channels;
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long results = output.shape().elements();
        int length = inputs.get(0).shape().last();
        return Cost.ofMacs(
                        inputs.get(0).dtype(),
                        Cost.product(results, length),
                        Cost.product(results, 8 + length / group),
                        inputs.get(1).shape().elements() + inputs.get(2).shape().elements())
                .plus(Cost.ofMoves(2L * inputs.get(1).shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Operand input = inputs.get(0);
        long size = input.interval().magnitude();
        long sumMax = input.type().dtype() == DType.I8 ? Integer.MAX_VALUE : 1L << 62;
        int length = input.type().shape().last();
        Interval all = null;
        for (int c = 0; c < bias.length(); c++) {
            long sum = Math.abs((long) bias.get(c));
            for (int g = 0; g < length / group; g++) {
                long inner = 0;
                for (int i = g * group; i < (g + 1) * group; i++) {
                    int weight = weight(inputs.get(1).weights(), (long) c * length + i);
                    if (weight == -8) {
                        throw new InvalidModelException(
                                "weight " + i + " of channel " + c + " is -8; allowed -7..7");
                    }
                    inner += Math.abs(weight);
                }
                long at = (long) c * (length / group) + g;
                sum += inner * multiplier(inputs.get(2).weights(), at) * size;
            }
            Check.range("greatest sum of channel " + c, sum, 0, sumMax);
            Interval channel = rescale.bounds(c, new Interval(-sum, sum));
            all = all == null ? channel : all.union(channel);
        }
        return Objects.requireNonNull(all);
    }

    private static int weight(MemorySegment weights, long index) {
        int pair = weights.get(ValueLayout.JAVA_BYTE, index >> 1);
        return (index & 1) == 0 ? pair << 28 >> 28 : pair >> 4;
    }

    private static int multiplier(MemorySegment multipliers, long index) {
        return multipliers.get(ValueLayout.JAVA_BYTE, index) + MULTIPLIER_ZERO;
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int length = input.shape().last();
        int groups = length / group;
        int channels = bias.length();
        int rows = output.shape().elements() / channels;
        int[] row = new int[length];
        byte[] pairs = new byte[length / 2];
        for (int c = 0; c < channels; c++) {
            long at = (long) c * pairs.length;
            MemorySegment.copy(
                    inputs.get(1).weights(), ValueLayout.JAVA_BYTE, at, pairs, 0, pairs.length);
            for (int i = 0; i < pairs.length; i++) {
                row[2 * i] = pairs[i] << 28 >> 28;
                row[2 * i + 1] = pairs[i] >> 4;
            }
            for (int r = 0; r < rows; r++) {
                int from = input.offset() + r * length;
                long sum = bias.get(c);
                for (int g = 0; g < groups; g++) {
                    int inner = dot(input.data(), from, row, g * group, group);
                    sum +=
                            (long) inner
                                    * multiplier(inputs.get(2).weights(), (long) c * groups + g);
                }
                output.data()[output.offset() + r * channels + c] = rescale.apply(c, sum);
            }
        }
    }

    private static int dot(int[] x, int from, int[] row, int first, int count) {
        int sum = 0;
        for (int i = first; i < first + count; i++) {
            sum += x[from + i] * row[i];
        }
        return sum;
    }
}

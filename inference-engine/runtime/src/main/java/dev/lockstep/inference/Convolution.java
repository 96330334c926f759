package dev.lockstep.inference;

import java.util.List;
import java.util.Objects;

/**
 * What {@link Conv2d}, {@link DepthwiseConv2d} and {@link FullyConnected} check alike: sums of
 * weighted inputs.
 */
final class Convolution {
    private Convolution() {}

    static void check(TensorType input, TensorType weights, int padValue)
            throws InvalidModelException {
        Check.activations("input", input, DType.I8, DType.I16);
        Check.weights("weights", weights);
        Check.rank("input", input, 4);
        Check.rank("weights", weights, 4);
        long perChannel = weights.shape().elements(1, 4);
        Check.range("weights of one channel", perChannel, 1, Limits.V1.channelWeightsMax());
        new Quantization(1, 0, padValue).check(input.dtype());
    }

    /** Shape of what weights (m, ?, kh, kw) yield from an input (n, c, h, w). */
    static Shape shape(Window window, Shape input, Shape weights) throws InvalidModelException {
        return Shape.checked(
                input.dim(0),
                weights.dim(0),
                window.rows(input.dim(2), weights.dim(2)),
                window.columns(input.dim(3), weights.dim(3)));
    }

    static void checkResult(int channels, Ints bias, DType output, Rescale rescale)
            throws InvalidModelException {
        Check.output(output);
        Check.equal("biases", bias.length(), channels);
        rescale.check(channels, output);
    }

    /**
     * Interval of the rescaled sums over all channels. The sum of absolute products bounds every
     * partial sum in every order, so kernels may split and reorder as they like.
     *
     * @param padValue what stands in the padding, 0 where there is none
     */
    static Interval bounds(List<Operand> inputs, int padValue, Ints bias, Rescale rescale)
            throws InvalidModelException {
        Operand input = inputs.get(0);
        long inputMax = Math.max(input.interval().magnitude(), Math.abs((long) padValue));
        return bounds(input.type().dtype(), inputMax, inputs.get(1), bias, rescale);
    }

    /**
     * The same for inputs of {@code inputMax} at most in size, zero points taken away.
     *
     * @param weights (m, ...), bias and factor for each of the m channels
     */
    static Interval bounds(
            DType inputType, long inputMax, Operand weights, Ints bias, Rescale rescale)
            throws InvalidModelException {
        long sumMax = inputType == DType.I8 ? Integer.MAX_VALUE : 1L << 62;
        int channels = weights.type().shape().dim(0);
        long perChannel = weights.type().shape().elements() / channels;
        Interval all = null;
        for (int c = 0; c < channels; c++) {
            long sum =
                    weights.absoluteSum(c * perChannel, perChannel) * inputMax
                            + Math.abs((long) bias.get(c));
            Check.range("greatest sum of channel " + c, sum, 0, sumMax);
            Interval result = rescale.bounds(c, new Interval(-sum, sum));
            all = all == null ? result : all.union(result);
        }
        return Objects.requireNonNull(all);
    }
}

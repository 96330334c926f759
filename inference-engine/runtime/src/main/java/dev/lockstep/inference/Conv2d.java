package dev.lockstep.inference;

import java.util.List;

/**
 * Convolution over the two innermost axes, dense or in groups, with rescaled and clipped results.
 *
 * <p>The zero point of the input is folded into the bias: {@code bias[c] = b[c] - inputZeroPoint *
 * Σ weights[c]}.
 *
 * @shape input (n, c, h, w) I8 or I16 · weights (m, c / groups, kh, kw) W8 · output (n, m, h', w')
 * @cost n · m · h' · w' · (c / groups) · kh · kw multiply-accumulates, n · m · h' · w' elements
 * @fails where {@code Σ|weights| · max|input| + |bias|} of a channel could leave 31 bits (I8) or 62
 *     bits (I16)
 * @param groups how many independent parts channels fall into; groups of one channel are a {@link
 *     DepthwiseConv2d}
 * @param padValue what stands in the padding: the zero point of the input
 * @param bias one for each output channel
 */
public record Conv2d(
        Window window, int groups, int padValue, Ints bias, DType output, Rescale rescale)
        implements Op {
    static Conv2d read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new Conv2d(
                r.window(),
                r.attribute(),
                r.attribute(),
                constants[0],
                r.dtype(),
                r.rescale(constants[1], constants[2]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        window.attributes(),
                        Ints.of(groups, padValue, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(bias, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        TensorType input = inputs.get(0);
        TensorType weights = inputs.get(1);
        Convolution.check(input, weights, padValue);
        Check.range("groups", groups, 1, Limits.V1.dimMax());
        int channels = input.shape().dim(1);
        Check.equal(
                "groups times input channels of the weights",
                (long) groups * weights.shape().dim(1),
                channels);
        if (groups > 1 && groups == channels) {
            throw new InvalidModelException(
                    "groups of one channel each are a depthwise convolution");
        }
        Check.equal("output channels modulo groups", weights.shape().dim(0) % groups, 0);
        Convolution.checkResult(weights.shape().dim(0), bias, output, rescale);
        return new TensorType(output, Convolution.shape(window, input.shape(), weights.shape()));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape weights = inputs.get(1).shape();
        long macs = Cost.product(output.shape().elements(), weights.elements(1, 4));
        return Cost.ofMacs(
                        inputs.get(0).dtype(),
                        macs,
                        2L * output.shape().elements(),
                        weights.elements())
                .plus(Cost.ofMoves(inputs.get(0).shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        return Convolution.bounds(inputs, window.pads() ? padValue : 0, bias, rescale);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.conv2d(this, inputs.get(0), inputs.get(1), output);
    }
}

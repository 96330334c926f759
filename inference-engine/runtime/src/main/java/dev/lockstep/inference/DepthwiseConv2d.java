package dev.lockstep.inference;

import java.util.List;

/**
 * Convolution over the two innermost axes of each channel on its own; output channel {@code k} sees
 * input channel {@code k / (m / c)}.
 *
 * <p>The zero point of the input is folded into the bias: {@code bias[c] = b[c] - inputZeroPoint *
 * Σ weights[c]}.
 *
 * @shape input (n, c, h, w) I8 or I16 · weights (m, 1, kh, kw) W8, m a multiple of c · output (n,
 *     m, h', w')
 * @cost n · m · h' · w' · kh · kw multiply-accumulates, n · m · h' · w' elements
 * @fails where {@code Σ|weights| · max|input| + |bias|} of a channel could leave 31 bits (I8) or 62
 *     bits (I16)
 * @param padValue what stands in the padding: the zero point of the input
 * @param bias one for each output channel
 */
public record DepthwiseConv2d(Window window, int padValue, Ints bias, DType output, Rescale rescale)
        implements Op {
    static DepthwiseConv2d read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new DepthwiseConv2d(
                r.window(),
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
                        Ints.of(padValue, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(bias, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        TensorType input = inputs.get(0);
        TensorType weights = inputs.get(1);
        Convolution.check(input, weights, padValue);
        Check.equal("input channels of the weights", weights.shape().dim(1), 1);
        Check.equal(
                "output channels modulo input channels",
                weights.shape().dim(0) % input.shape().dim(1),
                0);
        Convolution.checkResult(weights.shape().dim(0), bias, output, rescale);
        return new TensorType(output, Convolution.shape(window, input.shape(), weights.shape()));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape weights = inputs.get(1).shape();
        long macs = Cost.product(output.shape().elements(), weights.elements(1, 4));
        long laidOut = inputs.get(0).shape().elements();
        Shape out = output.shape();
        long elements = 2L * out.elements() + 64 * out.elements(0, 2);
        return new Cost(0, 0, macs, elements, 0, 0, weights.elements(), laidOut);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        return Convolution.bounds(inputs, window.pads() ? padValue : 0, bias, rescale);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.depthwiseConv2d(this, inputs.get(0), inputs.get(1), output);
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * Product of rows with a matrix, with rescaled and clipped results.
 *
 * <p>The zero point of the input is folded into the bias: {@code bias[c] = b[c] - inputZeroPoint *
 * Σ weights[c]}.
 *
 * @shape input (..., k) I8 or I16 · weights (m, k) W8 · output (..., m)
 * @cost rows · m · k multiply-accumulates, rows · m elements
 * @fails where {@code Σ|weights| · max|input| + |bias|} of a channel could leave 31 bits (I8) or 62
 *     bits (I16)
 * @param bias one for each of the m channels
 */
public record FullyConnected(Ints bias, DType output, Rescale rescale) implements Op {
    static FullyConnected read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(3);
        return new FullyConnected(constants[0], r.dtype(), r.rescale(constants[1], constants[2]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(output.code()), rescale.clipping().attributes()),
                Ints.concat(bias, rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        TensorType input = inputs.get(0);
        TensorType weights = inputs.get(1);
        Check.activations("input", input, DType.I8, DType.I16);
        Check.weights("weights", weights);
        Check.rank("weights", weights, 2);
        Check.equal("columns of the weights", weights.shape().dim(1), input.shape().last());
        Convolution.checkResult(weights.shape().dim(0), bias, output, rescale);
        long[] dims = Axes.dims(input.shape());
        dims[dims.length - 1] = weights.shape().dim(0);
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        Shape weights = inputs.get(1).shape();
        long macs = Cost.product(output.shape().elements(), weights.last());
        return Cost.ofMacs(
                inputs.get(0).dtype(), macs, 8L * output.shape().elements(), weights.elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        return Convolution.bounds(inputs, 0, bias, rescale);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.fullyConnected(this, inputs.get(0), inputs.get(1), output);
    }
}

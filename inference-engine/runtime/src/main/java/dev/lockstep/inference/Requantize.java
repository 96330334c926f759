package dev.lockstep.inference;

import java.util.List;

/**
 * Every element in another scale or type: RQ of {@code x - inputZeroPoint}.
 *
 * @shape any activations · any activations of the same shape
 * @cost one element operation an element
 * @fails where a scaled element could leave 63 bits
 * @param rescale one factor
 */
public record Requantize(int inputZeroPoint, DType output, Rescale rescale) implements Op {
    static Requantize read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new Requantize(r.attribute(), r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Ints.of(inputZeroPoint, output.code()), rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        new Quantization(1, 0, inputZeroPoint).check(inputs.get(0).dtype());
        Check.output(output);
        rescale.check(1, output);
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofElements(output.shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        return rescale.bounds(0, inputs.get(0).interval().minus(inputZeroPoint));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        kernels.rescale(
                rescale,
                0,
                input.type().dtype(),
                inputZeroPoint,
                input.data(),
                input.offset(),
                output.shape().elements(),
                output.data(),
                output.offset());
    }
}

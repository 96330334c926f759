package dev.lockstep.inference;

import java.util.List;

/**
 * Greatest element in a window; padding does not take part.
 *
 * @shape input (n, c, h, w), any activations · output (n, c, h', w'), the same type and scale
 * @cost n · c · h' · w' · kernelY · kernelX element operations
 * @fails where a window would see padding only
 */
public record MaxPool(int kernelY, int kernelX, Window window) implements Op {
    static MaxPool read(OpReader r) {
        return new MaxPool(r.attribute(), r.attribute(), r.window());
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.concat(Ints.of(kernelY, kernelX), window.attributes()), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        return new TensorType(
                inputs.get(0).dtype(), Pooling.shape(inputs.get(0), window, kernelY, kernelX));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Pooling.cost(inputs.get(0), kernelY, kernelX, output)
                .plus(Cost.ofElements(output.shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return inputs.get(0).interval();
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        kernels.maxPool(this, inputs.get(0), output);
    }
}

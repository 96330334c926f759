package dev.lockstep.inference;

import java.util.Arrays;
import java.util.List;

/**
 * Greatest element over axes, or the least.
 *
 * @shape any activations · the same type and rank, reduced axes of extent 1
 * @cost one element operation an element of the input
 * @param axes which axes to reduce, ascending
 * @param least whether the least is asked for
 */
public record ReduceExtreme(Ints axes, boolean least) implements Op {
    static ReduceExtreme read(OpReader r) throws InvalidModelException {
        return new ReduceExtreme(Reduction.read(r), r.flag());
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Reduction.attributes(axes), Ints.of(least ? 1 : 0)), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        return new TensorType(inputs.get(0).dtype(), Reduction.shape(inputs.get(0).shape(), axes));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Reduction.cost(inputs.get(0).shape());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return inputs.get(0).interval();
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] values = new int[output.shape().elements()];
        Arrays.fill(values, Integer.MIN_VALUE);
        int flip = least ? -1 : 0;
        new Reduction(input, output.shape()).greatest(values, flip);
        for (int i = 0; i < values.length; i++) {
            output.data()[output.offset() + i] = values[i] ^ flip;
        }
    }
}

package dev.lockstep.inference;

import java.util.Arrays;
import java.util.List;

/**
 * Sum over axes: RQ of {@code Σ (element - inputZeroPoint)}. A mean has the division folded into
 * the factor, so that there is one rounding.
 *
 * @shape any activations · the same rank, reduced axes of extent 1
 * @cost one element operation an element of the input, and one of the result
 * @fails where a sum, or a scaled sum, could leave 63 bits
 * @param axes which axes to reduce, ascending
 * @param rescale one factor
 */
public record ReduceSum(Ints axes, int inputZeroPoint, DType output, Rescale rescale)
        implements Op {
    static ReduceSum read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new ReduceSum(
                Reduction.read(r), r.attribute(), r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(
                        Reduction.attributes(axes),
                        Ints.of(inputZeroPoint, output.code()),
                        rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0));
        new Quantization(1, 0, inputZeroPoint).check(inputs.get(0).dtype());
        Check.output(output);
        rescale.check(1, output);
        return new TensorType(output, Reduction.shape(inputs.get(0).shape(), axes));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Reduction.cost(inputs.get(0).shape())
                .plus(Cost.ofElements(output.shape().elements()));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Interval element = inputs.get(0).interval().minus(inputZeroPoint);
        long count = inputs.get(0).type().shape().elements() / output.shape().elements();
        return rescale.bounds(0, element.times(count));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int count = output.shape().elements();
        long start = -(long) (input.shape().elements() / count) * inputZeroPoint;
        long[] sums = new long[count];
        Arrays.fill(sums, start);
        new Reduction(input, output.shape()).add(sums);
        for (int i = 0; i < count; i++) {
            output.data()[output.offset() + i] = rescale.apply(0, sums[i]);
        }
    }
}

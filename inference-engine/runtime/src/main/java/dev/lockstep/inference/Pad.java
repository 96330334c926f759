package dev.lockstep.inference;

import java.util.Arrays;
import java.util.List;

/**
 * A constant put around a tensor; type and scale stay.
 *
 * @shape any activations · extents grown by what stands before and after
 * @cost one element operation an element of the result
 * @param before elements put in front, one count for each axis
 * @param after elements put behind, one count for each axis
 */
public record Pad(Ints before, Ints after, int value) implements Op {
    /** Attributes: value, rank, counts before, counts after. */
    static Pad read(OpReader r) throws InvalidModelException {
        int value = r.attribute();
        int rank = r.attribute();
        Check.range("rank", rank, 1, Limits.V1.rankMax());
        return new Pad(r.attributes(rank), r.attributes(rank), value);
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.concat(Ints.of(value, before.length()), before, after), Ints.NONE);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        TensorType input = inputs.get(0);
        Check.activations("input", input);
        Check.equal("counts before", before.length(), input.shape().rank());
        Check.equal("counts after", after.length(), input.shape().rank());
        Check.range("value", value, input.dtype().min(), input.dtype().max());
        long[] dims = Axes.dims(input.shape());
        for (int i = 0; i < dims.length; i++) {
            Check.range("count before axis " + i, before.get(i), 0, Limits.V1.dimMax());
            Check.range("count after axis " + i, after.get(i), 0, Limits.V1.dimMax());
            dims[i] += (long) before.get(i) + after.get(i);
        }
        return new TensorType(input.dtype(), Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long rows = inputs.get(0).shape().rows();
        return Cost.ofMoves(output.shape().elements()).plus(Cost.ofElements(2 * rows));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return inputs.get(0).interval().union(new Interval(value, value));
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] strides = output.shape().strides();
        int start = output.offset();
        for (int i = 0; i < strides.length; i++) {
            start += strides[i] * before.get(i);
        }
        Arrays.fill(
                output.data(), output.offset(), output.offset() + output.shape().elements(), value);
        Runs runs = new Runs(input.shape(), input.shape().strides(), strides);
        Axes.Walk from = runs.walk(0, input.offset());
        Axes.Walk to = runs.walk(1, start);
        int step = runs.step(1);
        for (int i = runs.count(); i > 0; i--) {
            int at = from.position();
            if (step == 1) {
                Axes.copy(input.data(), at, 1, output.data(), to.position(), runs.length());
            } else {
                for (int k = 0; k < runs.length(); k++) {
                    output.data()[to.position() + k * step] = input.data()[at + k];
                }
            }
            from.advance();
            to.advance();
        }
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * A smooth function of one 16-bit element, by 513 points and straight lines between them: with
 * {@code i = (x + 32768) >> 7} and {@code r = (x + 32768) & 127}, {@code t[i] + (((t[i+1] - t[i]) ·
 * r + 64) >> 7)}.
 *
 * @shape input I16 · output any activations of the same shape
 * @cost two lookups and one element operation an element
 * @param table 513 values of the output's type
 */
public record Lut16(DType output, Ints table) implements Op {
    static final int ENTRIES = 513;

    static Lut16 read(OpReader r) throws InvalidModelException {
        return new Lut16(r.dtype(), r.constants());
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.of(output.code()), table);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0), DType.I16);
        Check.output(output);
        Check.table(table, ENTRIES, output);
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofLookups(output.shape().elements(), 2L * output.shape().elements());
    }

    /**
     * A line between two points stays between them, so the points that can be reached are the
     * bounds.
     */
    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        Interval input = inputs.get(0).interval();
        return table.range((int) (input.lo() + 32768) >> 7, ((int) (input.hi() + 32768) >> 7) + 1);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] points = table.array();
        int count = output.shape().elements();
        for (int k = 0; k < count; k++) {
            int x = input.data()[input.offset() + k] + 32768;
            int i = x >> 7;
            output.data()[output.offset() + k] =
                    FixedPoint.interpolate(points[i], points[i + 1], x & 127);
        }
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * Any function of one 8-bit element: {@code table[x + 128]}.
 *
 * @shape input I8 · output any activations of the same shape
 * @cost one lookup and one element operation an element
 * @param table 256 values of the output's type
 */
public record Lut8(DType output, Ints table) implements Op {
    static final int ENTRIES = 256;

    static Lut8 read(OpReader r) throws InvalidModelException {
        return new Lut8(r.dtype(), r.constants());
    }

    @Override
    public OpFields fields() {
        return new OpFields(Ints.of(output.code()), table);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 1);
        Check.activations("input", inputs.get(0), DType.I8);
        Check.output(output);
        Check.table(table, ENTRIES, output);
        return new TensorType(output, inputs.get(0).shape());
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        return Cost.ofLookups(0, elements).plus(Cost.ofMoves(elements));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        Interval input = inputs.get(0).interval();
        return table.range((int) input.lo() + 128, (int) input.hi() + 128);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        int[] entries = table.array();
        int count = output.shape().elements();
        for (int i = 0; i < count; i++) {
            output.data()[output.offset() + i] = entries[input.data()[input.offset() + i] + 128];
        }
    }
}

package dev.lockstep.inference;

import java.util.List;

/**
 * Rows of a matrix of weights, picked by indices: RQ of each weight. Indices are proven to be rows,
 * as for {@link Gather}.
 *
 * @shape weights (v, d) W8 · indices (i...) any activations · output (i..., d)
 * @cost one element operation an element of the result, one lookup a row
 * @fails where an index could lie outside of {@code 0..v-1}
 * @param rescale one factor, or one for each of the v rows
 */
public record Embedding(DType output, Rescale rescale) implements Op {
    static Embedding read(OpReader r) throws InvalidModelException {
        Ints[] constants = r.constants(2);
        return new Embedding(r.dtype(), r.rescale(constants[0], constants[1]));
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(output.code()), rescale.clipping().attributes()),
                Ints.concat(rescale.multipliers(), rescale.shifts()));
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 2);
        Check.weights("weights", inputs.get(0));
        Check.rank("weights", inputs.get(0), 2);
        Check.activations("indices", inputs.get(1));
        Check.output(output);
        rescale.check(
                rescale.multipliers().length() == 1 ? 1 : inputs.get(0).shape().dim(0), output);
        Shape indices = inputs.get(1).shape();
        long[] dims = new long[indices.rank() + 1];
        for (int i = 0; i < indices.rank(); i++) {
            dims[i] = indices.dim(i);
        }
        dims[indices.rank()] = inputs.get(0).shape().dim(1);
        return new TensorType(output, Shape.checked(dims));
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        long elements = output.shape().elements();
        long rows = inputs.get(1).shape().elements();
        return new Cost(0, 0, 0, elements + 16 * rows, rows, 0, elements, 0);
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        Gather.checkIndices(inputs.get(1), inputs.get(0).type().shape().dim(0));
        Interval all = rescale.bounds(0, DType.W8.range());
        for (int row = 1; row < rescale.multipliers().length(); row++) {
            all = all.union(rescale.bounds(row, DType.W8.range()));
        }
        return all;
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor weights = inputs.get(0);
        Tensor indices = inputs.get(1);
        int length = output.shape().last();
        boolean byRow = rescale.multipliers().length() > 1;
        int[] words = new int[length];
        int to = output.offset();
        for (int i = 0; i < indices.shape().elements(); i++, to += length) {
            int row = indices.data()[indices.offset() + i];
            ScalarKernels.widen(weights.weights(), (long) row * length, words);
            kernels.rescale(
                    rescale, byRow ? row : 0, DType.I8, 0, words, 0, length, output.data(), to);
        }
    }
}

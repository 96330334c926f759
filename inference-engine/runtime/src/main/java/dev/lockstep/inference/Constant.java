package dev.lockstep.inference;

import java.util.List;

/**
 * Activations that are the same in every run: positions, tables, masks.
 *
 * @shape no inputs · {@code shape}
 * @cost one element operation an element
 * @param values row-major
 */
public record Constant(DType output, Shape shape, Ints values) implements Op {
    /** Attributes: type, rank, extents. Constants: the elements. */
    static Constant read(OpReader r) throws InvalidModelException {
        return new Constant(r.dtype(), r.shape(), r.constants());
    }

    @Override
    public OpFields fields() {
        return new OpFields(
                Ints.concat(Ints.of(output.code(), shape.rank()), shape.dims()), values);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 0);
        Check.output(output);
        Check.equal("number of elements", values.length(), shape.elements());
        for (int i = 0; i < values.length(); i++) {
            if (values.get(i) < output.min() || values.get(i) > output.max()) {
                Check.range("element " + i, values.get(i), output.min(), output.max());
            }
        }
        return new TensorType(output, shape);
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofMoves(output.shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return values.range(0, values.length() - 1);
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        System.arraycopy(values.array(), 0, output.data(), output.offset(), values.length());
    }
}

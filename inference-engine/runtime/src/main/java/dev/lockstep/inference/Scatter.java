package dev.lockstep.inference;

import java.util.List;

/**
 * A tensor with a run of its slices replaced, from an index on that a run computes or is given: how
 * a cache of keys or values takes up the next ones. The index is proven to be in range, as for
 * {@link Gather}.
 *
 * @shape data (a..., v, b...) any activations · update (a..., u, b...) of the same type · start:
 *     one element, any activations · output like the data
 * @cost one element operation an element of the result
 * @fails where the start could lie outside of {@code 0..v-u}
 * @param axis the one of extent v
 */
public record Scatter(int axis) implements Op {
    static Scatter read(OpReader r) {
        return new Scatter(r.attribute());
    }

    @Override
    public OpFields fields() {
        return OpFields.of(axis);
    }

    @Override
    public TensorType type(List<TensorType> inputs) throws InvalidModelException {
        Check.count(inputs, 3);
        TensorType data = inputs.get(0);
        TensorType update = inputs.get(1);
        Check.activations("data", data);
        Check.activations("update", update, data.dtype());
        Check.activations("start", inputs.get(2));
        Check.equal("elements of start", inputs.get(2).shape().elements(), 1);
        Check.range("axis", axis, 0, data.shape().rank() - 1);
        Check.rank("update", update, data.shape().rank());
        for (int i = 0; i < data.shape().rank(); i++) {
            if (i == axis) {
                Check.range("extent of the update", update.shape().dim(i), 1, data.shape().dim(i));
            } else {
                Check.equal(
                        "dimension " + i + " of the update",
                        update.shape().dim(i),
                        data.shape().dim(i));
            }
        }
        return data;
    }

    @Override
    public Cost cost(List<TensorType> inputs, TensorType output) {
        return Cost.ofMoves(output.shape().elements());
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException {
        int room = output.shape().dim(axis) - inputs.get(1).type().shape().dim(axis);
        Gather.checkIndices(inputs.get(2), room + 1);
        return inputs.get(0).interval().union(inputs.get(1).interval());
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor data = inputs.get(0);
        Tensor update = inputs.get(1);
        Shape shape = output.shape();
        int start = inputs.get(2).data()[inputs.get(2).offset()];
        int outer = (int) shape.elements(0, axis);
        int slice = (int) shape.elements(axis + 1, shape.rank());
        int run = shape.dim(axis) * slice;
        int written = update.shape().dim(axis) * slice;
        System.arraycopy(
                data.data(), data.offset(), output.data(), output.offset(), shape.elements());
        for (int block = 0; block < outer; block++) {
            System.arraycopy(
                    update.data(),
                    update.offset() + block * written,
                    output.data(),
                    output.offset() + block * run + start * slice,
                    written);
        }
    }
}

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
        return Cost.ofElements(Cost.product(output.shape().elements(), (long) kernelY * kernelX));
    }

    @Override
    public Interval bounds(List<Operand> inputs, TensorType output) {
        return inputs.get(0).interval();
    }

    @Override
    public void run(Kernels kernels, List<Tensor> inputs, Tensor output) {
        Tensor input = inputs.get(0);
        Shape in = input.shape();
        Pooling rows = Pooling.rows(window, in, kernelY);
        Pooling columns = Pooling.columns(window, in, kernelX);
        int planes = in.dim(0) * in.dim(1);
        int to = output.offset();
        for (int plane = 0; plane < planes; plane++) {
            int from = input.offset() + plane * in.dim(2) * in.dim(3);
            for (int y = 0; y < output.shape().dim(2); y++) {
                for (int x = 0; x < output.shape().dim(3); x++) {
                    output.data()[to++] = greatest(input, from, rows, y, columns, x);
                }
            }
        }
    }

    private static int greatest(
            Tensor input, int plane, Pooling rows, int y, Pooling columns, int x) {
        int greatest = Integer.MIN_VALUE;
        int width = input.shape().dim(3);
        int rowTaps = rows.taps(y);
        int columnTaps = columns.taps(x);
        for (int i = 0; i < rowTaps; i++) {
            int at = plane + (rows.first(y) + i * rows.dilation()) * width + columns.first(x);
            for (int j = 0; j < columnTaps; j++) {
                greatest = Math.max(greatest, input.data()[at + j * columns.dilation()]);
            }
        }
        return greatest;
    }
}

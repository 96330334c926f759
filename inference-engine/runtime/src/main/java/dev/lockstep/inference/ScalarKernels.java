package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The definition of the kernels, in plain integer loops.
 *
 * <p>Sums over 8-bit activations are proven to fit 31 bits. Sums over 16-bit activations are taken
 * in blocks of {@value #BLOCK}, each of which fits, since {@code 512 · 127 · 32767 < 2^31}.
 */
public final class ScalarKernels implements Kernels {
    private static final int BLOCK = 512;

    /** Elements of input patches that are gathered at once. */
    private static final int PATCH_ELEMENTS = 1 << 16;

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        Patches patches = new Patches(op, input, weights.shape(), output.shape());
        int length = patches.length();
        int positions = output.shape().dim(2) * output.shape().dim(3);
        int channels = weights.shape().dim(0);
        int perGroup = channels / op.groups();
        int atOnce = Math.max(1, Math.min(positions, PATCH_ELEMENTS / length));
        int[] gathered = new int[Math.multiplyExact(atOnce, length)];
        int[] row = new int[length];
        for (int n = 0; n < output.shape().dim(0); n++) {
            for (int group = 0; group < op.groups(); group++) {
                for (int first = 0; first < positions; first += atOnce) {
                    int count = Math.min(atOnce, positions - first);
                    patches.gather(n, group, first, count, gathered);
                    for (int c = group * perGroup; c < (group + 1) * perGroup; c++) {
                        widen(weights.weights(), (long) c * length, row);
                        int to = output.offset() + (n * channels + c) * positions + first;
                        for (int p = 0; p < count; p++) {
                            long sum = op.bias().get(c) + dot(gathered, p * length, row);
                            output.data()[to + p] = op.rescale().apply(c, sum);
                        }
                    }
                }
            }
        }
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape in = input.shape();
        Shape out = output.shape();
        int length = (int) weights.shape().elements(1, 4);
        int perInput = out.dim(1) / in.dim(1);
        int[] row = new int[length];
        int to = output.offset();
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < out.dim(1); c++) {
                widen(weights.weights(), (long) c * length, row);
                int from = input.offset() + (n * in.dim(1) + c / perInput) * in.dim(2) * in.dim(3);
                for (int y = 0; y < out.dim(2); y++) {
                    for (int x = 0; x < out.dim(3); x++) {
                        long sum =
                                op.bias().get(c)
                                        + taps(op, input, from, weights.shape(), row, y, x);
                        output.data()[to++] = op.rescale().apply(c, sum);
                    }
                }
            }
        }
    }

    private static long taps(
            DepthwiseConv2d op, Tensor input, int from, Shape kernel, int[] row, int y, int x) {
        Window window = op.window();
        int height = input.shape().dim(2);
        int width = input.shape().dim(3);
        int kernelX = kernel.dim(3);
        long sum = 0;
        for (int i = 0; i < kernel.dim(2); i++) {
            int inY = y * window.strideY() - window.padTop() + i * window.dilationY();
            for (int j = 0; j < kernelX; j++) {
                int inX = x * window.strideX() - window.padLeft() + j * window.dilationX();
                boolean inside = inY >= 0 && inY < height && inX >= 0 && inX < width;
                int value = inside ? input.data()[from + inY * width + inX] : op.padValue();
                sum += (long) value * row[i * kernelX + j];
            }
        }
        return sum;
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int rows = output.shape().elements() / channels;
        int[] row = new int[length];
        for (int c = 0; c < channels; c++) {
            widen(weights.weights(), (long) c * length, row);
            for (int r = 0; r < rows; r++) {
                long sum = op.bias().get(c) + dot(input.data(), input.offset() + r * length, row);
                output.data()[output.offset() + r * channels + c] = op.rescale().apply(c, sum);
            }
        }
    }

    @Override
    public void add(Add op, Tensor first, Tensor second, Tensor output) {
        int count = output.shape().elements();
        for (int i = 0; i < count; i++) {
            output.data()[output.offset() + i] =
                    op.sum(first.data()[first.offset() + i], second.data()[second.offset() + i]);
        }
    }

    @Override
    public void maxPool(MaxPool op, Tensor input, Tensor output) {
        Shape in = input.shape();
        Pooling rows = Pooling.rows(op.window(), in, op.kernelY());
        Pooling columns = Pooling.columns(op.window(), in, op.kernelX());
        int planes = in.dim(0) * in.dim(1);
        int to = output.offset();
        for (int plane = 0; plane < planes; plane++) {
            int from = input.offset() + plane * in.dim(2) * in.dim(3);
            for (int y = 0; y < output.shape().dim(2); y++) {
                int rowTaps = rows.taps(y);
                int row = from + rows.first(y) * in.dim(3);
                int step = rows.dilation() * in.dim(3);
                for (int x = 0; x < output.shape().dim(3); x++) {
                    int at = row + columns.first(x);
                    output.data()[to++] =
                            greatest(
                                    input.data(),
                                    at,
                                    rowTaps,
                                    step,
                                    columns.taps(x),
                                    columns.dilation());
                }
            }
        }
    }

    private static int greatest(
            int[] in, int from, int rows, int rowStep, int columns, int columnStep) {
        int greatest = Integer.MIN_VALUE;
        for (int i = 0; i < rows; i++) {
            int at = from + i * rowStep;
            for (int j = 0; j < columns; j++) {
                greatest = Math.max(greatest, in[at + j * columnStep]);
            }
        }
        return greatest;
    }

    @Override
    public void rescale(
            Rescale rescale,
            int channel,
            DType dtype,
            int zeroPoint,
            int[] in,
            int from,
            int count,
            int[] out,
            int to) {
        for (int i = 0; i < count; i++) {
            out[to + i] = rescale.apply(channel, (long) in[from + i] - zeroPoint);
        }
    }

    private static long dot(int[] values, int from, int[] row) {
        long sum = 0;
        for (int start = 0; start < row.length; start += BLOCK) {
            int end = Math.min(row.length, start + BLOCK);
            int block = 0;
            for (int i = start; i < end; i++) {
                block += values[from + i] * row[i];
            }
            sum += block;
        }
        return sum;
    }

    static void widen(MemorySegment weights, long from, int[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = weights.get(ValueLayout.JAVA_BYTE, from + i);
        }
    }
}

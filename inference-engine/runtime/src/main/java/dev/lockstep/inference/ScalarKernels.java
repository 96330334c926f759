package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntBinaryOperator;

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
        pairs(first, second, output, op::sum);
    }

    private static void pairs(
            Tensor first, Tensor second, Tensor output, IntBinaryOperator operation) {
        Pairs pairs = new Pairs(first, second, output.shape());
        int[] a = new int[1];
        int[] b = new int[1];
        int end = output.offset() + output.shape().elements();
        for (int to = output.offset(); to < end; to++) {
            pairs.next(1, a, b);
            output.data()[to] = operation.applyAsInt(a[0], b[0]);
        }
    }

    @Override
    public void treeEnsemble(TreeEnsemble op, Tensor input, Tensor output) {
        int features = input.shape().last();
        int rows = output.shape().elements() / op.targets();
        for (int row = 0; row < rows; row++) {
            long[] results = new long[op.targets()];
            boolean[] said = new boolean[op.targets()];
            for (int root : op.roots().array()) {
                int leaf = leaf(op, root, input.data(), input.offset() + row * features);
                int entry = ~leaf * TreeEnsemble.ENTRY;
                int word;
                do {
                    word = op.leaves().get(entry);
                    int target = word & ~TreeEnsemble.LAST;
                    long number = Ints.number(op.leaves(), entry + 1);
                    results[target] =
                            said[target] ? op.aggregate().of(results[target], number) : number;
                    said[target] = true;
                    entry += TreeEnsemble.ENTRY;
                } while (word >= 0);
            }
            int to = output.offset() + row * op.targets();
            for (int target = 0; target < op.targets(); target++) {
                long result = op.baseOf(target) + results[target];
                output.data()[to + target] = op.rescale().apply(0, result);
            }
        }
    }

    /** Where a walk ends. A missing value is the least integer, and goes where the node says. */
    private static int leaf(TreeEnsemble op, int root, int[] x, int at) {
        int ref = root;
        while (ref >= 0) {
            int node = ref * TreeEnsemble.NODE;
            int selector = op.nodes().get(node);
            int value = x[at + (selector >> 1)];
            boolean second =
                    value > op.nodes().get(node + 1)
                            || ((selector & 1) != 0 && value == FloatKey.MISSING);
            ref = op.nodes().get(node + (second ? 3 : 2));
        }
        return ref;
    }

    @Override
    public void mul(Mul op, Tensor first, Tensor second, Tensor output) {
        pairs(first, second, output, op::product);
    }

    @Override
    public void matMul(MatMul op, Tensor a, Tensor b, Tensor output) {
        int rank = output.shape().rank();
        int rows = output.shape().dim(rank - 2);
        int columns = output.shape().last();
        int length = a.shape().last();
        int stepColumn = op.transposed() ? length : 1;
        int stepLength = op.transposed() ? 1 : columns;
        int to = output.offset();
        for (MatMul.Batch batch = new MatMul.Batch(a, b, output.shape()); batch.next(); ) {
            for (int row = 0; row < rows; row++) {
                int fromA = batch.a() + row * length;
                for (int column = 0; column < columns; column++) {
                    int fromB = batch.b() + column * stepColumn;
                    long sum = 0;
                    for (int k = 0; k < length; k++) {
                        sum +=
                                (long) (a.data()[fromA + k] - op.zeroPointA())
                                        * (b.data()[fromB + k * stepLength] - op.zeroPointB());
                    }
                    output.data()[to++] = op.rescale().apply(0, sum);
                }
            }
        }
    }

    @Override
    public void transposedConv2d(TransposedConv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape in = input.shape();
        Shape kernel = weights.shape();
        Shape out = output.shape();
        Taps rows = new Taps(op.rowSteps(), in.dim(2), kernel.dim(2), out.dim(2));
        Taps columns = new Taps(op.columnSteps(), in.dim(3), kernel.dim(3), out.dim(3));
        int perGroup = out.dim(1) / op.groups();
        int[] row = new int[(int) kernel.elements(1, 4)];
        int to = output.offset();
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < out.dim(1); c++) {
                widen(weights.weights(), (long) c * row.length, row);
                int firstPlane = n * in.dim(1) + c / perGroup * kernel.dim(1);
                int from = input.offset() + firstPlane * in.dim(2) * in.dim(3);
                for (int y = 0; y < out.dim(2); y++) {
                    for (int x = 0; x < out.dim(3); x++) {
                        long sum =
                                op.bias().get(c)
                                        + reached(
                                                op, input, from, kernel, row, rows, y, columns, x);
                        output.data()[to++] = op.rescale().apply(c, sum);
                    }
                }
            }
        }
    }

    private static long reached(
            TransposedConv2d op,
            Tensor input,
            int from,
            Shape kernel,
            int[] row,
            Taps rows,
            int y,
            Taps columns,
            int x) {
        long sum = 0;
        int width = input.shape().dim(3);
        int plane = input.shape().dim(2) * width;
        for (int tapY = rows.first[y]; tapY < kernel.dim(2); tapY += rows.step) {
            int inY = rows.input(y, tapY);
            if (inY < 0) {
                break;
            }
            for (int tapX = columns.first[x]; tapX < kernel.dim(3); tapX += columns.step) {
                int inX = columns.input(x, tapX);
                if (inX < 0) {
                    break;
                }
                int at = from + inY * width + inX;
                int tap = tapY * kernel.dim(3) + tapX;
                for (int c = 0; c < kernel.dim(1); c++) {
                    sum +=
                            (long) (input.data()[at + c * plane] - op.inputZeroPoint())
                                    * row[c * kernel.dim(2) * kernel.dim(3) + tap];
                }
            }
        }
        return sum;
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

    @Override
    public void averagePool(AveragePool op, Tensor input, Tensor output) {
        Shape in = input.shape();
        Pooling rows = Pooling.rows(op.window(), in, op.kernelY());
        Pooling columns = Pooling.columns(op.window(), in, op.kernelX());
        boolean byCount = op.rescale().multipliers().length() > 1;
        int planes = in.dim(0) * in.dim(1);
        int to = output.offset();
        for (int plane = 0; plane < planes; plane++) {
            int from = input.offset() + plane * in.dim(2) * in.dim(3);
            for (int y = 0; y < output.shape().dim(2); y++) {
                int rowTaps = rows.taps(y);
                int row = from + rows.first(y) * in.dim(3);
                int step = rows.dilation() * in.dim(3);
                for (int x = 0; x < output.shape().dim(3); x++) {
                    int columnTaps = columns.taps(x);
                    int count = rowTaps * columnTaps;
                    int at = row + columns.first(x);
                    long all = sum(input.data(), at, rowTaps, step, columnTaps, columns.dilation());
                    long sum = all - (long) count * op.inputZeroPoint();
                    output.data()[to++] = op.rescale().apply(byCount ? count - 1 : 0, sum);
                }
            }
        }
    }

    private static long sum(
            int[] in, int from, int rows, int rowStep, int columns, int columnStep) {
        long sum = 0;
        for (int i = 0; i < rows; i++) {
            int at = from + i * rowStep;
            for (int j = 0; j < columns; j++) {
                sum += in[at + j * columnStep];
            }
        }
        return sum;
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

package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.Window;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Kernels in integer loops of a form that the compiler of any JVM makes vectors of: every array of
 * a loop has the same index, and rows are arrays of their own. They need nothing but the JDK and
 * are fast from the first compiled call on.
 *
 * <p>Sums over 8-bit inputs fit 31 bits. Sums over 16-bit inputs are taken in blocks that do, since
 * {@code 512 · 127 · 32767 < 2^31}.
 */
public final class PlainKernels implements Kernels {
    private static final int BLOCK = 512;

    /** Columns taken at once. */
    private static final int WIDTH = 256;

    /** Rows and terms that one loop takes at once. */
    private static final int TILE = 4;

    private record Layout(Planes planes) implements Prepared {
        @Override
        public long bytes() {
            return 4L * planes.taps.length;
        }
    }

    private final int[][] sums = new int[TILE][WIDTH];
    private final long[][] wideSums = new long[TILE][WIDTH];
    private final long[] scaled = new long[WIDTH];
    private final int[] results = new int[WIDTH];
    private int[] planes = new int[0];
    private int[] columns = new int[0];
    private int[] rowBelow = new int[0];
    private int[][] terms = new int[0][];
    private byte[] bytes = new byte[0];
    private int[][] rows = new int[TILE][0];

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape shape = weights.shape();
        Planes p =
                weights.prepared(
                                op,
                                input.shape(),
                                Layout.class,
                                () ->
                                        new Layout(
                                                new Planes(
                                                        op.window(),
                                                        input.shape(),
                                                        shape,
                                                        output.shape())))
                        .planes;
        int perGroup = shape.dim(1);
        int channels = shape.dim(0) / op.groups();
        int inputPlane = input.shape().dim(2) * input.shape().dim(3);
        int plane = output.shape().dim(2) * output.shape().dim(3);
        planes = atLeast(planes, perGroup * p.channelElements + WIDTH);
        boolean wide = input.type().dtype() != DType.I8;
        for (int n = 0; n < output.shape().dim(0); n++) {
            for (int group = 0; group < op.groups(); group++) {
                int from = input.offset() + (n * op.groups() + group) * perGroup * inputPlane;
                int first = group * channels;
                int to = output.offset() + (n * shape.dim(0) + first) * plane;
                p.fill(input.data(), from, perGroup, op.padValue(), planes);
                for (int at = 0; at < p.length; at += WIDTH) {
                    int length = gather(p, perGroup, at);
                    int count = Math.min(WIDTH, p.length - at);
                    for (int c = 0; c < channels; c += TILE) {
                        int tall = Math.min(TILE, channels - c);
                        widen(weights.weights(), first + c, tall, length);
                        product(op.bias(), first + c, tall, length, wide);
                        for (int r = 0; r < tall; r++) {
                            rescale(op.rescale(), first + c + r, r, wide);
                            p.give(results, at, count, output.data(), to + (c + r) * plane);
                        }
                    }
                }
            }
        }
    }

    /** Rows of the right side of the product, each from column 0 of an array of its own. */
    private int gather(Planes p, int channels, int at) {
        int length = channels * p.taps.length;
        if (terms.length < length) {
            terms = new int[length][WIDTH];
        }
        int k = 0;
        for (int c = 0; c < channels; c++) {
            for (int tap : p.taps) {
                System.arraycopy(planes, c * p.channelElements + tap + at, terms[k++], 0, WIDTH);
            }
        }
        return length;
    }

    /** Weights of a few channels as integers; rows that there are not are zero. */
    private void widen(MemorySegment weights, int channel, int count, int length) {
        bytes = bytes.length < length ? new byte[length] : bytes;
        for (int r = 0; r < TILE; r++) {
            rows[r] = atLeast(rows[r], length);
            if (r >= count) {
                Arrays.fill(rows[r], 0, length, 0);
                continue;
            }
            long from = (long) (channel + r) * length;
            MemorySegment.copy(weights, ValueLayout.JAVA_BYTE, from, bytes, 0, length);
            convert(bytes, rows[r], length);
        }
    }

    private static void convert(byte[] from, int[] to, int length) {
        for (int i = 0; i < length; i++) {
            to[i] = from[i];
        }
    }

    /** Sums of a few channels over all terms. */
    private void product(Ints bias, int channel, int count, int length, boolean wide) {
        for (int r = 0; r < TILE; r++) {
            int start = r < count ? bias.get(channel + r) : 0;
            Arrays.fill(sums[r], wide ? 0 : start);
            if (wide) {
                Arrays.fill(wideSums[r], start);
            }
        }
        int block = wide ? BLOCK : length;
        for (int from = 0; from < length; from += block) {
            int end = Math.min(length, from + block);
            int k = from;
            for (; k + TILE <= end; k += TILE) {
                addFour(k);
            }
            for (; k < end; k++) {
                for (int r = 0; r < TILE; r++) {
                    add(sums[r], terms[k], rows[r][k]);
                }
            }
            for (int r = 0; wide && r < TILE; r++) {
                flush(sums[r], wideSums[r]);
            }
        }
    }

    private void addFour(int k) {
        int[] b0 = terms[k];
        int[] b1 = terms[k + 1];
        int[] b2 = terms[k + 2];
        int[] b3 = terms[k + 3];
        for (int r = 0; r < TILE; r++) {
            int[] row = rows[r];
            addFour(sums[r], b0, row[k], b1, row[k + 1], b2, row[k + 2], b3, row[k + 3]);
        }
    }

    private static void addFour(
            int[] sum, int[] b0, int w0, int[] b1, int w1, int[] b2, int w2, int[] b3, int w3) {
        for (int j = 0; j < WIDTH; j++) {
            sum[j] += w0 * b0[j] + w1 * b1[j] + w2 * b2[j] + w3 * b3[j];
        }
    }

    private static void add(int[] sum, int[] term, int weight) {
        for (int j = 0; j < WIDTH; j++) {
            sum[j] += weight * term[j];
        }
    }

    private static void flush(int[] sum, long[] wideSum) {
        for (int j = 0; j < WIDTH; j++) {
            wideSum[j] += sum[j];
        }
        Arrays.fill(sum, 0);
    }

    /** Results of one row of sums. */
    private void rescale(Rescale rescale, int channel, int row, boolean wide) {
        long multiplier = rescale.multipliers().get(channel);
        int shift = rescale.shifts().get(channel);
        long half = 1L << (shift - 1);
        if (wide) {
            long[] sum = wideSums[row];
            for (int j = 0; j < WIDTH; j++) {
                scaled[j] = (sum[j] * multiplier + half) >> shift;
            }
        } else {
            int[] sum = sums[row];
            for (int j = 0; j < WIDTH; j++) {
                scaled[j] = (sum[j] * multiplier + half) >> shift;
            }
        }
        clip(rescale.clipping());
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape in = input.shape();
        Shape out = output.shape();
        Planes p =
                weights.prepared(
                                op,
                                in,
                                Layout.class,
                                () -> new Layout(new Planes(op.window(), in, weights.shape(), out)))
                        .planes;
        int perInput = out.dim(1) / in.dim(1);
        int plane = out.dim(2) * out.dim(3);
        planes = atLeast(planes, p.channelElements + WIDTH);
        boolean wide = input.type().dtype() != DType.I8;
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < in.dim(1); c++) {
                int from = input.offset() + (n * in.dim(1) + c) * in.dim(2) * in.dim(3);
                p.fill(input.data(), from, 1, op.padValue(), planes);
                for (int at = 0; at < p.length; at += WIDTH) {
                    int length = gather(p, 1, at);
                    int count = Math.min(WIDTH, p.length - at);
                    for (int m = c * perInput; m < (c + 1) * perInput; m++) {
                        widen(weights.weights(), m, 1, length);
                        depthwise(op.bias().get(m), length, wide);
                        rescale(op.rescale(), m, 0, wide);
                        int to = output.offset() + (n * out.dim(1) + m) * plane;
                        p.give(results, at, count, output.data(), to);
                    }
                }
            }
        }
    }

    private void depthwise(int bias, int length, boolean wide) {
        Arrays.fill(sums[0], wide ? 0 : bias);
        if (wide) {
            Arrays.fill(wideSums[0], bias);
        }
        int block = wide ? BLOCK : length;
        for (int from = 0; from < length; from += block) {
            int end = Math.min(length, from + block);
            for (int k = from; k < end; k++) {
                add(sums[0], terms[k], rows[0][k]);
            }
            if (wide) {
                flush(sums[0], wideSums[0]);
            }
        }
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int count = output.shape().elements() / channels;
        for (int c = 0; c < channels; c++) {
            widen(weights.weights(), c, 1, length);
            for (int r = 0; r < count; r++) {
                long sum =
                        op.bias().get(c)
                                + dot(input.data(), input.offset() + r * length, rows[0], length);
                output.data()[output.offset() + r * channels + c] = op.rescale().apply(c, sum);
            }
        }
    }

    private static long dot(int[] values, int from, int[] row, int length) {
        long sum = 0;
        for (int start = 0; start < length; start += BLOCK) {
            int end = Math.min(length, start + BLOCK);
            int block = 0;
            for (int i = start; i < end; i++) {
                block += values[from + i] * row[i];
            }
            sum += block;
        }
        return sum;
    }

    @Override
    public void add(Add op, Tensor first, Tensor second, Tensor output) {
        int count = output.shape().elements();
        int[] a = sums[0];
        int[] b = sums[1];
        long half = 1L << (op.shift() - 1);
        for (int at = 0; at < count; at += WIDTH) {
            int run = Math.min(WIDTH, count - at);
            System.arraycopy(first.data(), first.offset() + at, a, 0, run);
            System.arraycopy(second.data(), second.offset() + at, b, 0, run);
            weigh(a, op.zeroPointA(), op.factorA(), b, op.zeroPointB(), op.factorB());
            shift(half, op.shift());
            clip(op.clipping());
            System.arraycopy(results, 0, output.data(), output.offset() + at, run);
        }
    }

    private void weigh(int[] a, long zeroA, long factorA, int[] b, long zeroB, long factorB) {
        for (int j = 0; j < WIDTH; j++) {
            scaled[j] = (a[j] - zeroA) * factorA + (b[j] - zeroB) * factorB;
        }
    }

    private void shift(long half, int shift) {
        for (int j = 0; j < WIDTH; j++) {
            scaled[j] = (scaled[j] + half) >> shift;
        }
    }

    private void clip(Clipping clipping) {
        long zeroPoint = clipping.zeroPoint();
        long lo = clipping.lo();
        long hi = clipping.hi();
        for (int j = 0; j < WIDTH; j++) {
            results[j] = (int) Math.min(hi, Math.max(lo, zeroPoint + scaled[j]));
        }
    }

    /** The greatest of each column first, where a loop takes many at once, then those of rows. */
    @Override
    public void maxPool(MaxPool op, Tensor input, Tensor output) {
        Shape in = input.shape();
        Shape out = output.shape();
        Window window = op.window();
        int width = in.dim(3);
        // Padding never is the greatest.
        int padded = window.padLeft() + width + window.padRight() + window.dilationX();
        columns = atLeast(columns, padded);
        rowBelow = atLeast(rowBelow, padded);
        Arrays.fill(columns, 0, padded, Integer.MIN_VALUE);
        Arrays.fill(rowBelow, 0, padded, Integer.MIN_VALUE);
        int to = output.offset();
        for (int plane = 0; plane < in.dim(0) * in.dim(1); plane++) {
            int from = input.offset() + plane * in.dim(2) * width;
            for (int y = 0; y < out.dim(2); y++, to += out.dim(3)) {
                boolean first = true;
                for (int i = 0; i < op.kernelY(); i++) {
                    int inY = y * window.strideY() - window.padTop() + i * window.dilationY();
                    if (inY < 0 || inY >= in.dim(2)) {
                        continue;
                    }
                    int[] row = first ? columns : rowBelow;
                    System.arraycopy(
                            input.data(), from + inY * width, row, window.padLeft(), width);
                    if (!first) {
                        greater(columns, rowBelow, padded);
                    }
                    first = false;
                }
                for (int x = 0; x < out.dim(3); x++) {
                    int at = x * window.strideX();
                    int greatest = columns[at];
                    for (int j = 1; j < op.kernelX(); j++) {
                        greatest = Math.max(greatest, columns[at + j * window.dilationX()]);
                    }
                    output.data()[to + x] = greatest;
                }
            }
        }
    }

    private static void greater(int[] a, int[] b, int count) {
        for (int i = 0; i < count; i++) {
            a[i] = Math.max(a[i], b[i]);
        }
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
        long multiplier = rescale.multipliers().get(channel);
        int shift = rescale.shifts().get(channel);
        long half = 1L << (shift - 1);
        int[] values = sums[0];
        for (int at = 0; at < count; at += WIDTH) {
            int run = Math.min(WIDTH, count - at);
            System.arraycopy(in, from + at, values, 0, run);
            for (int j = 0; j < WIDTH; j++) {
                scaled[j] = ((values[j] - (long) zeroPoint) * multiplier + half) >> shift;
            }
            clip(rescale.clipping());
            System.arraycopy(results, 0, out, to + at, run);
        }
    }

    private static int[] atLeast(int[] array, int length) {
        return array.length < length ? new int[length] : array;
    }
}

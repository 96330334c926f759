package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.AveragePool;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.MatMul;
import dev.lockstep.inference.MaxPool;
import dev.lockstep.inference.Mul;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Pairs;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.ScalarKernels;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TransposedConv2d;
import dev.lockstep.inference.TreeEnsemble;
import dev.lockstep.inference.Window;
import dev.lockstep.inference.kernels.IntTiles.Range;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Kernels in integer loops of a form that the compiler of any JVM makes vectors of. They need
 * nothing but the JDK and are fast from the first compiled call on.
 */
public final class PlainKernels implements Kernels {
    private static final int WIDTH = IntTiles.WIDTH;
    private static final int TILE = IntTiles.ROWS;

    /** Fewer columns than these are not worth loops along them. */
    private static final int FEW = 16;

    /** Terms of longer sums are not laid out by columns, which would take a kilobyte each. */
    private static final int LONGEST = 1 << 13;

    /** Fewer positions than these are not worth laying windows out. */
    private static final int FEW_WINDOWS = 64;

    /** Shifts that leave 30 of 63 bits. */
    private static final int NARROWING_SHIFT = 33;

    /** Elements of 16 bits whose sum has 31. */
    private static final int NARROW_MAX = 1 << 15;

    /**
     * @param packed the weights, where there are few positions, or long sums
     */
    private record Layout(Planes planes, @Nullable PackedRows packed) implements Prepared {
        @Override
        public long bytes() {
            return planes.bytes() + (packed == null ? 0 : packed.bytes());
        }
    }

    private final ScalarKernels scalar = new ScalarKernels();
    private final IntTiles tiles = new IntTiles();
    private final TreeRuns treeRuns = new TreeRuns();
    private final int[] starts = new int[TILE];
    private final long[] scaled = new long[WIDTH];
    private final int[] results = new int[WIDTH];
    private final int[] first = new int[WIDTH];
    private final int[] second = new int[WIDTH];
    private final int[][] parts = new int[PackedRows.PARTS][];
    private int[] planes = new int[0];
    private long[] spread = new long[0];
    private int[] left = new int[0];
    private int[] right = new int[0];
    private byte[] bytes = new byte[0];

    /** Kernels of their own scratch memory, for one thread at a time. */
    public PlainKernels() {
        Arrays.fill(parts, new int[0]);
    }

    private static Range range(Tensor input) {
        return input.type().dtype() == DType.I8 ? Range.NARROW : Range.MIXED;
    }

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape shape = weights.shape();
        Layout layout =
                weights.prepared(
                        op,
                        input.shape(),
                        Layout.class,
                        () -> layout(op.window(), input, weights, output));
        Planes p = layout.planes;
        int perGroup = shape.dim(1);
        int channels = shape.dim(0) / op.groups();
        int inputPlane = input.shape().dim(2) * input.shape().dim(3);
        int plane = output.shape().dim(2) * output.shape().dim(3);
        planes = atLeast(planes, perGroup * p.channelElements + WIDTH);
        for (int n = 0; n < output.shape().dim(0); n++) {
            for (int group = 0; group < op.groups(); group++) {
                int from = input.offset() + (n * op.groups() + group) * perGroup * inputPlane;
                int channel = group * channels;
                int to = output.offset() + (n * shape.dim(0) + channel) * plane;
                p.fill(input.data(), from, perGroup, op.padValue(), planes);
                if (layout.packed != null) {
                    for (int i = 0; i < plane; i++) {
                        patch(p, perGroup, i);
                        for (int c = channel; c < channel + channels; c++) {
                            output.data()[to + (c - channel) * plane + i] =
                                    dot(layout.packed, c, op.bias(), op.rescale(), range(input));
                        }
                    }
                    continue;
                }
                for (int at = 0; at < p.length; at += WIDTH) {
                    int count = Math.min(WIDTH, p.length - at);
                    int length = gather(p, perGroup, at, count);
                    for (int c = 0; c < channels; c += TILE) {
                        int tall = Math.min(TILE, channels - c);
                        product(op.bias(), weights, channel + c, tall, length, count, range(input));
                        for (int r = 0; r < tall; r++) {
                            rescale(op.rescale(), channel + c + r, r, count, range(input));
                            p.give(results, at, count, output.data(), to + (c + r) * plane);
                        }
                    }
                }
            }
        }
    }

    private static Layout layout(Window window, Tensor input, Tensor weights, Tensor output) {
        Planes p = new Planes(window, input.shape(), weights.shape(), output.shape());
        boolean dots = p.length < FEW || weights.shape().elements(1, 4) > LONGEST;
        return new Layout(p, dots ? new PackedRows(weights) : null);
    }

    /** Rows of the right side of the product, each from column 0 of an array of its own. */
    private int gather(Planes p, int channels, int at, int count) {
        int length = channels * p.taps.length;
        int width = IntTiles.width(count);
        tiles.reserve(length);
        int k = 0;
        for (int c = 0; c < channels; c++) {
            for (int tap : p.taps) {
                System.arraycopy(
                        planes, c * p.channelElements + tap + at, tiles.terms[k++], 0, width);
            }
        }
        return length;
    }

    /** What output {@code i} of a channel sees, as a vector. */
    private void patch(Planes p, int channels, int i) {
        int at = i / p.columns * p.pitch + i % p.columns;
        left = atLeast(left, channels * p.taps.length);
        int k = 0;
        for (int c = 0; c < channels; c++) {
            for (int tap : p.taps) {
                left[k++] = planes[c * p.channelElements + tap + at];
            }
        }
        part(left, 0, k);
    }

    /** Puts a vector into {@link #parts}, as {@link PackedRows} wants it. */
    private void part(int[] vector, int from, int length) {
        int words = PackedRows.words(length);
        for (int i = 0; i < parts.length; i++) {
            parts[i] = atLeast(parts[i], words);
            int run = Math.clamp(length - i * words, 0, words);
            System.arraycopy(vector, from + Math.min(length, i * words), parts[i], 0, run);
            Arrays.fill(parts[i], run, words, 0);
        }
    }

    private int dot(PackedRows rows, int channel, Ints bias, Rescale rescale, Range range) {
        long sum = rows.dot(channel, parts, range != Range.NARROW);
        return rescale.apply(channel, bias.get(channel) + sum);
    }

    /** Sums of a few channels, whose weights are widened. */
    private void product(
            Ints bias, Tensor weights, int channel, int tall, int length, int count, Range range) {
        for (int r = 0; r < tall; r++) {
            starts[r] = bias.get(channel + r);
            widen(weights.weights(), (long) (channel + r) * length, tiles.rows[r], length);
        }
        tiles.multiply(tall, starts, length, IntTiles.width(count), range);
    }

    private void widen(MemorySegment weights, long from, int[] to, int length) {
        bytes = bytes.length < length ? new byte[length] : bytes;
        MemorySegment.copy(weights, ValueLayout.JAVA_BYTE, from, bytes, 0, length);
        for (int i = 0; i < length; i++) {
            to[i] = bytes[i];
        }
    }

    /** Results of one row of sums. */
    private void rescale(Rescale rescale, int channel, int row, int count, Range range) {
        int width = IntTiles.width(count);
        long multiplier = rescale.multipliers().get(channel);
        int shift = rescale.shifts().get(channel);
        if (range == Range.NARROW) {
            scale(tiles.sums[row], multiplier, shift, width);
        } else {
            scale(tiles.wideSums[row], multiplier, shift, width);
        }
        clip(rescale.clipping(), shift, width);
    }

    private void scale(int[] sums, long multiplier, int shift, int width) {
        long half = 1L << (shift - 1);
        for (int j = 0; j < width; j++) {
            scaled[j] = (sums[j] * multiplier + half) >> shift;
        }
    }

    private void scale(long[] sums, long multiplier, int shift, int width) {
        long half = 1L << (shift - 1);
        for (int j = 0; j < width; j++) {
            scaled[j] = (sums[j] * multiplier + half) >> shift;
        }
    }

    private void clip(Clipping clipping, int shift, int width) {
        if (shift >= NARROWING_SHIFT) {
            clipNarrow(clipping.zeroPoint(), clipping.lo(), clipping.hi(), width);
            return;
        }
        long zeroPoint = clipping.zeroPoint();
        long lo = clipping.lo();
        long hi = clipping.hi();
        for (int j = 0; j < width; j++) {
            results[j] = (int) Math.min(hi, Math.max(lo, zeroPoint + scaled[j]));
        }
    }

    private void clipNarrow(int zeroPoint, int lo, int hi, int width) {
        for (int j = 0; j < width; j++) {
            results[j] = Math.min(hi, Math.max(lo, zeroPoint + (int) scaled[j]));
        }
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        if (weights.shape().elements(1, 4) > LONGEST) {
            scalar.depthwiseConv2d(op, input, weights, output);
            return;
        }
        Shape in = input.shape();
        Shape out = output.shape();
        Planes p =
                weights.prepared(
                                op,
                                in,
                                Layout.class,
                                () ->
                                        new Layout(
                                                new Planes(op.window(), in, weights.shape(), out),
                                                null))
                        .planes;
        int perInput = out.dim(1) / in.dim(1);
        int plane = out.dim(2) * out.dim(3);
        planes = atLeast(planes, p.channelElements + WIDTH);
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < in.dim(1); c++) {
                int from = input.offset() + (n * in.dim(1) + c) * in.dim(2) * in.dim(3);
                p.fill(input.data(), from, 1, op.padValue(), planes);
                for (int at = 0; at < p.length; at += WIDTH) {
                    int count = Math.min(WIDTH, p.length - at);
                    int length = gather(p, 1, at, count);
                    for (int m = c * perInput; m < (c + 1) * perInput; m++) {
                        product(op.bias(), weights, m, 1, length, count, range(input));
                        rescale(op.rescale(), m, 0, count, range(input));
                        int to = output.offset() + (n * out.dim(1) + m) * plane;
                        p.give(results, at, count, output.data(), to);
                    }
                }
            }
        }
    }

    /**
     * Every tap of every channel over the input as it lies, which is a product of matrices; then
     * each to the outputs that it reaches.
     */
    @Override
    public void transposedConv2d(TransposedConv2d op, Tensor input, Tensor weights, Tensor output) {
        Shape in = input.shape();
        Shape out = output.shape();
        Shape kernel = weights.shape();
        int perGroup = kernel.dim(1);
        if (perGroup > LONGEST) {
            scalar.transposedConv2d(op, input, weights, output);
            return;
        }
        int channels = kernel.dim(0) / op.groups();
        int taps = kernel.dim(2) * kernel.dim(3);
        int inputPlane = in.dim(2) * in.dim(3);
        int plane = out.dim(2) * out.dim(3);
        int length = perGroup * taps;
        spread = spread.length < plane ? new long[plane] : spread;
        left = atLeast(left, length);
        tiles.reserve(perGroup);
        Arrays.fill(starts, 0);
        Range range = range(input);
        for (int n = 0; n < out.dim(0); n++) {
            for (int c = 0; c < kernel.dim(0); c++) {
                int from = input.offset() + (n * in.dim(1) + c / channels * perGroup) * inputPlane;
                widen(weights.weights(), (long) c * length, left, length);
                Arrays.fill(spread, 0, plane, op.bias().get(c));
                for (int at = 0; at < inputPlane; at += WIDTH) {
                    int count = Math.min(WIDTH, inputPlane - at);
                    for (int k = 0; k < perGroup; k++) {
                        System.arraycopy(input.data(), from + k * inputPlane + at, first, 0, count);
                        subtract(first, op.inputZeroPoint(), tiles.terms[k], count);
                    }
                    for (int tap = 0; tap < taps; tap += TILE) {
                        int tall = Math.min(TILE, taps - tap);
                        for (int r = 0; r < tall; r++) {
                            for (int k = 0; k < perGroup; k++) {
                                tiles.rows[r][k] = left[k * taps + tap + r];
                            }
                        }
                        tiles.multiply(tall, starts, perGroup, IntTiles.width(count), range);
                        for (int r = 0; r < tall; r++) {
                            spread(op, in, kernel, out, tap + r, at, count, r, range);
                        }
                    }
                }
                int to = output.offset() + (n * out.dim(1) + c) * plane;
                for (int at = 0; at < plane; at += WIDTH) {
                    int count = Math.min(WIDTH, plane - at);
                    System.arraycopy(spread, at, tiles.wideSums[0], 0, count);
                    rescale(op.rescale(), c, 0, count, Range.MIXED);
                    System.arraycopy(results, 0, output.data(), to + at, count);
                }
            }
        }
    }

    /** Adds what inputs {@code at..at+count} yield by one tap to the outputs that they reach. */
    private void spread(
            TransposedConv2d op,
            Shape in,
            Shape kernel,
            Shape out,
            int tap,
            int at,
            int count,
            int row,
            Range range) {
        Window window = op.window();
        int width = in.dim(3);
        int strideX = window.strideX();
        int shiftY = tap / kernel.dim(3) * window.dilationY() - window.padTop();
        int shiftX = tap % kernel.dim(3) * window.dilationX() - window.padLeft();
        // Columns of the input that reach a column of the output.
        int least = Math.max(0, Math.ceilDiv(-shiftX, strideX));
        int end = Math.min(width, Math.floorDiv(out.dim(3) - 1 - shiftX, strideX) + 1);
        for (int start = at; start < at + count; ) {
            int y = start / width;
            int outY = y * window.strideY() + shiftY;
            int next = Math.min(at + count, (y + 1) * width);
            if (outY >= 0 && outY < out.dim(2)) {
                int x = Math.max(least, start - y * width);
                int last = Math.min(end, next - y * width);
                int from = y * width - at;
                int to = outY * out.dim(3) + shiftX;
                if (range == Range.NARROW) {
                    int[] sums = tiles.sums[row];
                    for (; x < last; x++) {
                        spread[to + x * strideX] += sums[from + x];
                    }
                } else {
                    long[] sums = tiles.wideSums[row];
                    for (; x < last; x++) {
                        spread[to + x * strideX] += sums[from + x];
                    }
                }
            }
            start = next;
        }
    }

    private static void subtract(int[] from, int value, int[] to, int count) {
        for (int j = 0; j < count; j++) {
            to[j] = from[j] - value;
        }
    }

    private static void subtract(int[] from, long value, long[] to, int count) {
        for (int j = 0; j < count; j++) {
            to[j] = from[j] - value;
        }
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int count = output.shape().elements() / channels;
        if (count >= FEW && length <= LONGEST) {
            matrix(op, input, weights, count, length, channels, output);
            return;
        }
        PackedRows packed =
                weights.prepared(
                        op, input.shape(), PackedRows.class, () -> new PackedRows(weights));
        for (int r = 0; r < count; r++) {
            part(input.data(), input.offset() + r * length, length);
            int to = output.offset() + r * channels;
            for (int c = 0; c < channels; c++) {
                output.data()[to + c] = dot(packed, c, op.bias(), op.rescale(), range(input));
            }
        }
    }

    /** A product with many rows, which are the columns of its loops. */
    private void matrix(
            FullyConnected op,
            Tensor input,
            Tensor weights,
            int rows,
            int length,
            int channels,
            Tensor output) {
        tiles.reserve(length);
        for (int at = 0; at < rows; at += WIDTH) {
            int count = Math.min(WIDTH, rows - at);
            turn(input.data(), input.offset() + at * length, 0, count, length);
            for (int c = 0; c < channels; c += TILE) {
                int tall = Math.min(TILE, channels - c);
                product(op.bias(), weights, c, tall, length, count, range(input));
                for (int r = 0; r < tall; r++) {
                    rescale(op.rescale(), c + r, r, count, range(input));
                    int to = output.offset() + at * channels + c + r;
                    for (int j = 0; j < count; j++) {
                        output.data()[to + j * channels] = results[j];
                    }
                }
            }
        }
    }

    /** Makes terms of rows that stand one after the other: element k of each, less a zero point. */
    private void turn(int[] from, int at, int zeroPoint, int count, int length) {
        for (int j = 0; j < count; j++) {
            int row = at + j * length;
            for (int k = 0; k < length; k++) {
                tiles.terms[k][j] = from[row + k] - zeroPoint;
            }
        }
    }

    @Override
    public void matMul(MatMul op, Tensor a, Tensor b, Tensor output) {
        boolean narrow = a.type().dtype() == DType.I8 && b.type().dtype() == DType.I8;
        Range range = narrow ? Range.NARROW : Range.WIDE;
        int rank = output.shape().rank();
        int rows = output.shape().dim(rank - 2);
        int columns = output.shape().last();
        int length = a.shape().last();
        MatMul.Batch batch = new MatMul.Batch(a, b, output.shape());
        Arrays.fill(starts, 0);
        for (int to = output.offset(); batch.next(); to += rows * columns) {
            if (columns < FEW || rows < TILE || length > LONGEST) {
                dots(op, a, batch.a(), b, batch.b(), rows, columns, length, range, output, to);
                continue;
            }
            tiles.reserve(length);
            for (int at = 0; at < columns; at += WIDTH) {
                int count = Math.min(WIDTH, columns - at);
                if (op.transposed()) {
                    turn(b.data(), batch.b() + at * length, op.zeroPointB(), count, length);
                } else {
                    for (int k = 0; k < length; k++) {
                        int from = batch.b() + k * columns + at;
                        System.arraycopy(b.data(), from, first, 0, count);
                        subtract(first, op.zeroPointB(), tiles.terms[k], count);
                    }
                }
                for (int row = 0; row < rows; row += TILE) {
                    int tall = Math.min(TILE, rows - row);
                    for (int r = 0; r < tall; r++) {
                        int from = batch.a() + (row + r) * length;
                        for (int k = 0; k < length; k++) {
                            tiles.rows[r][k] = a.data()[from + k] - op.zeroPointA();
                        }
                    }
                    tiles.multiply(tall, starts, length, IntTiles.width(count), range);
                    for (int r = 0; r < tall; r++) {
                        rescale(op.rescale(), 0, r, count, range);
                        System.arraycopy(
                                results, 0, output.data(), to + (row + r) * columns + at, count);
                    }
                }
            }
        }
    }

    /** A product row by column, where columns lie as rows, or are few. */
    private void dots(
            MatMul op,
            Tensor a,
            int fromA,
            Tensor b,
            int fromB,
            int rows,
            int columns,
            int length,
            Range range,
            Tensor output,
            int to) {
        left = atLeast(left, length);
        right = atLeast(right, columns * length);
        int stepColumn = op.transposed() ? length : 1;
        int stepLength = op.transposed() ? 1 : columns;
        for (int c = 0; c < columns; c++) {
            for (int k = 0; k < length; k++) {
                right[c * length + k] =
                        b.data()[fromB + c * stepColumn + k * stepLength] - op.zeroPointB();
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < length; k++) {
                left[k] = a.data()[fromA + r * length + k] - op.zeroPointA();
            }
            for (int c = 0; c < columns; c++) {
                long sum =
                        range == Range.NARROW
                                ? dot(left, right, c * length, length)
                                : wideDot(left, right, c * length, length);
                output.data()[to + r * columns + c] = op.rescale().apply(0, sum);
            }
        }
    }

    private static int dot(int[] a, int[] b, int from, int count) {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[i] * b[from + i];
        }
        return sum;
    }

    private static long wideDot(int[] a, int[] b, int from, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (long) a[i] * b[from + i];
        }
        return sum;
    }

    @Override
    public void add(Add op, Tensor a, Tensor b, Tensor output) {
        Pairs pairs = new Pairs(a, b, output.shape());
        int count = output.shape().elements();
        long half = 1L << (op.shift() - 1);
        for (int at = 0; at < count; at += WIDTH) {
            int run = Math.min(WIDTH, count - at);
            int width = IntTiles.width(run);
            pairs.next(run, first, second);
            weigh(op.zeroPointA(), op.factorA(), op.zeroPointB(), op.factorB(), width);
            shift(half, op.shift(), width);
            clip(op.clipping(), op.shift(), width);
            System.arraycopy(results, 0, output.data(), output.offset() + at, run);
        }
    }

    private void weigh(long zeroA, long factorA, long zeroB, long factorB, int width) {
        for (int j = 0; j < width; j++) {
            scaled[j] = (first[j] - zeroA) * factorA + (second[j] - zeroB) * factorB;
        }
    }

    private void shift(long half, int shift, int width) {
        for (int j = 0; j < width; j++) {
            scaled[j] = (scaled[j] + half) >> shift;
        }
    }

    @Override
    public void treeEnsemble(TreeEnsemble op, Tensor input, Tensor output) {
        TreeTables tables =
                output.prepared(op, input.shape(), TreeTables.class, () -> new TreeTables(op));
        treeRuns.run(op, tables, input, output, 0);
    }

    @Override
    public void mul(Mul op, Tensor a, Tensor b, Tensor output) {
        Pairs pairs = new Pairs(a, b, output.shape());
        int count = output.shape().elements();
        long multiplier = op.rescale().multipliers().get(0);
        int shift = op.rescale().shifts().get(0);
        for (int at = 0; at < count; at += WIDTH) {
            int run = Math.min(WIDTH, count - at);
            int width = IntTiles.width(run);
            pairs.next(run, first, second);
            multiply(tiles.wideSums[0], op.zeroPointA(), op.zeroPointB(), width);
            scale(tiles.wideSums[0], multiplier, shift, width);
            clip(op.rescale().clipping(), shift, width);
            System.arraycopy(results, 0, output.data(), output.offset() + at, run);
        }
    }

    private void multiply(long[] products, int zeroA, int zeroB, int width) {
        for (int j = 0; j < width; j++) {
            products[j] = (long) (first[j] - zeroA) * (second[j] - zeroB);
        }
    }

    private Planes planes(Op op, Window window, int kernelY, int kernelX, Tensor x, Tensor y) {
        return x.prepared(
                        op,
                        x.shape(),
                        Layout.class,
                        () ->
                                new Layout(
                                        new Planes(
                                                window,
                                                x.shape(),
                                                Shape.of(1, 1, kernelY, kernelX),
                                                y.shape()),
                                        null))
                .planes;
    }

    @Override
    public void maxPool(MaxPool op, Tensor input, Tensor output) {
        Window window = op.window();
        Shape in = input.shape();
        Shape out = output.shape();
        int width = in.dim(3);
        int height = in.dim(2);
        int left = window.padLeft();
        planes = atLeast(planes, left + width + window.padRight());
        // Padding never is the greatest.
        Arrays.fill(planes, 0, left, Integer.MIN_VALUE);
        Arrays.fill(planes, left + width, left + width + window.padRight(), Integer.MIN_VALUE);
        int to = output.offset();
        for (int channel = 0; channel < in.dim(0) * in.dim(1); channel++) {
            int from = input.offset() + channel * height * width;
            for (int y = 0; y < out.dim(2); y++) {
                int top = y * window.strideY() - window.padTop();
                boolean begun = false;
                for (int i = 0; i < op.kernelY(); i++) {
                    int row = top + i * window.dilationY();
                    if (row < 0 || row >= height) {
                        continue;
                    }
                    if (begun) {
                        greater(planes, left, input.data(), from + row * width, width);
                    } else {
                        System.arraycopy(input.data(), from + row * width, planes, left, width);
                        begun = true;
                    }
                }
                for (int x = 0; x < out.dim(3); x++) {
                    int at = x * window.strideX();
                    int greatest = planes[at];
                    for (int j = 1; j < op.kernelX(); j++) {
                        greatest = Math.max(greatest, planes[at + j * window.dilationX()]);
                    }
                    output.data()[to++] = greatest;
                }
            }
        }
    }

    private static void greater(int[] a, int at, int[] b, int from, int count) {
        for (int i = 0; i < count; i++) {
            a[at + i] = Math.max(a[at + i], b[from + i]);
        }
    }

    @Override
    public void averagePool(AveragePool op, Tensor input, Tensor output) {
        Shape in = input.shape();
        Shape out = output.shape();
        int taps = op.kernelY() * op.kernelX();
        boolean byCount = op.window().pads() && op.rescale().multipliers().length() > 1;
        boolean fits = input.type().dtype() != DType.I32 && taps < NARROW_MAX;
        if (!fits || byCount) {
            scalar.averagePool(op, input, output);
            return;
        }
        int channel = op.rescale().multipliers().length() - 1;
        int inputPlane = in.dim(2) * in.dim(3);
        int plane = out.dim(2) * out.dim(3);
        int planeCount = in.dim(0) * in.dim(1);
        if (taps == inputPlane && !op.window().pads()) {
            for (int i = 0; i < planeCount; i++) {
                int sum = sum(input.data(), input.offset() + i * inputPlane, inputPlane);
                output.data()[output.offset() + i] =
                        op.rescale().apply(channel, sum - (long) taps * op.inputZeroPoint());
            }
            return;
        }
        Planes p = planes(op, op.window(), op.kernelY(), op.kernelX(), input, output);
        if (p.length < FEW_WINDOWS) {
            scalar.averagePool(op, input, output);
            return;
        }
        planes = atLeast(planes, p.channelElements + WIDTH);
        for (int i = 0; i < planeCount; i++) {
            // Padding counts as zero.
            int from = input.offset() + i * inputPlane;
            p.fill(input.data(), from, 1, op.inputZeroPoint(), planes);
            for (int at = 0; at < p.length; at += WIDTH) {
                int count = Math.min(WIDTH, p.length - at);
                int width = IntTiles.width(count);
                Arrays.fill(tiles.sums[0], 0, width, -taps * op.inputZeroPoint());
                for (int tap : p.taps) {
                    System.arraycopy(planes, tap + at, first, 0, count);
                    sum(tiles.sums[0], first, width);
                }
                rescale(op.rescale(), channel, 0, count, Range.NARROW);
                p.give(results, at, count, output.data(), output.offset() + i * plane);
            }
        }
    }

    private static int sum(int[] x, int from, int count) {
        int sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += x[i];
        }
        return sum;
    }

    private static void sum(int[] a, int[] b, int count) {
        for (int i = 0; i < count; i++) {
            a[i] += b[i];
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
        boolean wide = dtype == DType.I32 || dtype == DType.F32;
        for (int at = 0; at < count; at += WIDTH) {
            int run = Math.min(WIDTH, count - at);
            int width = IntTiles.width(run);
            System.arraycopy(in, from + at, first, 0, run);
            if (wide) {
                subtract(first, zeroPoint, tiles.wideSums[0], width);
                scale(tiles.wideSums[0], multiplier, shift, width);
            } else {
                subtract(first, zeroPoint, second, width);
                scale(second, multiplier, shift, width);
            }
            clip(rescale.clipping(), shift, width);
            System.arraycopy(results, 0, out, to + at, run);
        }
    }

    private static int[] atLeast(int[] array, int length) {
        return array.length < length ? new int[length] : array;
    }
}

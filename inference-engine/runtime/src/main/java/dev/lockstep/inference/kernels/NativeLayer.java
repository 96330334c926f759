package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.Window;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The weights of one operation as the native library takes them: in words, in the order of its
 * tiles; and what describes the operation to it. All of it lies outside of Java's heap, and goes
 * when nothing refers to it any more.
 */
final class NativeLayer implements Prepared {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** Bytes of what describes a product, an input, and an input of which each channel is alone. */
    private static final int PRODUCT_BYTES = 80;

    private static final int INPUT_BYTES = 32;
    private static final int COLUMNS_BYTES = 64;

    /** Bytes from which on vectors are loaded whole. */
    private static final int ALIGNMENT = 64;

    private static final NativeLayer NONE = new NativeLayer();

    private final Arena arena = Arena.ofAuto();
    private boolean fits;
    private long bytes;
    private MemorySegment product = MemorySegment.NULL;
    private MemorySegment input = MemorySegment.NULL;
    private MemorySegment a = MemorySegment.NULL;
    private MemorySegment b = MemorySegment.NULL;
    private long groupBytes;
    private int words;
    private int lanes;
    private int inputElements;
    private long scratchWords;

    private NativeLayer() {}

    /** What the library takes of these weights, made at first need. */
    static NativeLayer of(
            NativeLibrary library, Op op, Tensor input, Tensor weights, Shape output) {
        return weights.prepared(
                op,
                input.shape(),
                NativeLayer.class,
                () -> make(library, op, input, weights, output));
    }

    private static NativeLayer make(
            NativeLibrary library, Op op, Tensor input, Tensor weights, Shape output) {
        return switch (op) {
            case Conv2d conv -> make(library, conv, input, weights, output);
            case DepthwiseConv2d conv -> make(library, conv, input, weights, output);
            case FullyConnected product -> make(library, product, input, weights);
            default -> throw new IllegalArgumentException(op.toString());
        };
    }

    /** Weights of a convolution: words hold neighbouring channels. */
    private static NativeLayer make(
            NativeLibrary library, Conv2d op, Tensor input, Tensor weights, Shape output) {
        Shape kernel = weights.shape();
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        if (!fits(input, weights, values, op.bias(), op.rescale())) {
            return NONE;
        }
        NativeLayer layer = new NativeLayer();
        Planes planes = new Planes(op.window(), input.shape(), kernel, output);
        int parts = library.parts();
        int perGroup = kernel.dim(1);
        int taps = planes.taps.length;
        layer.words = (perGroup + parts - 1) / parts * taps;
        int[] offsets = new int[layer.words];
        for (int k = 0; k < layer.words; k++) {
            offsets[k] = k / taps * planes.channelElements + planes.taps[k % taps];
        }
        int channels = kernel.dim(0) / op.groups();
        int tall = library.rows();
        int groupWords = Math.multiplyExact((channels + tall - 1) / tall * tall, layer.words);
        layer.groupBytes = (long) groupWords * Integer.BYTES;
        int[] packed = new int[Math.multiplyExact(groupWords, op.groups())];
        for (int c = 0; c < kernel.dim(0); c++) {
            int row = c % channels;
            int to = c / channels * groupWords + row / tall * tall * layer.words + row % tall;
            for (int i = 0; i < perGroup * taps; i++) {
                int k = i / taps / parts * taps + i % taps;
                packed[to + k * tall] |=
                        part(values[c * perGroup * taps + i], i / taps % parts, parts);
            }
        }
        layer.a = layer.put(packed);
        layer.product = layer.allocate(PRODUCT_BYTES);
        layer.operation(
                offsets,
                bias(library, op.bias(), values, kernel.dim(0)),
                op.rescale(),
                kernel.dim(0));
        layer.extents(1, output.elements(2, 4), false);
        layer.lanes(library, planes);
        layer.input = layer.allocate(INPUT_BYTES);
        layer.input(planes, planes.channelElements, op.padValue());
        layer.scratchWords =
                (long) (perGroup + parts - 1) / parts * planes.channelElements + library.width();
        layer.fits = true;
        return layer;
    }

    /** Weights of a convolution of each channel on its own: words hold neighbouring columns. */
    private static NativeLayer make(
            NativeLibrary library, DepthwiseConv2d op, Tensor input, Tensor weights, Shape output) {
        Shape kernel = weights.shape();
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        if (!fits(input, weights, values, op.bias(), op.rescale())) {
            return NONE;
        }
        NativeLayer layer = new NativeLayer();
        Window window = op.window();
        Planes planes = new Planes(window, input.shape(), kernel, output);
        int parts = library.parts();
        int kernelX = kernel.dim(3);
        int groups = (kernelX + parts - 1) / parts;
        layer.words = kernel.dim(2) * groups;
        int[] offsets = new int[layer.words];
        List<int[]> sources = new ArrayList<>();
        int slack = 0;
        for (int k = 0; k < layer.words; k++) {
            int row = k / groups * window.dilationY() / window.strideY() * planes.pitch;
            int[] source = new int[parts];
            for (int j = 0; j < parts; j++) {
                int x = k % groups * parts + j;
                // A column that is beyond the kernel meets a weight of 0.
                int tap = k / groups * kernelX + (x < kernelX ? x : 0);
                source[j] = planes.taps[tap] - row;
                slack = Math.max(slack, source[j] % planes.planeElements);
            }
            int plane = 0;
            while (plane < sources.size() && !Arrays.equals(sources.get(plane), source)) {
                plane++;
            }
            if (plane == sources.size()) {
                sources.add(source);
            }
            offsets[k] = plane * planes.planeElements + row;
        }
        int channels = kernel.dim(0);
        int[] packed = new int[Math.multiplyExact(channels, layer.words)];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < kernel.dim(2) * kernelX; i++) {
                int x = i % kernelX;
                int k = i / kernelX * groups + x / parts;
                packed[c * layer.words + k] |=
                        part(values[c * kernel.dim(2) * kernelX + i], x % parts, parts);
            }
        }
        layer.a = layer.put(packed);
        layer.product = layer.allocate(PRODUCT_BYTES);
        layer.operation(
                offsets, bias(library, op.bias(), values, channels), op.rescale(), channels);
        layer.extents(1, output.elements(2, 4), false);
        layer.lanes(library, planes);
        layer.input = layer.allocate(COLUMNS_BYTES);
        layer.input(planes, planes.channelElements, op.padValue());
        int[] all = new int[sources.size() * parts];
        for (int i = 0; i < all.length; i++) {
            all[i] = sources.get(i / parts)[i % parts];
        }
        layer.input.set(ValueLayout.ADDRESS, 32, layer.put(all));
        layer.input.set(INT, 40, sources.size());
        layer.input.set(INT, 44, output.dim(1) / input.shape().dim(1));
        layer.input.set(INT, 48, planes.planeElements);
        layer.input.set(INT, 52, planes.length);
        layer.input.set(INT, 56, slack);
        layer.scratchWords =
                (long) planes.channelElements
                        + slack
                        + (long) sources.size() * planes.planeElements
                        + library.width();
        layer.fits = true;
        return layer;
    }

    /** Weights of a product with a matrix: words hold neighbouring columns, lanes are channels. */
    private static NativeLayer make(
            NativeLibrary library, FullyConnected op, Tensor input, Tensor weights) {
        byte[] values = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        if (!fits(input, weights, values, op.bias(), op.rescale())) {
            return NONE;
        }
        NativeLayer layer = new NativeLayer();
        int parts = library.parts();
        int width = library.width();
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int padded = (channels + width - 1) / width * width;
        layer.words = (length + parts - 1) / parts;
        int[] offsets = new int[layer.words];
        int[] packed = new int[Math.multiplyExact(padded, layer.words)];
        for (int k = 0; k < layer.words; k++) {
            offsets[k] = k * width;
            for (int c = 0; c < channels; c++) {
                int word = 0;
                for (int j = 0; j < parts && k * parts + j < length; j++) {
                    word |= part(values[c * length + k * parts + j], j, parts);
                }
                packed[(c / width * layer.words + k) * width + c % width] = word;
            }
        }
        layer.b = layer.put(packed);
        layer.product = layer.allocate(PRODUCT_BYTES);
        layer.operation(offsets, bias(library, op.bias(), values, channels), op.rescale(), padded);
        layer.extents(layer.words, channels, true);
        layer.lanes = channels;
        int rows = input.shape().elements() / length;
        int tall = library.rows();
        layer.scratchWords = (long) (rows + tall - 1) / tall * tall * layer.words;
        layer.fits = true;
        return layer;
    }

    /** Whether the library has the arithmetic for it: 8-bit inputs, results within 32 bits. */
    private static boolean fits(
            Tensor input, Tensor weights, byte[] values, Ints bias, Rescale rescale) {
        if (input.type().dtype() != DType.I8) {
            return false;
        }
        Sums sums = new Sums(input, weights, values, bias);
        Clipping clipping = rescale.clipping();
        for (int c = 0; c < bias.length(); c++) {
            int shift = rescale.shifts().get(c);
            long halves = 2L * Math.abs(clipping.zeroPoint()) + 1;
            if (halves > Long.MAX_VALUE >> (shift - 1)) {
                return false;
            }
            long tie = halves << (shift - 1);
            long factor = rescale.multipliers().get(c);
            if (factor > 0 && sums.max(c) > (Long.MAX_VALUE - tie) / factor) {
                return false;
            }
            if ((sums.max(c) * factor + tie) >> shift >= Integer.MAX_VALUE) {
                return false;
            }
        }
        return true;
    }

    private static int part(byte weight, int index, int parts) {
        int bits = Integer.SIZE / parts;
        return (weight & (-1 >>> (Integer.SIZE - bits))) << (index * bits);
    }

    /** Biases less what raised activations add to the sums, modulo 2^32. */
    private static int[] bias(NativeLibrary library, Ints bias, byte[] values, int channels) {
        int[] lowered = new int[channels];
        int length = values.length / channels;
        for (int c = 0; c < channels; c++) {
            int sum = 0;
            for (int i = c * length; i < (c + 1) * length; i++) {
                sum += values[i];
            }
            lowered[c] = bias.get(c) - library.raise() * sum;
        }
        return lowered;
    }

    /**
     * @param room for how many channels there must be factors, used or not
     */
    private void operation(int[] offsets, int[] bias, Rescale rescale, int room) {
        product.set(ValueLayout.ADDRESS, 0, put(offsets));
        product.set(ValueLayout.ADDRESS, 8, put(Arrays.copyOf(bias, room)));
        int[] factors = Arrays.copyOf(rescale.multipliers().toArray(), room);
        int[] shifts = Arrays.copyOf(rescale.shifts().toArray(), room);
        Arrays.fill(shifts, bias.length, room, 1);
        product.set(ValueLayout.ADDRESS, 16, put(factors));
        product.set(ValueLayout.ADDRESS, 24, put(shifts));
        product.set(INT, 48, words);
        product.set(INT, 64, rescale.clipping().zeroPoint());
        product.set(INT, 68, rescale.clipping().lo());
        product.set(INT, 72, rescale.clipping().hi());
    }

    private void extents(long laneStep, long rowStep, boolean lanesAreChannels) {
        product.set(ValueLayout.JAVA_LONG, 32, laneStep);
        product.set(ValueLayout.JAVA_LONG, 40, rowStep);
        product.set(INT, 52, lanesAreChannels ? 1 : 0);
    }

    /** Of each vector of lanes, where its first wanted result goes, and which are wanted. */
    private void lanes(NativeLibrary library, Planes planes) {
        lanes = planes.length;
        inputElements = planes.inputElements;
        int step = library.lanes();
        int[] wanted = new int[2 * ((lanes + step - 1) / step)];
        for (int lane = lanes - 1; lane >= 0; lane--) {
            int at = lane / step * 2;
            if (lane % planes.pitch < planes.columns) {
                wanted[at] = lane / planes.pitch * planes.columns + lane % planes.pitch;
                wanted[at + 1] |= 1 << (lane % step);
            }
        }
        product.set(ValueLayout.ADDRESS, 56, put(wanted));
    }

    private void input(Planes planes, int planeWords, int padValue) {
        input.set(ValueLayout.ADDRESS, 0, put(planes.rows));
        input.set(INT, 8, planes.rows.length);
        input.set(INT, 12, planes.step);
        input.set(INT, 16, planes.inputElements);
        input.set(INT, 20, planeWords);
        input.set(INT, 24, padValue);
    }

    private MemorySegment put(int[] values) {
        MemorySegment segment = allocate((long) values.length * Integer.BYTES);
        MemorySegment.copy(values, 0, segment, INT, 0, values.length);
        return segment;
    }

    private MemorySegment allocate(long size) {
        bytes += size;
        return arena.allocate(size, ALIGNMENT);
    }

    /** Whether the library has the arithmetic for this operation; if not, there is nothing else. */
    boolean fits() {
        return fits;
    }

    MemorySegment product() {
        return product;
    }

    MemorySegment input() {
        return input;
    }

    MemorySegment a() {
        return a;
    }

    MemorySegment b() {
        return b;
    }

    /** Bytes from the weights of one group to those of the next. */
    long groupBytes() {
        return groupBytes;
    }

    /** Words that a lane takes of each row. */
    int words() {
        return words;
    }

    /** Lanes, those at ends of rows that are not wanted among them. */
    int lanes() {
        return lanes;
    }

    /** Elements of one channel of the input. */
    int inputElements() {
        return inputElements;
    }

    /** Words that the input takes once it is packed, with what is read beyond. */
    long scratchWords() {
        return scratchWords;
    }

    @Override
    public long bytes() {
        return bytes;
    }
}

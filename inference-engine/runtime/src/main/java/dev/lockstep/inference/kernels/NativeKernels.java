package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Conv2d;
import dev.lockstep.inference.DepthwiseConv2d;
import dev.lockstep.inference.FullyConnected;
import dev.lockstep.inference.Kernels;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Products of 8-bit weights and inputs by a native library, everything else by other kernels.
 *
 * <p>All memory belongs to this object or to the model; the library has none. Calls that take
 * arrays of Java keep the collector waiting, so that each does a tenth of a millisecond's work.
 */
public final class NativeKernels extends LayeredKernels {
    /** Multiply-accumulates of one call. */
    private static final long CALL_MACS = 1 << 22;

    /** Elements of input that are packed in one call. */
    private static final int CALL_ELEMENTS = 1 << 17;

    private final NativeLibrary library;
    private final Kernels others;
    private MemorySegment words = MemorySegment.NULL;
    private int[] array = new int[0];
    private MemorySegment segment = MemorySegment.ofArray(array);

    /**
     * @param others for what this library has no kernels for
     */
    NativeKernels(NativeLibrary library, Kernels others) {
        this.library = library;
        this.others = others;
    }

    /**
     * Kernels of a library that {@code native/build} made, unguarded: whoever serves with them
     * looks at what they yield.
     *
     * @param level instructions to use, or null for the best that this machine has
     * @param others for what this library has no kernels for
     * @throws IOException where the file is not what was built, or this machine cannot run it
     */
    public static NativeKernels open(Path file, @Nullable NativeLevel level, Kernels others)
            throws IOException {
        return new NativeKernels(NativeLibrary.open(file, level), others);
    }

    @Override
    Kernels below() {
        return others;
    }

    @Override
    public void conv2d(Conv2d op, Tensor input, Tensor weights, Tensor output) {
        NativeLayer layer = NativeLayer.of(library, op, input, weights, output.shape());
        if (!layer.fits()) {
            others.conv2d(op, input, weights, output);
            return;
        }
        int groups = op.groups();
        int perGroup = weights.shape().dim(1);
        int channels = weights.shape().dim(0) / groups;
        int plane = output.shape().dim(2) * output.shape().dim(3);
        scratch(layer.scratchWords());
        for (int n = 0; n < output.shape().dim(0); n++) {
            for (int group = 0; group < groups; group++) {
                int first = (n * groups + group) * perGroup;
                long from = input.offset() + (long) first * layer.inputElements();
                pack(layer, input, from, perGroup);
                long to = output.offset() + (long) (n * groups + group) * channels * plane;
                multiply(
                        layer,
                        layer.a().asSlice(layer.groupBytes() * group),
                        words,
                        group * channels,
                        channels,
                        layer.lanes(),
                        output,
                        to);
            }
        }
    }

    private void pack(NativeLayer layer, Tensor input, long from, int channels) {
        int parts = library.parts();
        int atOnce = Math.max(1, CALL_ELEMENTS / layer.inputElements() / parts) * parts;
        MemorySegment in = segment(input.data());
        for (int c = 0; c < channels; c += atOnce) {
            int count = Math.min(atOnce, channels - c);
            library.packChannels(layer.input(), in, from, c, count, channels - 1, words);
        }
    }

    private void multiply(
            NativeLayer layer,
            MemorySegment a,
            MemorySegment b,
            int channel,
            int rows,
            int lanes,
            Tensor output,
            long to) {
        int width = library.width();
        int tall = library.rows();
        MemorySegment out = segment(output.data());
        long macsOfLane = (long) layer.words() * library.parts();
        long rowsAtOnce = Math.max(1, CALL_MACS / macsOfLane / width / tall) * tall;
        int rowStep = (int) Math.min(rows, rowsAtOnce);
        long lanesAtOnce = Math.max(1, CALL_MACS / macsOfLane / rowStep / width) * width;
        int laneStep = (int) Math.min(lanes, lanesAtOnce);
        for (int lane = 0; lane < lanes; lane += laneStep) {
            int laneCount = Math.min(laneStep, lanes - lane);
            for (int row = 0; row < rows; row += rowStep) {
                int rowCount = Math.min(rowStep, rows - row);
                library.multiply(
                        layer.product(), a, b, channel, row, rowCount, lane, laneCount, out, to);
            }
        }
    }

    @Override
    public void depthwiseConv2d(DepthwiseConv2d op, Tensor input, Tensor weights, Tensor output) {
        NativeLayer layer = NativeLayer.of(library, op, input, weights, output.shape());
        if (!layer.fits()) {
            others.depthwiseConv2d(op, input, weights, output);
            return;
        }
        Shape out = output.shape();
        int channels = out.dim(1);
        scratch(layer.scratchWords());
        long macs = (long) layer.words() * library.parts() * layer.lanes();
        int atOnce = Math.clamp(CALL_MACS / 8 / macs, 1, channels);
        MemorySegment in = segment(input.data());
        MemorySegment to = segment(output.data());
        for (int n = 0; n < out.dim(0); n++) {
            long from = input.offset() + (long) n * input.shape().dim(1) * layer.inputElements();
            long at = output.offset() + (long) n * channels * out.dim(2) * out.dim(3);
            for (int c = 0; c < channels; c += atOnce) {
                library.multiplyEach(
                        layer.product(),
                        layer.input(),
                        layer.a(),
                        in,
                        from,
                        c,
                        Math.min(atOnce, channels - c),
                        words,
                        to,
                        at);
            }
        }
    }

    @Override
    public void fullyConnected(FullyConnected op, Tensor input, Tensor weights, Tensor output) {
        NativeLayer layer = NativeLayer.of(library, op, input, weights, output.shape());
        if (!layer.fits()) {
            others.fullyConnected(op, input, weights, output);
            return;
        }
        int length = weights.shape().last();
        int channels = weights.shape().dim(0);
        int rows = output.shape().elements() / channels;
        scratch(layer.scratchWords());
        MemorySegment in = segment(input.data());
        int atOnce = Math.max(1, CALL_ELEMENTS / length);
        for (int r = 0; r < rows; r += atOnce) {
            int count = Math.min(atOnce, rows - r);
            library.packRows(in, input.offset(), r, count, length, words);
        }
        multiply(layer, words, layer.b(), 0, rows, channels, output, output.offset());
    }

    private void scratch(long wordsNeeded) {
        long bytes = wordsNeeded * Integer.BYTES;
        if (words.byteSize() < bytes) {
            words = Arena.ofAuto().allocate(bytes, 64);
        }
    }

    /** The array where it lies; a session has one. */
    // The same array, not equal elements.
    @SuppressWarnings("ReferenceEquality")
    private MemorySegment segment(int[] data) {
        if (data != array) {
            array = data;
            segment = MemorySegment.ofArray(data);
        }
        return segment;
    }
}

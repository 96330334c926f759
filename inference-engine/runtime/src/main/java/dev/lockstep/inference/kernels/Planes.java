package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Shape;
import dev.lockstep.inference.Window;
import java.util.Arrays;

/**
 * An input laid out so that a window slides over it by one element at a time: padded, and taken
 * apart by the stride.
 *
 * <p>Element (y, x) of a padded channel lies in the plane of its phase (y mod strideY, x mod
 * strideX), at row y / strideY and column x / strideX. So for every tap of the kernel, the elements
 * that neighbouring outputs see are neighbours too, over the ends of rows: output (y, x) has
 * position {@code y · pitch + x}, and a tap sees the element at that position plus an offset of the
 * tap. Positions at the ends of rows, beyond the columns of the output, yield nothing of use.
 */
final class Planes {
    /** Words that describe a row. */
    static final int ROW = 3;

    /** Columns of the output, and elements from one row of positions to the next. */
    final int columns;

    final int pitch;

    /** Positions from the first to the last output. */
    final int length;

    /** Outputs of a channel. */
    final int elements;

    /** Elements of one channel, and of one of its phases. */
    final int channelElements;

    final int planeElements;

    /** Offset of each tap, by rows of the kernel. */
    final int[] taps;

    /** Elements of one channel of the input, and between those that a phase takes of a row. */
    final int inputElements;

    final int step;

    /** Rows of the input in a channel: where each lies, where it comes from, how long it is. */
    final int[] rows;

    /** Whether a channel is its input as it stands. */
    final boolean plain;

    Planes(Window window, Shape input, Shape kernel, Shape output) {
        int strideX = window.strideX();
        int strideY = window.strideY();
        int paddedX = input.dim(3) + window.padLeft() + window.padRight();
        int paddedY = input.dim(2) + window.padTop() + window.padBottom();
        this.columns = output.dim(3);
        this.pitch = (paddedX + strideX - 1) / strideX;
        this.length = (output.dim(2) - 1) * pitch + columns;
        this.elements = output.dim(2) * columns;
        int planeRows = (paddedY + strideY - 1) / strideY;
        this.planeElements = planeRows * pitch;
        this.taps = new int[kernel.dim(2) * kernel.dim(3)];
        int[] ys = new int[taps.length];
        int[] xs = new int[taps.length];
        int phases = 0;
        for (int i = 0; i < taps.length; i++) {
            int y = i / kernel.dim(3) * window.dilationY();
            int x = i % kernel.dim(3) * window.dilationX();
            int phase = 0;
            while (phase < phases && (ys[phase] != y % strideY || xs[phase] != x % strideX)) {
                phase++;
            }
            ys[phase] = y % strideY;
            xs[phase] = x % strideX;
            phases = Math.max(phases, phase + 1);
            taps[i] = phase * planeElements + y / strideY * pitch + x / strideX;
        }
        this.channelElements = phases * planeElements;
        this.inputElements = input.dim(2) * input.dim(3);
        this.step = strideX;
        this.plain = !window.pads() && strideX == 1 && strideY == 1;
        int[] found = new int[ROW * phases * planeRows];
        int words = 0;
        for (int row = 0; row < phases * planeRows; row++) {
            int phase = row / planeRows;
            int y = row % planeRows * strideY + ys[phase] - window.padTop();
            // Columns of the phase before its first element of the input, and up to its last.
            int first = Math.max(0, Math.ceilDiv(window.padLeft() - xs[phase], strideX));
            int end = Math.ceilDiv(input.dim(3) + window.padLeft() - xs[phase], strideX);
            int count = Math.min(pitch, end) - first;
            if (y >= 0 && y < input.dim(2) && count > 0) {
                found[words++] = row * pitch + first;
                found[words++] = y * input.dim(3) + first * strideX + xs[phase] - window.padLeft();
                found[words++] = count;
            }
        }
        this.rows = Arrays.copyOf(found, words);
    }

    /** Memory that this takes. */
    long bytes() {
        return (long) Integer.BYTES * (taps.length + rows.length);
    }

    /**
     * Lays out channels that stand one after the other from {@code from} on, in rising order: what
     * is written too far is written over.
     */
    void fill(int[] in, int from, int channels, int padValue, float[] out) {
        if (plain) {
            Convert.floats(in, from, out, 0, channels * inputElements);
            return;
        }
        for (int c = 0; c < channels; c++) {
            int to = c * channelElements;
            int padded = to;
            for (int r = 0; r < rows.length; r += ROW) {
                int start = to + rows[r];
                int at = from + c * inputElements + rows[r + 1];
                Convert.fill(padValue, out, padded, start);
                padded = start + rows[r + 2];
                switch (step) {
                    case 1 -> Convert.rising(in, at, out, start, rows[r + 2]);
                    case 2 -> Convert.everySecond(in, at, out, start, rows[r + 2]);
                    default -> {
                        for (int i = start; i < padded; i++, at += step) {
                            out[i] = in[at];
                        }
                    }
                }
            }
            Convert.fill(padValue, out, padded, to + channelElements);
        }
    }

    /** {@link #fill(int[], int, int, int, float[])} in double precision. */
    void fill(int[] in, int from, int channels, int padValue, double[] out) {
        for (int c = 0; c < channels; c++) {
            int to = c * channelElements;
            int padded = to;
            for (int r = 0; r < rows.length; r += ROW) {
                int start = to + rows[r];
                int at = from + c * inputElements + rows[r + 1];
                Arrays.fill(out, padded, start, padValue);
                padded = start + rows[r + 2];
                for (int i = start; i < padded; i++, at += step) {
                    out[i] = in[at];
                }
            }
            Arrays.fill(out, padded, to + channelElements, padValue);
        }
    }

    /** {@link #fill(int[], int, int, int, float[])} in integers. */
    void fill(int[] in, int from, int channels, int padValue, int[] out) {
        for (int c = 0; c < channels; c++) {
            int to = c * channelElements;
            int padded = to;
            for (int r = 0; r < rows.length; r += ROW) {
                int start = to + rows[r];
                int at = from + c * inputElements + rows[r + 1];
                Arrays.fill(out, padded, start, padValue);
                padded = start + rows[r + 2];
                if (step == 1) {
                    System.arraycopy(in, at, out, start, rows[r + 2]);
                } else {
                    for (int i = start; i < padded; i++, at += step) {
                        out[i] = in[at];
                    }
                }
            }
            Arrays.fill(out, padded, to + channelElements, padValue);
        }
    }

    /** Copies what positions from {@code at} on yield, leaving out those beyond the columns. */
    void give(int[] results, int at, int count, int[] out, int to) {
        int y = at / pitch;
        int x = at % pitch;
        for (int i = 0; i < count; ) {
            int run = Math.min(count - i, columns - x);
            if (run > 0) {
                System.arraycopy(results, i, out, to + y * columns + x, run);
            }
            i += pitch - x;
            x = 0;
            y++;
        }
    }
}

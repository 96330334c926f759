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
    /** Columns of the output, and elements from one row of positions to the next. */
    final int columns;

    final int pitch;

    /** Positions from the first to the last output. */
    final int length;

    /** Elements of one channel. */
    final int channelElements;

    /** Offset of each tap, by rows of the kernel. */
    final int[] taps;

    private final Shape input;
    private final Window window;
    private final int planeElements;
    private final int[] phaseY;
    private final int[] phaseX;

    Planes(Window window, Shape input, Shape kernel, Shape output) {
        this.input = input;
        this.window = window;
        int strideX = window.strideX();
        int strideY = window.strideY();
        int paddedX = input.dim(3) + window.padLeft() + window.padRight();
        int paddedY = input.dim(2) + window.padTop() + window.padBottom();
        this.columns = output.dim(3);
        this.pitch = (paddedX + strideX - 1) / strideX;
        this.length = (output.dim(2) - 1) * pitch + columns;
        this.planeElements = (paddedY + strideY - 1) / strideY * pitch;
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
        this.phaseY = Arrays.copyOf(ys, phases);
        this.phaseX = Arrays.copyOf(xs, phases);
        this.channelElements = phases * planeElements;
    }

    /** Whether a channel is its input as it stands. */
    private boolean plain() {
        return !window.pads() && window.strideX() == 1 && window.strideY() == 1;
    }

    /** Lays out channels that stand one after the other from {@code from} on. */
    void fill(int[] in, int from, int channels, int padValue, float[] out) {
        int plane = input.dim(2) * input.dim(3);
        if (plain()) {
            copy(in, from, 1, out, 0, channels * plane);
            return;
        }
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < phaseY.length; p++) {
                int to = c * channelElements + p * planeElements;
                for (int row = 0; row < planeElements / pitch; row++, to += pitch) {
                    int y = row * window.strideY() + phaseY[p] - window.padTop();
                    if (y < 0 || y >= input.dim(2)) {
                        Arrays.fill(out, to, to + pitch, padValue);
                        continue;
                    }
                    int first = first(phaseX[p]);
                    int end = end(phaseX[p]);
                    Arrays.fill(out, to, to + first, padValue);
                    int x = first * window.strideX() + phaseX[p] - window.padLeft();
                    copy(
                            in,
                            from + c * plane + y * input.dim(3) + x,
                            window.strideX(),
                            out,
                            to + first,
                            end - first);
                    Arrays.fill(out, to + end, to + pitch, padValue);
                }
            }
        }
    }

    /** {@link #fill(int[], int, int, int, float[])} in double precision. */
    void fill(int[] in, int from, int channels, int padValue, double[] out) {
        int plane = input.dim(2) * input.dim(3);
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < phaseY.length; p++) {
                int to = c * channelElements + p * planeElements;
                for (int row = 0; row < planeElements / pitch; row++, to += pitch) {
                    int y = row * window.strideY() + phaseY[p] - window.padTop();
                    boolean inside = y >= 0 && y < input.dim(2);
                    int first = inside ? first(phaseX[p]) : 0;
                    int end = inside ? end(phaseX[p]) : 0;
                    int at = from + c * plane + y * input.dim(3) + phaseX[p] - window.padLeft();
                    Arrays.fill(out, to, to + first, padValue);
                    for (int q = first; q < end; q++) {
                        out[to + q] = in[at + q * window.strideX()];
                    }
                    Arrays.fill(out, to + end, to + pitch, padValue);
                }
            }
        }
    }

    /** {@link #fill(int[], int, int, int, float[])} in integers. */
    void fill(int[] in, int from, int channels, int padValue, int[] out) {
        int plane = input.dim(2) * input.dim(3);
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < phaseY.length; p++) {
                int to = c * channelElements + p * planeElements;
                for (int row = 0; row < planeElements / pitch; row++, to += pitch) {
                    int y = row * window.strideY() + phaseY[p] - window.padTop();
                    boolean inside = y >= 0 && y < input.dim(2);
                    int first = inside ? first(phaseX[p]) : 0;
                    int end = inside ? end(phaseX[p]) : 0;
                    int at = from + c * plane + y * input.dim(3) + phaseX[p] - window.padLeft();
                    Arrays.fill(out, to, to + first, padValue);
                    for (int q = first; q < end; q++) {
                        out[to + q] = in[at + q * window.strideX()];
                    }
                    Arrays.fill(out, to + end, to + pitch, padValue);
                }
            }
        }
    }

    /** First column of a phase that is no padding. */
    private int first(int phase) {
        int before = window.padLeft() - phase;
        return before <= 0
                ? 0
                : Math.min(pitch, (before + window.strideX() - 1) / window.strideX());
    }

    /** First column of a phase that is padding again. */
    private int end(int phase) {
        int columnsBefore = input.dim(3) + window.padLeft() - phase;
        int end = (columnsBefore + window.strideX() - 1) / window.strideX();
        return Math.max(first(phase), Math.min(pitch, end));
    }

    private static void copy(int[] in, int from, int step, float[] out, int to, int count) {
        if (step == 1) {
            Convert.floats(in, from, out, to, count);
        } else {
            for (int i = 0; i < count; i++) {
                out[to + i] = in[from + i * step];
            }
        }
    }
}

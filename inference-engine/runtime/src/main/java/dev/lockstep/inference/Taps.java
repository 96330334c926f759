package dev.lockstep.inference;

import java.util.Arrays;

/**
 * Which taps of the kernel reach an output along one axis, and from which input. They are evenly
 * spaced, so that no time is spent on those that do not.
 */
final class Taps {
    private final int stride;
    private final int dilation;
    private final int padBefore;

    /** First tap that reaches each output; the extent of the kernel where none does. */
    final int[] first;

    /** From one tap that reaches an output to the next. */
    final int step;

    Taps(int[] steps, int extent, int kernel, int outputs) {
        stride = steps[0];
        dilation = steps[1];
        padBefore = steps[2];
        step = stride / gcd(stride, dilation);
        first = new int[outputs];
        Arrays.fill(first, kernel);
        for (int tap = kernel - 1; tap >= 0; tap--) {
            for (int at = 0; at < extent; at++) {
                long reached = (long) at * stride - padBefore + (long) tap * dilation;
                if (reached >= 0 && reached < outputs) {
                    first[(int) reached] = tap;
                }
            }
        }
    }

    /** Where the input lies that reaches this output by a tap; -1 past the last tap that does. */
    int input(int at, int tap) {
        long reached = (long) at + padBefore - (long) tap * dilation;
        return reached < 0 ? -1 : (int) (reached / stride);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}

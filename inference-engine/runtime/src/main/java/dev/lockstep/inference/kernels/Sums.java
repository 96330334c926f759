package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Tensor;

/**
 * What the sums of an operation on weights reach at most: {@code Σ|weight| · max|input| + |bias|}
 * of each channel, which bounds every partial sum in every order.
 */
final class Sums {
    /** Up to here every integer is a float. */
    private static final long FLOAT_MAX = 1L << 24;

    private final long[] ofChannel;

    Sums(Tensor input, Tensor weights, byte[] values, Ints bias) {
        long inputMax = -(long) input.type().dtype().min();
        ofChannel = new long[weights.shape().dim(0)];
        int length = weights.shape().elements() / ofChannel.length;
        for (int c = 0; c < ofChannel.length; c++) {
            long sum = 0;
            for (int i = c * length; i < (c + 1) * length; i++) {
                sum += Math.abs(values[i]);
            }
            ofChannel[c] = sum * inputMax + Math.abs((long) bias.get(c));
        }
    }

    /** What no sum of a channel exceeds. */
    long max(int channel) {
        return ofChannel[channel];
    }

    /** Whether floats hold every partial sum of every channel exactly. */
    boolean fitFloat() {
        for (long max : ofChannel) {
            if (max > FLOAT_MAX) {
                return false;
            }
        }
        return true;
    }
}

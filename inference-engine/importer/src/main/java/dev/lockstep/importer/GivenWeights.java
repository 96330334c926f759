package dev.lockstep.importer;

import org.jspecify.annotations.Nullable;

/**
 * Integer weights that a file already has: kept as they are instead of being rounded anew. A weight
 * is {@code weight[i] · scale[channel]}.
 *
 * @param bias in units of the input's scale times the weight's, where the file has it as integers
 * @shape weight as the layer's, zero points taken away; scale and bias one for each output channel
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record GivenWeights(int[] weight, float[] scale, long @Nullable [] bias) {
    private static final int MAX = 127;

    /** Whether every weight is one that a model can hold. */
    boolean fit() {
        for (int value : weight) {
            if (Math.abs(value) > MAX) {
                return false;
            }
        }
        return true;
    }

    /**
     * Weights of twice as many inputs, for an input beside itself: each is the sum of the two parts
     * of one of these.
     *
     * @param row weights of one output channel
     */
    GivenWeights halved(int row) {
        int[] parts = new int[2 * weight.length];
        for (int i = 0; i < weight.length; i++) {
            int first = Math.clamp(weight[i], -MAX, MAX);
            int at = i / row * 2 * row + i % row;
            parts[at] = first;
            parts[at + row] = Math.clamp(weight[i] - first, -MAX, MAX);
        }
        return new GivenWeights(parts, scale, bias);
    }

    /** The weights after a factor for each channel; null where one of them is not positive. */
    @Nullable GivenWeights then(float[] factor) {
        float[] scales = scale.clone();
        for (int c = 0; c < scales.length; c++) {
            scales[c] *= factor[c];
            if (!(scales[c] >= Float.MIN_NORMAL)) {
                return null;
            }
        }
        return new GivenWeights(weight, scales, null);
    }
}

package dev.lockstep.importer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A constant that a file keeps as integers: {@code real = (q - zeroPoint) · scale}.
 *
 * @param scale one, or one for each index of {@code axis}
 * @param zeroPoint as many
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record QuantizedTensor(OnnxTensor q, float[] scale, long[] zeroPoint, int axis) {

    OnnxTensor real(String name) {
        float[] values = new float[q.size()];
        int channels = scale.length;
        int inner = channels == 1 ? 1 : inner();
        for (int i = 0; i < values.length; i++) {
            int c = channels == 1 ? 0 : i / inner % channels;
            values[i] = (q.longs()[i] - zeroPoint[c]) * scale[c];
        }
        return OnnxTensor.ofFloats(name, q.dims(), values);
    }

    private int inner() {
        return (int) Shapes.size(Arrays.copyOfRange(q.dims(), axis + 1, q.dims().length));
    }

    /** The same constant with its axes in another order. */
    QuantizedTensor transposed(int[] permutation) {
        int moved = axis;
        for (int i = 0; i < permutation.length; i++) {
            moved = permutation[i] == axis ? i : moved;
        }
        return new QuantizedTensor(
                ConstantFolder.transposed(q, q.name(), permutation), scale, zeroPoint, moved);
    }

    /** The same constant under another shape; null where its scales would run along no axis. */
    @Nullable QuantizedTensor reshaped(int[] dims) {
        boolean keeps = scale.length == 1 || (axis == 0 && dims[0] == scale.length);
        return keeps
                ? new QuantizedTensor(q.reshaped(q.name(), dims), scale, zeroPoint, axis)
                : null;
    }

    /**
     * As weights of a layer whose output channels are the first axis; null where scales run along
     * another.
     */
    @Nullable GivenWeights weights(int channels, @Nullable QuantizedTensor bias) {
        if (scale.length != 1 && (axis != 0 || scale.length != channels)) {
            return null;
        }
        int[] weight = new int[q.size()];
        float[] scales = new float[channels];
        int row = weight.length / channels;
        for (int c = 0; c < channels; c++) {
            int at = scale.length == 1 ? 0 : c;
            scales[c] = scale[at];
            for (int i = c * row; i < (c + 1) * row; i++) {
                weight[i] = (int) (q.longs()[i] - zeroPoint[at]);
            }
        }
        long[] wholeBias = null;
        if (bias != null
                && bias.q().size() == channels
                && Arrays.stream(bias.zeroPoint()).allMatch(zero -> zero == 0)) {
            wholeBias = bias.q().longs();
        }
        return new GivenWeights(weight, scales, wholeBias);
    }
}

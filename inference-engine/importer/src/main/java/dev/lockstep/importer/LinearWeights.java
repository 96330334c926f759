package dev.lockstep.importer;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.Multiplier;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Integer form of a layer of weighted sums: 8-bit symmetric weights with a scale for each output
 * channel, a bias that already holds the input's zero point, and the factor from sum to result.
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record LinearWeights(byte[] weight, int[] bias, List<Multiplier> multipliers) {
    private static final int WEIGHT_MAX = 127;

    private static final BigDecimal FACTOR_MAX = BigDecimal.valueOf(1 << 16);

    /** Room that a bias takes at most of 32 bits: the rest is for the sum. */
    private static final float BIAS_MAX = 1 << 29;

    /**
     * Rows of so many weights have their scale sought among {@link #SCALES}, where inputs of 16
     * bits leave the rounding of weights as the greatest error.
     */
    private static final int SHORT_ROW = 12;

    private static final int SCALES = 64;

    /**
     * @param inputMax greatest size of an input element or of the padding
     */
    static LinearWeights of(
            FloatLayer.Linear layer, TensorScale from, TensorScale to, long inputMax)
            throws ImportException {
        float[] weight = layer.weight();
        float[] bias = layer.bias();
        GivenWeights given = layer.given();
        int channels = bias.length;
        int row = weight.length / channels;
        byte[] q = new byte[weight.length];
        int[] folded = new int[channels];
        List<Multiplier> multipliers = new ArrayList<>();
        for (int c = 0; c < channels; c++) {
            float scale =
                    given != null
                            ? given.scale()[c]
                            : scale(weight, c * row, row, bias[c], from.scale());
            if (given == null && row <= SHORT_ROW && from.dtype() == DType.I16) {
                scale = fitted(weight, c * row, row, scale);
            }
            long sum = 0;
            long absoluteSum = 0;
            for (int i = c * row; i < (c + 1) * row; i++) {
                double units =
                        given != null
                                ? given.weight()[i]
                                : StrictMath.rint(weight[i] / (double) scale);
                q[i] = (byte) Math.clamp(units, -WEIGHT_MAX, WEIGHT_MAX);
                sum += q[i];
                absoluteSum += Math.abs(q[i]);
            }
            BigDecimal unit = from.exact().multiply(new BigDecimal(scale));
            BigDecimal units = bias(c, bias[c], given, unit);
            BigDecimal withZeroPoint = units.subtract(BigDecimal.valueOf(from.zeroPoint() * sum));
            if (withZeroPoint.abs().compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) > 0) {
                throw new ImportException(
                        "tensor '"
                                + layer.output()
                                + "': bias "
                                + bias[c]
                                + " of channel "
                                + c
                                + " does not fit 32 bits at its scale");
            }
            folded[c] = withZeroPoint.intValueExact();
            long sumMax = absoluteSum * inputMax + Math.abs((long) folded[c]);
            BigDecimal factor = Factors.ratio(unit, to.exact());
            // Any sum but zero then leaves the type already; a larger factor changes nothing.
            boolean cuts = to.dtype() != DType.I32 && factor.compareTo(FACTOR_MAX) > 0;
            multipliers.add(Multiplier.of(cuts ? FACTOR_MAX : factor, sumMax));
        }
        return new LinearWeights(q, folded, multipliers);
    }

    /**
     * The bias in units of the sum. Integers are kept where they are in that unit, as they should
     * be; a float of the same value would have lost bits of large ones.
     */
    private static BigDecimal bias(
            int channel, float bias, @Nullable GivenWeights given, BigDecimal unit) {
        BigDecimal units =
                Factors.ratio(new BigDecimal(bias), unit).setScale(0, RoundingMode.HALF_EVEN);
        if (given != null && given.bias() != null) {
            BigDecimal whole = BigDecimal.valueOf(given.bias()[channel]);
            BigDecimal tolerance = whole.abs().scaleByPowerOfTen(-6).add(BigDecimal.ONE);
            return whole.subtract(units).abs().compareTo(tolerance) <= 0 ? whole : units;
        }
        return units;
    }

    /**
     * The scale at which the weights of a row fall nearest to integers: errors of short rows do not
     * average out. The largest weight becomes 127, or somewhat less.
     *
     * @param largest the scale at which it becomes 127
     */
    private static float fitted(float[] weight, int from, int count, float largest) {
        float best = largest;
        double least = Double.MAX_VALUE;
        for (int step = 0; step < SCALES; step++) {
            float scale = (float) (largest * WEIGHT_MAX / (WEIGHT_MAX - 0.5 * step));
            double squares = 0;
            double sum = 0;
            for (int i = from; i < from + count; i++) {
                double units = weight[i] / (double) scale;
                double off = (units - StrictMath.rint(units)) * scale;
                squares += off * off;
                sum += off;
            }
            // Inputs have a mean as well as a spread; the one multiplies the sum of the errors.
            double error = squares + sum * sum;
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }

    /** The largest weight becomes 127, unless the bias then needs more than its room. */
    static float scale(float[] weight, int from, int count, float bias, float inputScale) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(weight[i]));
        }
        float scale = Math.max(largest / WEIGHT_MAX, Math.abs(bias) / inputScale / BIAS_MAX);
        return scale >= Float.MIN_NORMAL ? scale : 1;
    }
}

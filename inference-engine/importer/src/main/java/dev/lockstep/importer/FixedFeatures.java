package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatToFixed;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Rescale;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Features as fixed-point numbers.
 *
 * @param scales what one unit of each column stands for, a power of two
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
record FixedFeatures(FloatToFixed op, double[] scales, boolean imputes) {
    /** A feature seen in samples fills these bits, and may be 32 times greater in a run. */
    static final int BITS = 24;

    static final int HEADROOM_BITS = 5;

    /** Each column on its own scale. */
    static FixedFeatures each(LoweringState state, Columns columns) {
        return of(state, columns, false, BITS, HEADROOM_BITS);
    }

    /**
     * All columns on one scale.
     *
     * @param bits that the greatest column fills on the samples
     * @param headroom bits more that a run may fill
     */
    static FixedFeatures common(LoweringState state, Columns columns, int bits, int headroom) {
        return of(state, columns, true, bits, headroom);
    }

    private static FixedFeatures of(
            LoweringState state, Columns columns, boolean isCommon, int bits, int headroom) {
        int n = columns.columns().size();
        int[] result = new int[n];
        double greatest = 0;
        double[] sizes = new double[n];
        for (int i = 0; i < n; i++) {
            Column column = columns.columns().get(i);
            float size = state.featureSize(column.feature());
            sizes[i] = Math.max(Math.abs(column.apply(-size)), Math.abs(column.apply(size)));
            greatest = Math.max(greatest, sizes[i]);
        }
        int[] shifts = new int[n];
        int[] offsets = new int[n];
        int[] substitutes = new int[n];
        double[] scales = new double[n];
        List<Multiplier> factors = new ArrayList<>();
        boolean imputes = true;
        long most = 1L << (bits + headroom);
        for (int i = 0; i < n; i++) {
            Column column = columns.columns().get(i);
            double size = isCommon ? greatest : sizes[i];
            result[i] = bits - exponent(size);
            scales[i] = Math.scalb(1.0, -result[i]);
            float offset = 0;
            float scale = 1;
            Float substitute = null;
            for (Columns.Step step : column.steps()) {
                switch (step) {
                    case Columns.Affine(float o, float s) -> {
                        offset = o;
                        scale = s;
                    }
                    case Columns.Impute(float value) ->
                            substitute = substitute == null ? value : substitute;
                }
            }
            double input = state.featureSize(column.feature());
            shifts[i] = Math.clamp(BITS - exponent(Math.max(input, Math.abs(offset))), -128, 150);
            offsets[i] = (int) rounded(offset, shifts[i]);
            BigDecimal factor =
                    new BigDecimal(scale)
                            .multiply(new BigDecimal(Math.scalb(1.0, result[i] - shifts[i])));
            factors.add(Multiplier.of(factor, 1L << 32));
            imputes &= substitute != null;
            substitutes[i] =
                    substitute == null
                            ? 0
                            : (int)
                                    Math.clamp(
                                            rounded(column.apply(Float.NaN), result[i]),
                                            -most,
                                            most);
        }
        FloatToFixed op =
                new FloatToFixed(
                        Ints.of(shifts),
                        Ints.of(offsets),
                        Ints.of(substitutes),
                        DType.I32,
                        Rescale.of(factors, new Clipping(0, (int) -most, (int) most)));
        return new FixedFeatures(op, scales, imputes);
    }

    private static long rounded(double value, int shift) {
        return (long) StrictMath.rint(Math.scalb(value, shift));
    }

    TensorScale scale() {
        return new TensorScale(DType.I32, (float) scales[0], 0);
    }

    FloatLayer.Exact layer(Columns columns, String output) {
        return new FloatLayer.Exact(columns.source(), output, op, true, imputes);
    }

    static boolean isFixable(Column column) {
        long affine = column.steps().stream().filter(Columns.Affine.class::isInstance).count();
        return affine <= 1;
    }

    static int exponent(double size) {
        return size == 0 ? 0 : Math.getExponent(size) + 1;
    }
}

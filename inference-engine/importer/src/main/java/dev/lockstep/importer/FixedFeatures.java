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
import java.util.Arrays;
import java.util.List;

/**
 * Features as fixed-point numbers.
 *
 * @param scales what one unit of each column stands for
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
record FixedFeatures(FloatToFixed op, double[] scales, boolean imputes) {
    /** A feature seen in samples fills these bits, and may be 32 times greater in a run. */
    static final int BITS = 24;

    static final int HEADROOM_BITS = 5;

    /** Each column on its own scale. */
    static FixedFeatures each(LoweringState state, Columns columns) {
        double[] units = new double[columns.columns().size()];
        for (int i = 0; i < units.length; i++) {
            units[i] = Math.scalb(1.0, exponent(size(state, columns.columns().get(i))) - BITS);
        }
        return of(state, columns, units, 1L << (BITS + HEADROOM_BITS));
    }

    /**
     * All columns on one scale.
     *
     * @param bits that the greatest column fills on the samples
     * @param headroom bits more that a run may fill
     */
    static FixedFeatures common(LoweringState state, Columns columns, int bits, int headroom) {
        double unit = Math.scalb(1.0, exponent(greatest(state, columns)) - bits);
        return common(state, columns, unit, 1L << (bits + headroom));
    }

    /**
     * @param unit what one stands for
     * @param most the greatest size, at which greater features are cut
     */
    static FixedFeatures common(LoweringState state, Columns columns, double unit, long most) {
        double[] units = new double[columns.columns().size()];
        Arrays.fill(units, unit);
        return of(state, columns, units, most);
    }

    /** The greatest size of a column on the samples. */
    static double greatest(LoweringState state, Columns columns) {
        return columns.columns().stream()
                .mapToDouble(column -> size(state, column))
                .max()
                .orElse(0);
    }

    private static double size(LoweringState state, Column column) {
        float size = state.featureSize(column.feature());
        return Math.max(Math.abs(column.apply(-size)), Math.abs(column.apply(size)));
    }

    private static FixedFeatures of(
            LoweringState state, Columns columns, double[] units, long most) {
        int n = columns.columns().size();
        int[] shifts = new int[n];
        int[] offsets = new int[n];
        int[] substitutes = new int[n];
        List<Multiplier> factors = new ArrayList<>();
        boolean imputes = true;
        for (int i = 0; i < n; i++) {
            Column column = columns.columns().get(i);
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
            double input = Math.max(state.featureSize(column.feature()), Math.abs(offset));
            double usual = input == 0 ? units[i] * (1 << BITS) : input;
            shifts[i] = Math.clamp(BITS - exponent(usual), -128, 150);
            offsets[i] = (int) rounded(offset, shifts[i]);
            BigDecimal factor =
                    Factors.ratio(
                            new BigDecimal(scale)
                                    .multiply(new BigDecimal(Math.scalb(1.0, -shifts[i]))),
                            new BigDecimal(units[i]));
            factors.add(Multiplier.of(factor, 1L << 32));
            imputes &= substitute != null;
            substitutes[i] =
                    substitute == null
                            ? 0
                            : (int)
                                    Math.clamp(
                                            (long)
                                                    StrictMath.rint(
                                                            column.apply(Float.NaN) / units[i]),
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
        return new FixedFeatures(op, units, imputes);
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

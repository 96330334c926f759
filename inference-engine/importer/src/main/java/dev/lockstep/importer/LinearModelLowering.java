package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Linear;
import dev.lockstep.inference.Rescale;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Linear and logistic models, and products with exact weights for others. */
final class LinearModelLowering {
    private static final long FEATURE_MOST =
            1L << (FixedFeatures.BITS + FixedFeatures.HEADROOM_BITS);
    private static final long FEATURE_USUAL = 1L << FixedFeatures.BITS;

    private LinearModelLowering() {}

    static void linearRegressor(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        attributes.oneOf("post_transform", "NONE", "NONE");
        int targets = ClassicalLowering.count(attributes, "targets", 1);
        int n = ClassicalLowering.columns(node, state, 0).columns().size();
        double[] weights =
                attributes.finite("coefficients", (int) Math.min(1L << 30, (long) targets * n));
        double[] bias = attributes.finite("intercepts");
        if (bias.length > 0) {
            attributes.checkLength("intercepts", bias.length, targets);
        }
        linear(
                node,
                state,
                weights,
                bias.length == 0 ? new double[targets] : bias,
                node.outputs().getFirst());
    }

    static void linearClassifier(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        Classes classes = Classes.of(attributes, "classlabels_ints");
        double[] bias = attributes.finite("intercepts");
        int n = ClassicalLowering.columns(node, state, 0).columns().size();
        int scores = bias.length == 0 ? classes.count() : bias.length;
        if (scores != classes.count() && !(scores == 1 && classes.count() == 2)) {
            attributes.checkLength("intercepts", scores, classes.count());
        }
        double[] weights =
                attributes.finite("coefficients", (int) Math.min(1L << 30, (long) scores * n));
        if (scores == 1) {
            String transform = node.text("post_transform", "NONE");
            if (!transform.equals("LOGISTIC") && state.readsOutput(node, 1)) {
                throw attributes.refusal(
                        "attribute 'post_transform' is '"
                                + transform
                                + "' for one score; supported is LOGISTIC");
            }
        }
        String name = state.fresh(node.outputs().getFirst(), "scores");
        linear(node, state, weights, bias.length == 0 ? new double[scores] : bias, name);
        classes.finish(attributes, state, name, false);
    }

    static void linear(
            OnnxNode node, LoweringState state, double[] weights, double[] bias, String output)
            throws ImportException {
        Columns columns = ClassicalLowering.columns(node, state, 0);
        Product product = product(state, columns, weights, bias, output);
        multiply(
                state,
                product.input,
                product.weights,
                product.bias,
                state.shape(columns.source()),
                FEATURE_MOST,
                FEATURE_USUAL,
                output);
    }

    /**
     * Features as fixed-point numbers for a product: every source feature, on its own scale.
     *
     * @param weights (m, n) over the columns of {@code columns}
     */
    private static Product product(
            LoweringState state, Columns columns, double[] weights, double[] bias, String output)
            throws ImportException {
        FixedFeatures fixed;
        int n = columns.columns().size();
        int m = bias.length;
        BigDecimal[] exact = new BigDecimal[m * n];
        BigDecimal[] start = new BigDecimal[m];
        // Scaled features are (x - o)·s, which weights and bias take over; what is imputed first
        // stays with the feature.
        int features = ClassicalLowering.last(state.shape(columns.source()));
        BigDecimal[] folded = new BigDecimal[m * features];
        Arrays.fill(folded, BigDecimal.ZERO);
        List<Column> sources = new ArrayList<>(Columns.of(columns.source(), features).columns());
        for (int i = 0; i < m; i++) {
            start[i] = new BigDecimal(bias[i]);
            for (int j = 0; j < n; j++) {
                exact[i * n + j] = new BigDecimal(weights[i * n + j]);
            }
        }
        for (int j = 0; j < n; j++) {
            Column column = columns.columns().get(j);
            BigDecimal a = BigDecimal.ONE;
            BigDecimal b = BigDecimal.ZERO;
            for (Columns.Step step : column.steps()) {
                switch (step) {
                    case Columns.Affine(float o, float s) -> {
                        b = b.subtract(new BigDecimal(o)).multiply(new BigDecimal(s));
                        a = a.multiply(new BigDecimal(s));
                    }
                    case Columns.Impute impute -> {
                        if (!column.steps().getFirst().equals(impute)) {
                            throw new ImportException(
                                    "tensor '"
                                            + output
                                            + "' depends on a feature that is imputed after it was scaled; impute first");
                        }
                        sources.set(
                                column.feature(), new Column(column.feature(), List.of(impute)));
                    }
                }
            }
            for (int i = 0; i < m; i++) {
                int at = i * features + column.feature();
                folded[at] = folded[at].add(exact[i * n + j].multiply(a));
                start[i] = start[i].add(exact[i * n + j].multiply(b));
            }
        }
        Columns source = new Columns(columns.source(), List.copyOf(sources));
        fixed = FixedFeatures.each(state, source);
        String integers = state.fresh(output, "features");
        int[] shape = state.shape(columns.source());
        state.give(integers, ClassicalLowering.WHOLE);
        state.add(fixed.layer(source, integers), shape);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < features; j++) {
                int at = i * features + j;
                folded[at] = folded[at].multiply(new BigDecimal(fixed.scales()[j]));
            }
        }
        return new Product(integers, folded, start, features);
    }

    /**
     * @param weights (m, n) for integers, in real units
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    private record Product(String input, BigDecimal[] weights, BigDecimal[] bias, int features) {}

    /** A product with exact weights; answers its scale. */
    static void multiply(
            LoweringState state,
            String input,
            BigDecimal[] weights,
            BigDecimal[] bias,
            int[] shape,
            long inputMost,
            long inputUsual,
            String output)
            throws ImportException {
        int m = bias.length;
        int n = weights.length / m;
        double most = 0;
        double usual = 0;
        for (int i = 0; i < m; i++) {
            BigDecimal size = BigDecimal.ZERO;
            for (int j = 0; j < n; j++) {
                size = size.add(weights[i * n + j].abs());
            }
            double weight = size.doubleValue();
            most = Math.max(most, weight * inputMost + Math.abs(bias[i].doubleValue()));
            usual = Math.max(usual, weight * inputUsual + Math.abs(bias[i].doubleValue()));
        }
        double greatest = 0;
        for (BigDecimal weight : weights) {
            greatest = Math.max(greatest, Math.abs(weight.doubleValue()));
        }
        int up = 61 - FixedFeatures.exponent(most);
        up = Math.min(up, 31 - FixedFeatures.exponent(greatest));
        int resultShift = 30 - FixedFeatures.exponent(usual) - 2;
        resultShift = Math.min(resultShift, up - 1);
        int[] words = new int[weights.length];
        BigDecimal factor = power(up);
        for (int i = 0; i < words.length; i++) {
            words[i] = rounded(weights[i].multiply(factor)).intValueExact();
        }
        int[] start = new int[2 * m];
        for (int i = 0; i < m; i++) {
            long value = rounded(bias[i].multiply(factor)).longValueExact();
            start[2 * i] = (int) (value >> 32);
            start[2 * i + 1] = (int) value;
        }
        Linear op =
                new Linear(
                        Ints.of(words),
                        Ints.of(start),
                        DType.I32,
                        new Rescale(
                                Ints.repeat(1, m),
                                Ints.repeat(up - resultShift, m),
                                Clipping.of(0, DType.I32)));
        int[] result = shape.clone();
        result[result.length - 1] = m;
        state.give(output, new TensorScale(DType.I32, Math.scalb(1f, -resultShift), 0));
        state.add(new FloatLayer.Exact(input, output, op, false, true), result);
    }

    /** Numbers of a row, each times one factor and more by one number. */
    static void affine(
            LoweringState state, String input, float[] factor, float[] more, String output)
            throws ImportException {
        int n = factor.length;
        BigDecimal unit = ClassicalLowering.scale(state, input).exact();
        BigDecimal[] weights = new BigDecimal[n * n];
        Arrays.fill(weights, BigDecimal.ZERO);
        BigDecimal[] bias = new BigDecimal[n];
        for (int i = 0; i < n; i++) {
            weights[i * n + i] = new BigDecimal(factor[i]).multiply(unit);
            bias[i] = new BigDecimal(more[i]);
        }
        multiply(state, input, weights, bias, state.shape(input), 1L << 31, 1L << 30, output);
    }

    private static BigInteger rounded(BigDecimal value) {
        return value.setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
    }

    static BigDecimal power(int exponent) {
        BigDecimal power = BigDecimal.TWO.pow(Math.abs(exponent));
        return exponent >= 0 ? power : BigDecimal.ONE.divide(power);
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.SupportVectors;
import java.math.BigDecimal;
import java.util.Arrays;

/** Machines of support vectors: regressors, and classifiers with one for each pair of classes. */
final class SupportVectorLowering {
    /** How much greater than on the samples features may be, where their squares leave room. */
    private static final double HEADROOM = 4;

    /** What a difference of features, or a product, may come to, summed. */
    private static final double SUM_MAX = 0x1p61;

    /** What scores and their powers come to on the samples at most, in units of their scale. */
    private static final int USUAL = 1 << 28;

    private static final int DEGREE_MAX = 8;

    /** Weights of the machines of one classifier. */
    private static final long WEIGHTS_MAX = 1 << 21;

    private SupportVectorLowering() {}

    static void svmRegressor(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        attributes.oneOf("post_transform", "NONE", "NONE");
        if (node.whole("one_class", 0) != 0) {
            throw attributes.refusal("attribute 'one_class' is 1; only regression is supported");
        }
        int vectors = (int) Math.min(1 << 20, node.whole("n_supports", 0));
        double[] rho = attributes.finite("rho");
        if (rho.length == 0) {
            throw attributes.refusal("attribute 'rho' is empty");
        }
        int n = ClassicalLowering.columns(node, state, 0).columns().size();
        String output = node.outputs().getFirst();
        if (vectors <= 0) {
            double[] weights = attributes.finite("coefficients", n);
            LinearModelLowering.linear(node, state, weights, new double[] {rho[0]}, output);
            return;
        }
        double[] weights = attributes.finite("coefficients", vectors);
        kernels(attributes, state, vectors, weights, new double[] {rho[0]}, output);
    }

    /**
     * A machine for each pair of classes, of which the first has a vote where the score is above 0,
     * the second where not. The scores of all pairs stand beside the label; of two classes their
     * shares where the file has parameters for these.
     */
    static void svmClassifier(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        attributes.oneOf("post_transform", "NONE", "NONE");
        Classes classes = Classes.of(attributes, "classlabels_ints");
        int count = classes.count();
        long[] own = attributes.wholes("vectors_per_class", count);
        int[] first = new int[count + 1];
        for (int i = 0; i < count; i++) {
            if (own[i] < 0 || first[i] + own[i] > 1 << 20) {
                throw attributes.refusal(
                        "attribute 'vectors_per_class' holds "
                                + own[i]
                                + "; allowed 0.."
                                + (1 << 20));
            }
            first[i + 1] = first[i] + (int) own[i];
        }
        int vectors = first[count];
        long pairs = (long) count * (count - 1) / 2;
        if (vectors == 0 || pairs * vectors > WEIGHTS_MAX) {
            throw attributes.refusal(
                    pairs
                            + " pairs of classes have "
                            + vectors
                            + " support vectors; allowed is a product of 1.."
                            + WEIGHTS_MAX);
        }
        double[] coefficients = attributes.finite("coefficients", (count - 1) * vectors);
        double[] rho = attributes.finite("rho", (int) pairs);
        double[] weights = new double[(int) pairs * vectors];
        int pair = 0;
        for (int i = 0; i < count; i++) {
            for (int j = i + 1; j < count; j++, pair++) {
                // Row j - 1 holds what class j is to the vectors of the classes before it, row i
                // the others.
                int to = pair * vectors;
                System.arraycopy(
                        coefficients,
                        (j - 1) * vectors + first[i],
                        weights,
                        to + first[i],
                        (int) own[i]);
                System.arraycopy(
                        coefficients, i * vectors + first[j], weights, to + first[j], (int) own[j]);
            }
        }
        String scores = state.fresh(node.outputs().getFirst(), "scores");
        kernels(attributes, state, vectors, weights, rho, scores);
        double[] slope = attributes.finite("prob_a");
        double[] start = attributes.finite("prob_b");
        if (slope.length == 0 || !state.readsOutput(node, 1)) {
            classes.vote(node, state, scores);
            return;
        }
        if (count > 2) {
            throw attributes.refusal(
                    "attribute 'prob_a' is for "
                            + count
                            + " classes; supported are shares of 2, or none");
        }
        attributes.checkLength("prob_a", slope.length, 1);
        attributes.checkLength("prob_b", start.length, 1);
        String output = node.outputs().get(1);
        String both = state.fresh(output, "both");
        BigDecimal a =
                new BigDecimal(slope[0]).multiply(ClassicalLowering.scale(state, scores).exact());
        BigDecimal b = new BigDecimal(start[0]);
        LinearModelLowering.multiply(
                state,
                scores,
                new BigDecimal[] {a.negate(), a},
                new BigDecimal[] {b.negate(), b},
                state.shape(scores),
                1L << 31,
                1L << 28,
                both);
        ClassicalLowering.probabilities(state, both, output, "LOGISTIC");
        classes.vote(node, state, scores);
    }

    /** The support vectors' kernels, weighed. */
    private static void kernels(
            MlAttributes attributes,
            LoweringState state,
            int vectors,
            double[] weights,
            double[] bias,
            String output)
            throws ImportException {
        OnnxNode node = attributes.node();
        Columns columns = ClassicalLowering.columns(node, state, 0);
        int n = columns.columns().size();
        double[] support =
                attributes.finite("support_vectors", (int) Math.min(1L << 30, (long) vectors * n));
        String kernel =
                attributes.oneOf("kernel_type", "LINEAR", "LINEAR", "POLY", "RBF", "SIGMOID");
        if (kernel.equals("LINEAR")) {
            int m = bias.length;
            double[] sums = new double[m * n];
            for (int i = 0; i < m; i++) {
                for (int v = 0; v < vectors; v++) {
                    for (int j = 0; j < n; j++) {
                        sums[i * n + j] += weights[i * vectors + v] * support[v * n + j];
                    }
                }
            }
            LinearModelLowering.linear(node, state, sums, bias, output);
            return;
        }
        double[] parameters = attributes.finite("kernel_params", 3);
        if (kernel.equals("POLY")) {
            String powers = powers(attributes, state, support, parameters, vectors, output);
            BigDecimal unit = ClassicalLowering.scale(state, powers).exact();
            weigh(state, powers, unit, weights, bias, 1L << 31, USUAL, output);
            return;
        }
        for (Column column : columns.columns()) {
            if (!FixedFeatures.isFixable(column)) {
                throw attributes.refusal("a feature is scaled twice; scale once");
            }
        }
        boolean rbf = kernel.equals("RBF");
        if (rbf ? parameters[0] <= 0 : parameters[0] == 0) {
            throw attributes.refusal(
                    "attribute 'kernel_params' begins with "
                            + parameters[0]
                            + "; allowed is what is "
                            + (rbf ? "above 0" : "not 0"));
        }
        // The hyperbolic tangent of y is that of half of z = 2y·log2 e, in powers of two.
        double exponents = ClassicalLowering.LOG2_E.doubleValue() * (rbf ? 1 : 2) * (1 << 16);
        Unit unit = unit(attributes, state, columns, support, exponents * parameters[0]);
        FixedFeatures fixed = FixedFeatures.common(state, columns, unit.size, unit.most);
        String integers = state.fresh(output, "features");
        state.give(integers, fixed.scale());
        int[] shape = state.shape(columns.source());
        state.add(fixed.layer(columns, integers), shape);
        int[] words = new int[support.length];
        for (int i = 0; i < words.length; i++) {
            double word = StrictMath.rint(support[i] / unit.size);
            words[i] = (int) Math.clamp((long) word, -unit.most, unit.most);
            words[i] = parameters[0] < 0 ? -words[i] : words[i];
        }
        double start =
                rbf
                        ? 0
                        : StrictMath.rint(
                                parameters[1] * exponents * StrictMath.scalb(1.0, unit.shift));
        if (Math.abs(start) > SUM_MAX) {
            throw attributes.refusal("kernel offset " + parameters[1] + " is too large");
        }
        long offset = (long) start;
        String nearness = state.fresh(output, "kernels");
        int[] many = shape.clone();
        many[many.length - 1] = vectors;
        state.give(nearness, ClassicalLowering.Q30);
        state.add(
                new FloatLayer.Exact(
                        integers,
                        nearness,
                        new SupportVectors(
                                rbf ? SupportVectors.Nearness.RBF : SupportVectors.Nearness.SIGMOID,
                                vectors,
                                Ints.of(words),
                                Ints.of((int) (offset >> 32), (int) offset),
                                1,
                                unit.shift),
                        false,
                        true),
                many);
        BigDecimal unit30 = LinearModelLowering.power(-30);
        weigh(state, nearness, unit30, weights, bias, 1L << 30, 1L << 30, output);
    }

    /**
     * Kernels, weighed, and rho.
     *
     * @param unit that kernels are counted in
     */
    private static void weigh(
            LoweringState state,
            String kernels,
            BigDecimal unit,
            double[] weights,
            double[] bias,
            long most,
            long usual,
            String output)
            throws ImportException {
        BigDecimal[] exact = new BigDecimal[weights.length];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = new BigDecimal(weights[i]).multiply(unit);
        }
        BigDecimal[] rho = new BigDecimal[bias.length];
        for (int i = 0; i < rho.length; i++) {
            rho[i] = new BigDecimal(bias[i]);
        }
        int[] shape = state.shape(kernels);
        LinearModelLowering.multiply(state, kernels, exact, rho, shape, most, usual, output);
    }

    /** The kernels {@code (gamma·x·v + offset)^degree} of all vectors. */
    private static String powers(
            MlAttributes attributes,
            LoweringState state,
            double[] support,
            double[] parameters,
            int vectors,
            String output)
            throws ImportException {
        double degree = parameters[2];
        if (degree != StrictMath.rint(degree) || degree < 1 || degree > DEGREE_MAX) {
            throw attributes.refusal(
                    "attribute 'kernel_params' has degree "
                            + degree
                            + "; allowed are whole numbers from 1 to "
                            + DEGREE_MAX);
        }
        double[] products = new double[support.length];
        for (int i = 0; i < products.length; i++) {
            products[i] = parameters[0] * support[i];
        }
        double[] offsets = new double[vectors];
        Arrays.fill(offsets, parameters[1]);
        String product = state.fresh(output, "products");
        LinearModelLowering.linear(attributes.node(), state, products, offsets, product);
        String power = product;
        for (int i = 2; i <= degree; i++) {
            power = times(state, power, product, state.fresh(output, "powers " + i));
        }
        return power;
    }

    /**
     * The product of numbers of 32 bits, by their upper and lower halves; of the lower ones none.
     */
    private static String times(LoweringState state, String a, String b, String output)
            throws ImportException {
        TensorScale first = ClassicalLowering.scale(state, a);
        TensorScale second = ClassicalLowering.scale(state, b);
        TensorScale scale = new TensorScale(DType.I32, first.scale() * second.scale() * USUAL, 0);
        if (scale.scale() < Float.MIN_NORMAL) {
            throw new ImportException(
                    "tensor '" + output + "': powers of products as small as these have no scale");
        }
        String[] ofA = halves(state, a);
        String[] ofB = halves(state, b);
        String sum = product(state, ofA[0], ofB[0], scale, state.fresh(output, "upper"));
        String[] crossed = {
            product(state, ofA[0], ofB[1], scale, state.fresh(output, "crossed")),
            product(state, ofA[1], ofB[0], scale, state.fresh(output, "crossed back"))
        };
        String more = state.fresh(output, "more");
        state.add(new FloatLayer.Sum(sum, crossed[0], more, false, Clip.NONE), state.shape(a));
        state.give(more, scale);
        state.add(new FloatLayer.Sum(more, crossed[1], output, false, Clip.NONE), state.shape(a));
        state.give(output, scale);
        return output;
    }

    private static String product(
            LoweringState state, String a, String b, TensorScale scale, String output)
            throws ImportException {
        state.add(new FloatLayer.Product(a, b, output, Clip.NONE), state.shape(a));
        state.give(output, scale);
        return output;
    }

    /** What a number of 32 bits is to the nearest 2^16, and what is left. */
    private static String[] halves(LoweringState state, String number) throws ImportException {
        TensorScale scale = ClassicalLowering.scale(state, number);
        String upper = state.fresh(number, "upper half");
        state.add(new FloatLayer.Requantize(number, upper), state.shape(number));
        state.give(upper, new TensorScale(DType.I16, scale.scale() * (1 << 16), 0));
        String lower = state.fresh(number, "lower half");
        state.add(new FloatLayer.Sum(number, upper, lower, true, Clip.NONE), state.shape(number));
        state.give(lower, new TensorScale(DType.I16, scale.scale(), 0));
        return new String[] {upper, lower};
    }

    /** What features are counted in: its size, the most of it, and the shift to exponents. */
    private record Unit(double size, long most, int shift) {}

    /**
     * The least unit of features that leaves room for the sums and whose square is a power of two
     * of exponents' units: their factor is then exact, and only exponents are rounded.
     *
     * @param factor of a product of two features, in units of exponents
     */
    private static Unit unit(
            MlAttributes attributes,
            LoweringState state,
            Columns columns,
            double[] support,
            double factor)
            throws ImportException {
        double greatest = FixedFeatures.greatest(state, columns);
        for (double value : support) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        for (double room = HEADROOM; room >= 1; room /= 2) {
            for (int shift = 62; shift >= 1; shift--) {
                double size = StrictMath.sqrt(StrictMath.scalb(1 / Math.abs(factor), -shift));
                double most = 1 + StrictMath.ceil(greatest * room / size);
                if (most < 1 << 30 && columns.columns().size() * 4 * most * most < SUM_MAX) {
                    return new Unit(size, (long) most, shift);
                }
            }
        }
        throw attributes.refusal(
                "attribute 'kernel_params' begins with "
                        + attributes.finite("kernel_params")[0]
                        + ", and features come to "
                        + greatest
                        + ": no two of them would be near each other");
    }
}

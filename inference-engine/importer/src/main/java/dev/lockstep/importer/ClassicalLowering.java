package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatToFixed;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Linear;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Normalize;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Probabilities;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.Select;
import dev.lockstep.inference.Shape;
import dev.lockstep.inference.SupportVectors;
import dev.lockstep.inference.TreeEnsemble;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Operators of the domain ai.onnx.ml other than trees, and what they share. Features are floats, so
 * a model's input is of type F32; results are 32-bit integers on a power-of-two scale.
 *
 * @source Operators-ml of ONNX; where it is silent, what ONNX Runtime does
 */
final class ClassicalLowering {
    /** Whole numbers: labels, ones and zeros. */
    static final TensorScale WHOLE = new TensorScale(DType.I32, 1, 0);

    /** Features as they come in. */
    static final TensorScale FEATURES = new TensorScale(DType.F32, 1, 0);

    private static final TensorScale Q30 = new TensorScale(DType.I32, 0x1p-30f, 0);

    private static final BigDecimal LOG2_E =
            new BigDecimal("1.4426950408889634073599246810018921374266459541529859");

    /** A feature seen in samples fills these bits, and may be 32 times greater in a run. */
    private static final int FEATURE_BITS = 24;

    private static final int FEATURE_HEADROOM_BITS = 5;

    /** Features whose squares are summed, and those whose sums are multiplied besides. */
    private static final int SQUARED_BITS = 20;

    private static final int KERNEL_BITS = 17;
    private static final int KERNEL_HEADROOM_BITS = 2;

    /** Weights of the machines of one classifier. */
    private static final long WEIGHTS_MAX = 1 << 21;

    /** The operators of the domain, by name. */
    static final Map<String, Lowering.Row> ROWS = new TreeMap<>();

    static {
        row(
                "TreeEnsembleClassifier",
                TreeLowering::classifier,
                "nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values nodes_values_as_tensor nodes_truenodeids nodes_falsenodeids nodes_missing_value_tracks_true nodes_hitrates nodes_hitrates_as_tensor class_treeids class_nodeids class_ids class_weights class_weights_as_tensor base_values base_values_as_tensor classlabels_int64s classlabels_strings post_transform");
        row(
                "TreeEnsembleRegressor",
                TreeLowering::regressor,
                "nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values nodes_values_as_tensor nodes_truenodeids nodes_falsenodeids nodes_missing_value_tracks_true nodes_hitrates nodes_hitrates_as_tensor target_treeids target_nodeids target_ids target_weights target_weights_as_tensor base_values base_values_as_tensor n_targets aggregate_function post_transform");
        row(
                "TreeEnsemble",
                TreeLowering::ensemble,
                "tree_roots nodes_featureids nodes_modes nodes_splits nodes_truenodeids nodes_falsenodeids nodes_trueleafs nodes_falseleafs nodes_missing_value_tracks_true nodes_hitrates membership_values leaf_targetids leaf_weights n_targets aggregate_function post_transform");
        row(
                "LinearClassifier",
                ClassicalLowering::linearClassifier,
                "coefficients intercepts classlabels_ints classlabels_strings multi_class post_transform");
        row(
                "LinearRegressor",
                ClassicalLowering::linearRegressor,
                "coefficients intercepts targets post_transform");
        row(
                "SVMRegressor",
                ClassicalLowering::svmRegressor,
                "coefficients kernel_params kernel_type n_supports one_class post_transform rho support_vectors");
        row(
                "SVMClassifier",
                ClassicalLowering::svmClassifier,
                "classlabels_ints classlabels_strings coefficients kernel_params kernel_type post_transform prob_a prob_b rho support_vectors vectors_per_class");
        row("Scaler", ClassicalLowering::scaler, "offset scale");
        row("Normalizer", ClassicalLowering::normalizer, "norm");
        row("Imputer", ClassicalLowering::imputer, "imputed_value_floats replaced_value_float");
        row("Binarizer", ClassicalLowering::binarizer, "threshold");
        row("OneHotEncoder", ClassicalLowering::oneHotEncoder, "cats_int64s zeros");
        row(
                "LabelEncoder",
                ClassicalLowering::labelEncoder,
                "keys_floats keys_int64s values_floats values_int64s default_float default_int64");
        row("ArrayFeatureExtractor", ClassicalLowering::arrayFeatureExtractor, "");
        row("FeatureVectorizer", ClassicalLowering::featureVectorizer, "inputdimensions");
    }

    private static void row(String op, Lowering.Body body, String attributes) {
        ROWS.put(op, new Lowering.Row(Set.of(attributes.split(" ")), body));
    }

    private ClassicalLowering() {}

    /** A comparison of a column with a bound. */
    record Cut(int column, int bound) {}

    // Shared by the operators.

    static TensorScale scale(LoweringState state, String tensor) {
        TensorScale scale = state.scale(tensor);
        if (scale == null) {
            throw new IllegalStateException("no scale for tensor " + tensor);
        }
        return scale;
    }

    static int last(int[] shape) {
        return shape[shape.length - 1];
    }

    static int count(MlAttributes attributes, String name, int otherwise) throws ImportException {
        long value = attributes.node().whole(name, otherwise);
        if (value < 1 || value > 1 << 20) {
            throw attributes.refusal(
                    "attribute '" + name + "' is " + value + "; allowed 1.." + (1 << 20));
        }
        return (int) value;
    }

    /**
     * A threshold in double precision as a float. Where features are floats too, it decides for
     * every float as the double does. Where they are doubles in the file, which a run gets rounded,
     * it is rounded like them, so that what was equal stays so.
     */
    static float threshold(double value, TreeTable.Comparison comparison, boolean isRounded) {
        float nearest = (float) value;
        if (isRounded) {
            return nearest;
        }
        return switch (comparison) {
            case LEQ, GT -> nearest > value ? Math.nextDown(nearest) : nearest;
            case LT, GTE -> nearest < value ? Math.nextUp(nearest) : nearest;
            case EQ, NEQ, MEMBER -> nearest;
        };
    }

    /** Whether a node's features are doubles in the file. */
    static boolean areDoubles(OnnxNode node, LoweringState state) throws ImportException {
        boolean areDoubles = state.inputType(state.activation(node, 0)) == ElementType.DOUBLE;
        if (areDoubles) {
            state.note("features are doubles in the file and float32 here, as are thresholds");
        }
        return areDoubles;
    }

    /** The columns of a tensor of features. */
    static Columns columns(OnnxNode node, LoweringState state, int input) throws ImportException {
        String tensor = state.activation(node, input);
        Columns known = state.columns(tensor);
        if (known != null) {
            return known;
        }
        int[] shape = state.shape(tensor);
        if (!state.isInput(tensor) || shape.length == 0) {
            throw new ImportException(
                    node.label()
                            + ": input '"
                            + tensor
                            + "' of shape "
                            + Arrays.toString(shape)
                            + " is computed; only features, scaled, imputed or picked, are supported here");
        }
        state.give(tensor, FEATURES);
        return Columns.of(tensor, last(shape));
    }

    /**
     * Adds an ensemble of trees over a node's input.
     *
     * @param part what the result is of the node's output; null for that output itself
     */
    static String trees(
            MlAttributes attributes,
            LoweringState state,
            int input,
            TreeTable table,
            @Nullable String part)
            throws ImportException {
        OnnxNode node = attributes.node();
        Columns columns = columns(node, state, input);
        TreeTable.Compiled compiled = table.compile(columns.columns());
        String first = node.outputs().getFirst();
        String output = part == null ? first : state.fresh(first, part);
        int[] shape = state.shape(columns.source()).clone();
        shape[shape.length - 1] = table.targets();
        state.give(output, compiled.scale());
        state.add(
                new FloatLayer.Exact(columns.source(), output, compiled.op(), false, true), shape);
        return output;
    }

    static void probabilities(LoweringState state, String scores, String output, String transform)
            throws ImportException {
        BigDecimal factor =
                scale(state, scores).exact().multiply(LOG2_E).multiply(new BigDecimal(1 << 16));
        Multiplier multiplier = Multiplier.of(factor, 1L << 31);
        Op op =
                new Probabilities(
                        Probabilities.Curve.valueOf(transform),
                        multiplier.value(),
                        multiplier.shift());
        state.give(output, Q30);
        state.add(new FloatLayer.Exact(scores, output, op, false, true), state.shape(scores));
    }

    /** One of several numbers: the place among cuts of ascending bounds. */
    static TreeEnsemble choice(List<Cut> cuts, int[] values) {
        List<Integer> nodes = new ArrayList<>();
        search(cuts, 0, cuts.size(), nodes);
        int[] leaves = new int[TreeEnsemble.ENTRY * values.length];
        for (int i = 0; i < values.length; i++) {
            leaves[TreeEnsemble.ENTRY * i] = TreeEnsemble.LAST;
            leaves[TreeEnsemble.ENTRY * i + 1] = values[i] >> 31;
            leaves[TreeEnsemble.ENTRY * i + 2] = values[i];
        }
        return new TreeEnsemble(
                1,
                TreeEnsemble.Aggregate.SUM,
                Ints.of(cuts.isEmpty() ? -1 : 0),
                Ints.of(nodes.stream().mapToInt(Integer::intValue).toArray()),
                Ints.of(leaves),
                Ints.of(0, 0),
                DType.I32,
                Rescale.of(Multiplier.ONE, 0, DType.I32));
    }

    /** Places from..to, both included, as a search; answers the reference to its root. */
    private static int search(List<Cut> cuts, int from, int to, List<Integer> nodes) {
        if (from == to) {
            return -1 - from;
        }
        int middle = (from + to) / 2;
        int at = nodes.size();
        nodes.addAll(List.of(2 * cuts.get(middle).column(), cuts.get(middle).bound(), 0, 0));
        nodes.set(at + 2, search(cuts, from, middle, nodes));
        nodes.set(at + 3, search(cuts, middle + 1, to, nodes));
        return at / TreeEnsemble.NODE;
    }

    // The operators.

    static void scaler(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        Columns columns = columns(node, state, 0);
        int n = columns.columns().size();
        double[] offset = attributes.finite("offset");
        double[] scale = attributes.finite("scale");
        List<Column> scaled = new ArrayList<>();
        if (offset.length > 1) {
            attributes.checkLength("offset", offset.length, n);
        }
        if (scale.length > 1) {
            attributes.checkLength("scale", scale.length, n);
        }
        for (int i = 0; i < n; i++) {
            float o = offset.length == 0 ? 0 : (float) offset[Math.min(i, offset.length - 1)];
            float s = scale.length == 0 ? 1 : (float) scale[Math.min(i, scale.length - 1)];
            scaled.add(columns.columns().get(i).then(new Columns.Affine(o, s)));
        }
        add(node, state, new Columns(columns.source(), List.copyOf(scaled)));
    }

    static void imputer(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        Columns columns = columns(node, state, 0);
        double[] values = attributes.finite("imputed_value_floats");
        if (values.length != 1) {
            attributes.checkLength("imputed_value_floats", values.length, columns.columns().size());
        }
        if (!Float.isNaN(node.real("replaced_value_float", 0))) {
            throw attributes.refusal(
                    "attribute 'replaced_value_float' is "
                            + node.real("replaced_value_float", 0)
                            + "; only NaN is supported");
        }
        List<Column> imputed = new ArrayList<>();
        for (int i = 0; i < columns.columns().size(); i++) {
            float value = (float) values[Math.min(i, values.length - 1)];
            imputed.add(columns.columns().get(i).then(new Columns.Impute(value)));
        }
        add(node, state, new Columns(columns.source(), List.copyOf(imputed)));
    }

    static void arrayFeatureExtractor(OnnxNode node, LoweringState state) throws ImportException {
        Columns columns = columns(node, state, 0);
        OnnxTensor indices = state.constantInput(node, 1);
        List<Column> picked = new ArrayList<>();
        for (long index : indices.longs()) {
            if (index < 0 || index >= columns.columns().size()) {
                throw new ImportException(
                        node.label()
                                + " extracts feature "
                                + index
                                + "; allowed 0.."
                                + (columns.columns().size() - 1));
            }
            picked.add(columns.columns().get((int) index));
        }
        add(node, state, new Columns(columns.source(), List.copyOf(picked)));
    }

    /** One input is what it was; more would be more inputs of the model. */
    static void featureVectorizer(OnnxNode node, LoweringState state) throws ImportException {
        if (node.inputs().size() != 1) {
            throw new ImportException(
                    node.label() + " joins " + node.inputs().size() + " tensors; supported is 1");
        }
        add(node, state, columns(node, state, 0));
    }

    /** Columns as a tensor, in case that something other than trees reads it or it is a result. */
    private static void add(OnnxNode node, LoweringState state, Columns columns)
            throws ImportException {
        String output = node.outputs().getFirst();
        int[] shape = state.shape(columns.source()).clone();
        shape[shape.length - 1] = columns.columns().size();
        boolean plain = true;
        for (int i = 0; i < columns.columns().size(); i++) {
            Column column = columns.columns().get(i);
            plain &= column.feature() == i && isFixable(column);
        }
        if (plain && columns.columns().size() == last(state.shape(columns.source()))) {
            Fixed fixed = Fixed.common(state, columns, FEATURE_BITS, FEATURE_HEADROOM_BITS);
            state.give(output, fixed.scale());
            state.add(fixed.layer(columns, output), shape);
        } else if (columns.columns().stream().allMatch(column -> column.steps().isEmpty())) {
            pick(state, columns, output, shape);
        }
        state.addColumns(output, columns, shape);
    }

    /** Features picked as they are: all of them as fixed-point numbers, then the picked ones. */
    private static void pick(LoweringState state, Columns columns, String output, int[] shape)
            throws ImportException {
        int[] from = state.shape(columns.source());
        Columns all = Columns.of(columns.source(), last(from));
        Fixed fixed = Fixed.common(state, all, FEATURE_BITS, FEATURE_HEADROOM_BITS);
        String integers = state.fresh(output, "features");
        state.give(integers, fixed.scale());
        state.add(fixed.layer(all, integers), from);
        List<Integer> indices = new ArrayList<>();
        for (int axis = 0; axis < from.length - 1; axis++) {
            for (int i = 0; i < from[axis]; i++) {
                indices.add(i);
            }
        }
        columns.columns().forEach(column -> indices.add(column.feature()));
        Op op =
                new Select(
                        Shape.of(shape),
                        Ints.of(indices.stream().mapToInt(Integer::intValue).toArray()));
        state.give(output, fixed.scale());
        state.add(new FloatLayer.Exact(integers, output, op, false, true), shape);
    }

    private static boolean isFixable(Column column) {
        long affine = column.steps().stream().filter(Columns.Affine.class::isInstance).count();
        return affine <= 1;
    }

    /**
     * Features as fixed-point numbers.
     *
     * @param scales what one unit of each column stands for, a power of two
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    record Fixed(FloatToFixed op, double[] scales, boolean imputes) {
        /** Each column on its own scale. */
        static Fixed each(LoweringState state, Columns columns) {
            return of(state, columns, false, FEATURE_BITS, FEATURE_HEADROOM_BITS);
        }

        /**
         * All columns on one scale.
         *
         * @param bits that the greatest column fills on the samples
         * @param headroom bits more that a run may fill
         */
        static Fixed common(LoweringState state, Columns columns, int bits, int headroom) {
            return of(state, columns, true, bits, headroom);
        }

        private static Fixed of(
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
                shifts[i] =
                        Math.clamp(
                                FEATURE_BITS - exponent(Math.max(input, Math.abs(offset))),
                                -128,
                                150);
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
            return new Fixed(op, scales, imputes);
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
    }

    /**
     * Features as fixed-point numbers for a product: every source feature, on its own scale.
     *
     * @param weights (m, n) over the columns of {@code columns}
     */
    private static Product product(
            LoweringState state, Columns columns, double[] weights, double[] bias, String output)
            throws ImportException {
        Fixed fixed;
        int n = columns.columns().size();
        int m = bias.length;
        BigDecimal[] exact = new BigDecimal[m * n];
        BigDecimal[] start = new BigDecimal[m];
        // Scaled features are (x - o)·s, which weights and bias take over; what is imputed first
        // stays with the feature.
        int features = last(state.shape(columns.source()));
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
        fixed = Fixed.each(state, source);
        String integers = state.fresh(output, "features");
        int[] shape = state.shape(columns.source());
        state.give(integers, WHOLE);
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
    private static void multiply(
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
        int up = 61 - exponent(most);
        up = Math.min(up, 31 - exponent(greatest));
        int resultShift = 30 - exponent(usual) - 2;
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

    private static java.math.BigInteger rounded(BigDecimal value) {
        return value.setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
    }

    private static BigDecimal power(int exponent) {
        BigDecimal power = BigDecimal.TWO.pow(Math.abs(exponent));
        return exponent >= 0 ? power : BigDecimal.ONE.divide(power);
    }

    private static int exponent(double size) {
        return size == 0 ? 0 : Math.getExponent(size) + 1;
    }

    private static final long FEATURE_MOST = 1L << (FEATURE_BITS + FEATURE_HEADROOM_BITS);
    private static final long FEATURE_USUAL = 1L << FEATURE_BITS;

    private static void linear(
            OnnxNode node, LoweringState state, double[] weights, double[] bias, String output)
            throws ImportException {
        Columns columns = columns(node, state, 0);
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

    static void linearRegressor(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        attributes.oneOf("post_transform", "NONE", "NONE");
        int targets = count(attributes, "targets", 1);
        int n = columns(node, state, 0).columns().size();
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
        int n = columns(node, state, 0).columns().size();
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

    static void normalizer(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        String norm = attributes.oneOf("norm", "MAX", "MAX", "L1", "L2");
        String input = state.activation(node, 0);
        if (state.isInput(input)) {
            Columns columns = columns(node, state, 0);
            Fixed fixed = Fixed.common(state, columns, SQUARED_BITS, FEATURE_HEADROOM_BITS);
            String integers = state.fresh(node.outputs().getFirst(), "features");
            state.give(integers, fixed.scale());
            state.add(fixed.layer(columns, integers), state.shape(input));
            input = integers;
        }
        state.give(node.outputs().getFirst(), Q30);
        state.add(
                new FloatLayer.Exact(
                        input,
                        node.outputs().getFirst(),
                        new Normalize(Normalize.Norm.valueOf(norm)),
                        false,
                        true),
                state.shape(input));
    }

    /** A 1 where the feature is above the threshold. */
    static void binarizer(OnnxNode node, LoweringState state) throws ImportException {
        int n = columns(node, state, 0).columns().size();
        float threshold = node.real("threshold", 0);
        List<TreeTable.Node> nodes = new ArrayList<>();
        int[] roots = new int[n];
        for (int i = 0; i < n; i++) {
            roots[i] = nodes.size();
            indicator(node, nodes, i, TreeTable.Comparison.GT, threshold, i);
        }
        TreeTable table = new TreeTable(nodes, roots, n, TreeTable.Combination.SUM, new double[0]);
        trees(new MlAttributes(node), state, 0, table, null);
    }

    /** A 1 for each category that the feature equals. */
    static void oneHotEncoder(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        long[] categories = attributes.wholes("cats_int64s");
        int n = columns(node, state, 0).columns().size();
        if (n != 1 || categories.length == 0) {
            throw attributes.refusal(
                    "encodes "
                            + n
                            + " features with "
                            + categories.length
                            + " whole-number categories; supported is one feature, and one category or more");
        }
        if (node.whole("zeros", 1) != 1) {
            throw attributes.refusal(
                    "attribute 'zeros' is 0; a run cannot fail, so only 1 is supported");
        }
        List<TreeTable.Node> nodes = new ArrayList<>();
        int[] roots = new int[categories.length];
        for (int i = 0; i < roots.length; i++) {
            roots[i] = nodes.size();
            indicator(node, nodes, 0, TreeTable.Comparison.EQ, (float) categories[i], i);
        }
        TreeTable table =
                new TreeTable(nodes, roots, roots.length, TreeTable.Combination.SUM, new double[0]);
        trees(attributes, state, 0, table, null);
    }

    private static void indicator(
            OnnxNode node,
            List<TreeTable.Node> nodes,
            int feature,
            TreeTable.Comparison comparison,
            float value,
            int target) {
        int at = nodes.size();
        String name = node.label() + ": element " + target;
        nodes.add(
                new TreeTable.Branching(
                        name, feature, comparison, new float[] {value}, false, at + 1, at + 2));
        nodes.add(new TreeTable.Leaf(name, new int[] {target}, new double[] {1}));
        nodes.add(new TreeTable.Leaf(name, new int[] {target}, new double[] {0}));
    }

    /** A number for each of some numbers, and another for all others. */
    static void labelEncoder(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        double[] keys = numbers(attributes, "keys_");
        double[] values = numbers(attributes, "values_");
        attributes.checkLength("values", values.length, keys.length);
        double otherwise = -1;
        if (node.has("default_float")) {
            otherwise = node.real("default_float", 0);
        } else if (node.has("default_int64")) {
            otherwise = node.whole("default_int64", -1);
        } else if (node.has("values_floats")) {
            otherwise = -0.0;
        }
        List<TreeTable.Node> nodes = new ArrayList<>();
        int[] roots = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            roots[i] = nodes.size();
            String name = node.label() + ": key " + keys[i];
            int at = nodes.size();
            nodes.add(
                    new TreeTable.Branching(
                            name,
                            0,
                            TreeTable.Comparison.EQ,
                            new float[] {(float) keys[i]},
                            false,
                            at + 1,
                            at + 2));
            nodes.add(new TreeTable.Leaf(name, new int[1], new double[] {values[i] - otherwise}));
            nodes.add(new TreeTable.Leaf(name, new int[1], new double[1]));
        }
        TreeTable table =
                new TreeTable(nodes, roots, 1, TreeTable.Combination.SUM, new double[] {otherwise});
        if (columns(node, state, 0).columns().size() != 1) {
            throw attributes.refusal("encodes more than one feature; supported is one");
        }
        trees(attributes, state, 0, table, null);
    }

    private static double[] numbers(MlAttributes attributes, String prefix) throws ImportException {
        if (attributes.node().has(prefix + "floats")) {
            return attributes.finite(prefix + "floats");
        }
        if (attributes.node().has(prefix + "int64s")) {
            return Arrays.stream(attributes.wholes(prefix + "int64s")).asDoubleStream().toArray();
        }
        throw attributes.refusal(
                "supported are lists '"
                        + prefix
                        + "floats' and '"
                        + prefix
                        + "int64s'; a contract has no texts");
    }

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
        int n = columns(node, state, 0).columns().size();
        String output = node.outputs().getFirst();
        if (vectors <= 0) {
            double[] weights = attributes.finite("coefficients", n);
            linear(node, state, weights, new double[] {rho[0]}, output);
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
        BigDecimal a = new BigDecimal(slope[0]).multiply(scale(state, scores).exact());
        BigDecimal b = new BigDecimal(start[0]);
        multiply(
                state,
                scores,
                new BigDecimal[] {a.negate(), a},
                new BigDecimal[] {b.negate(), b},
                state.shape(scores),
                1L << 31,
                1L << 28,
                both);
        probabilities(state, both, output, "LOGISTIC");
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
        Columns columns = columns(node, state, 0);
        int n = columns.columns().size();
        double[] support =
                attributes.finite("support_vectors", (int) Math.min(1L << 30, (long) vectors * n));
        String kernel = attributes.oneOf("kernel_type", "LINEAR", "LINEAR", "RBF", "SIGMOID");
        int m = bias.length;
        if (kernel.equals("LINEAR")) {
            double[] sums = new double[m * n];
            for (int i = 0; i < m; i++) {
                for (int v = 0; v < vectors; v++) {
                    for (int j = 0; j < n; j++) {
                        sums[i * n + j] += weights[i * vectors + v] * support[v * n + j];
                    }
                }
            }
            linear(node, state, sums, bias, output);
            return;
        }
        double[] parameters = attributes.finite("kernel_params", 3);
        for (Column column : columns.columns()) {
            if (!isFixable(column)) {
                throw attributes.refusal("a feature is scaled twice; scale once");
            }
        }
        Fixed fixed = Fixed.common(state, columns, KERNEL_BITS, KERNEL_HEADROOM_BITS);
        String integers = state.fresh(output, "features");
        state.give(integers, fixed.scale());
        int[] shape = state.shape(columns.source());
        state.add(fixed.layer(columns, integers), shape);
        double unit = fixed.scales()[0];
        double kernelMost = 1 << (KERNEL_BITS + KERNEL_HEADROOM_BITS);
        int[] words = new int[support.length];
        for (int i = 0; i < words.length; i++) {
            double word = StrictMath.rint(support[i] / unit);
            words[i] = (int) Math.clamp(word, -kernelMost, kernelMost);
        }
        boolean rbf = kernel.equals("RBF");
        // The hyperbolic tangent of y is that of half of z = 2y·log2 e, in powers of two.
        BigDecimal factor =
                new BigDecimal(parameters[0])
                        .multiply(new BigDecimal(rbf ? 1 : 2))
                        .multiply(new BigDecimal(unit).pow(2))
                        .multiply(LOG2_E)
                        .multiply(new BigDecimal(1 << 16));
        long sumMost = (long) n << (2 * (KERNEL_BITS + KERNEL_HEADROOM_BITS + 1));
        Multiplier multiplier = Multiplier.of(factor, sumMost);
        long offset = rbf ? 0 : (long) StrictMath.rint(parameters[1] / parameters[0] / unit / unit);
        if (Math.abs(offset) > sumMost) {
            throw attributes.refusal("kernel offset " + parameters[1] + " is too large");
        }
        String nearness = state.fresh(output, "kernels");
        int[] many = shape.clone();
        many[many.length - 1] = vectors;
        state.give(nearness, Q30);
        state.add(
                new FloatLayer.Exact(
                        integers,
                        nearness,
                        new SupportVectors(
                                rbf ? SupportVectors.Nearness.RBF : SupportVectors.Nearness.SIGMOID,
                                vectors,
                                Ints.of(words),
                                Ints.of((int) (offset >> 32), (int) offset),
                                multiplier.value(),
                                multiplier.shift()),
                        false,
                        true),
                many);
        BigDecimal[] exact = new BigDecimal[weights.length];
        for (int i = 0; i < exact.length; i++) {
            exact[i] = new BigDecimal(weights[i]).multiply(power(-30));
        }
        BigDecimal[] start = new BigDecimal[m];
        for (int i = 0; i < m; i++) {
            start[i] = new BigDecimal(bias[i]);
        }
        multiply(state, nearness, exact, start, shape, 1L << 30, 1L << 30, output);
    }
}

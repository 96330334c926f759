package dev.lockstep.importer;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Multiplier;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Probabilities;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.TreeEnsemble;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The operators of the domain ai.onnx.ml, and what they share. Features are floats, so a model's
 * input is of type F32; results are 32-bit integers on a power-of-two scale.
 *
 * @source Operators-ml of ONNX; where it is silent, what ONNX Runtime does
 */
final class ClassicalLowering {
    /** Whole numbers: labels, ones and zeros. */
    static final TensorScale WHOLE = new TensorScale(DType.I32, 1, 0);

    /** Features as they come in. */
    static final TensorScale FEATURES = new TensorScale(DType.F32, 1, 0);

    static final TensorScale Q30 = new TensorScale(DType.I32, 0x1p-30f, 0);

    static final BigDecimal LOG2_E =
            new BigDecimal("1.4426950408889634073599246810018921374266459541529859");

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
                LinearModelLowering::linearClassifier,
                "coefficients intercepts classlabels_ints classlabels_strings multi_class post_transform");
        row(
                "LinearRegressor",
                LinearModelLowering::linearRegressor,
                "coefficients intercepts targets post_transform");
        row(
                "SVMRegressor",
                SupportVectorLowering::svmRegressor,
                "coefficients kernel_params kernel_type n_supports one_class post_transform rho support_vectors");
        row(
                "SVMClassifier",
                SupportVectorLowering::svmClassifier,
                "classlabels_ints classlabels_strings coefficients kernel_params kernel_type post_transform prob_a prob_b rho support_vectors vectors_per_class");
        row("Scaler", FeatureLowering::scaler, "offset scale");
        row("Normalizer", FeatureLowering::normalizer, "norm");
        row("Imputer", FeatureLowering::imputer, "imputed_value_floats replaced_value_float");
        row("Binarizer", FeatureLowering::binarizer, "threshold");
        row("OneHotEncoder", FeatureLowering::oneHotEncoder, "cats_int64s zeros");
        row(
                "LabelEncoder",
                FeatureLowering::labelEncoder,
                "keys_floats keys_int64s values_floats values_int64s default_float default_int64");
        row("ArrayFeatureExtractor", FeatureLowering::arrayFeatureExtractor, "");
        row("FeatureVectorizer", FeatureLowering::featureVectorizer, "inputdimensions");
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
}

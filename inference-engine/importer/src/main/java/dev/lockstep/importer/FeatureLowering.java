package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Normalize;
import dev.lockstep.inference.Op;
import dev.lockstep.inference.Select;
import dev.lockstep.inference.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Features before a model reads them: scaled, imputed, picked, joined, encoded. */
final class FeatureLowering {
    /** Features whose squares are summed. */
    private static final int SQUARED_BITS = 20;

    private FeatureLowering() {}

    static void scaler(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        Columns columns = ClassicalLowering.columns(node, state, 0);
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
        Columns columns = ClassicalLowering.columns(node, state, 0);
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
        Columns columns = ClassicalLowering.columns(node, state, 0);
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

    static void featureVectorizer(OnnxNode node, LoweringState state) throws ImportException {
        if (node.inputs().size() == 1) {
            add(node, state, ClassicalLowering.columns(node, state, 0));
            return;
        }
        Columns columns = joined(state, node.inputs().stream().map(state::resolve).toList());
        if (columns == null) {
            throw new ImportException(
                    node.label()
                            + " joins "
                            + node.inputs().size()
                            + " tensors; supported are those of features, scaled, imputed or picked");
        }
        add(node, state, columns);
    }

    /** Columns of several tensors side by side; null where these are not of one input. */
    static @Nullable Columns joined(LoweringState state, List<String> tensors) {
        List<Column> all = new ArrayList<>();
        String source = null;
        for (String tensor : tensors) {
            Columns columns = state.columns(tensor);
            if (columns == null || (source != null && !columns.source().equals(source))) {
                return null;
            }
            source = columns.source();
            all.addAll(columns.columns());
        }
        return source == null ? null : new Columns(source, List.copyOf(all));
    }

    /** Columns as a tensor, in case that something other than trees reads it or it is a result. */
    static void add(OnnxNode node, LoweringState state, Columns columns) throws ImportException {
        String output = node.outputs().getFirst();
        int[] shape = state.shape(columns.source()).clone();
        shape[shape.length - 1] = columns.columns().size();
        boolean plain = true;
        for (int i = 0; i < columns.columns().size(); i++) {
            Column column = columns.columns().get(i);
            plain &= column.feature() == i && FixedFeatures.isFixable(column);
        }
        if (plain
                && columns.columns().size()
                        == ClassicalLowering.last(state.shape(columns.source()))) {
            FixedFeatures fixed =
                    FixedFeatures.common(
                            state, columns, FixedFeatures.BITS, FixedFeatures.HEADROOM_BITS);
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
        Columns all = Columns.of(columns.source(), ClassicalLowering.last(from));
        FixedFeatures fixed =
                FixedFeatures.common(state, all, FixedFeatures.BITS, FixedFeatures.HEADROOM_BITS);
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

    static void normalizer(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        String norm = attributes.oneOf("norm", "MAX", "MAX", "L1", "L2");
        String input = state.activation(node, 0);
        if (state.isInput(input)) {
            Columns columns = ClassicalLowering.columns(node, state, 0);
            FixedFeatures fixed =
                    FixedFeatures.common(state, columns, SQUARED_BITS, FixedFeatures.HEADROOM_BITS);
            String integers = state.fresh(node.outputs().getFirst(), "features");
            state.give(integers, fixed.scale());
            state.add(fixed.layer(columns, integers), state.shape(input));
            input = integers;
        }
        state.give(node.outputs().getFirst(), ClassicalLowering.Q30);
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
        int n = ClassicalLowering.columns(node, state, 0).columns().size();
        float threshold = node.real("threshold", 0);
        List<TreeTable.Node> nodes = new ArrayList<>();
        int[] roots = new int[n];
        for (int i = 0; i < n; i++) {
            roots[i] = nodes.size();
            indicator(node, nodes, i, TreeTable.Comparison.GT, threshold, i);
        }
        TreeTable table = new TreeTable(nodes, roots, n, TreeTable.Combination.SUM, new double[0]);
        ClassicalLowering.trees(new MlAttributes(node), state, 0, table, null);
    }

    /** A 1 for each category that the feature equals. */
    static void oneHotEncoder(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        long[] categories = attributes.wholes("cats_int64s");
        int n = ClassicalLowering.columns(node, state, 0).columns().size();
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
        ClassicalLowering.trees(attributes, state, 0, table, null);
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
        if (ClassicalLowering.columns(node, state, 0).columns().size() != 1) {
            throw attributes.refusal("encodes more than one feature; supported is one");
        }
        ClassicalLowering.trees(attributes, state, 0, table, null);
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
}

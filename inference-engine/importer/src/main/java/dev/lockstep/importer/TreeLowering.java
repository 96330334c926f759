package dev.lockstep.importer;

import dev.lockstep.importer.TreeTable.Branching;
import dev.lockstep.importer.TreeTable.Combination;
import dev.lockstep.importer.TreeTable.Comparison;
import dev.lockstep.importer.TreeTable.Leaf;
import dev.lockstep.importer.TreeTable.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads trees: TreeEnsembleClassifier and TreeEnsembleRegressor, whose nodes have ids, and
 * TreeEnsemble of ai.onnx.ml 5, whose nodes are numbered.
 *
 * @source Operators-ml of ONNX
 */
final class TreeLowering {
    private static final List<String> MODES =
            List.of(
                    "BRANCH_LEQ",
                    "BRANCH_LT",
                    "BRANCH_GTE",
                    "BRANCH_GT",
                    "BRANCH_EQ",
                    "BRANCH_NEQ",
                    "BRANCH_MEMBER");
    private static final String LEAF = "LEAF";

    private TreeLowering() {}

    /** A node by its ids. */
    private record Id(long tree, long node) {
        @Override
        public String toString() {
            return "node " + node + " of tree " + tree;
        }
    }

    static void classifier(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        Classes classes = Classes.of(attributes, "classlabels_int64s");
        TreeTable table = byId(attributes, state, "class", classes.count(), Combination.SUM);
        boolean positive = true;
        for (double weight : attributes.finite("class_weights")) {
            positive &= weight >= 0;
        }
        long[] ids = attributes.wholes("class_ids");
        boolean single = classes.count() == 2 && Arrays.stream(ids).distinct().count() == 1;
        if (single) {
            double[] base = attributes.finite("base_values");
            table = table.withOneTarget(base.length == 0 ? 0 : base[base.length - 1]);
        }
        String scores = ClassicalLowering.trees(attributes, state, 0, table, "scores");
        classes.finish(attributes, state, scores, positive);
    }

    static void regressor(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        int targets = ClassicalLowering.count(attributes, "n_targets", 1);
        Combination combination =
                Combination.valueOf(
                        attributes.oneOf(
                                "aggregate_function", "SUM", "SUM", "AVERAGE", "MIN", "MAX"));
        TreeTable table = byId(attributes, state, "target", targets, combination);
        String transform =
                attributes.oneOf(
                        "post_transform", "NONE", "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO");
        regress(attributes, state, table, transform);
    }

    private static void regress(
            MlAttributes attributes, LoweringState state, TreeTable table, String transform)
            throws ImportException {
        String output = attributes.node().outputs().getFirst();
        if (transform.equals("NONE")) {
            ClassicalLowering.trees(attributes, state, 0, table, null);
            return;
        }
        if (table.targets() == 1) {
            throw attributes.refusal(
                    "attribute 'post_transform' is '"
                            + transform
                            + "' for one target, which ONNX Runtime leaves out; apply it behind the model, or leave it out");
        }
        String scores = ClassicalLowering.trees(attributes, state, 0, table, "scores");
        ClassicalLowering.probabilities(state, scores, output, transform);
    }

    /** Trees whose nodes are named by tree and node. */
    private static TreeTable byId(
            MlAttributes attributes,
            LoweringState state,
            String kind,
            int targets,
            Combination combination)
            throws ImportException {
        long[] trees = attributes.wholes("nodes_treeids");
        int count = trees.length;
        if (count == 0) {
            throw attributes.refusal("attribute 'nodes_treeids' is empty");
        }
        long[] nodes = attributes.wholes("nodes_nodeids", count);
        long[] features = attributes.wholes("nodes_featureids", count);
        List<String> modes = attributes.texts("nodes_modes", count);
        double[] values = attributes.reals("nodes_values", count);
        long[] whenTrue = attributes.wholes("nodes_truenodeids", count);
        long[] whenFalse = attributes.wholes("nodes_falsenodeids", count);
        long[] missing = new long[count];
        String missingName = "nodes_missing_value_tracks_true";
        if (attributes.wholes(missingName).length > 0) {
            missing = attributes.wholes(missingName, count);
        }
        boolean areDoubles = ClassicalLowering.areDoubles(attributes.node(), state);
        Map<Id, Integer> places = new HashMap<>();
        for (int i = 0; i < count; i++) {
            Id id = new Id(trees[i], nodes[i]);
            if (places.put(id, i) != null) {
                throw attributes.refusal(id + " is there twice");
            }
        }
        Map<Integer, SortedMap<Integer, Double>> says =
                leaves(attributes, kind, places, modes, targets);
        boolean[] isBelow = new boolean[count];
        List<Node> table = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Id id = new Id(trees[i], nodes[i]);
            String name = attributes.node().label() + ": " + id;
            if (modes.get(i).equals(LEAF)) {
                table.add(leaf(name, says.getOrDefault(i, new TreeMap<>())));
                continue;
            }
            int mode = MODES.indexOf(modes.get(i));
            if (mode < 0 || mode == Comparison.MEMBER.ordinal()) {
                throw attributes.refusal(
                        id
                                + " has mode '"
                                + modes.get(i)
                                + "'; supported are "
                                + MODES.subList(0, 6)
                                + " and "
                                + LEAF);
            }
            Comparison comparison = Comparison.values()[mode];
            int first = child(attributes, places, id, new Id(trees[i], whenTrue[i]), isBelow);
            int second = child(attributes, places, id, new Id(trees[i], whenFalse[i]), isBelow);
            table.add(
                    new Branching(
                            name,
                            index(features[i]),
                            comparison,
                            new float[] {
                                ClassicalLowering.threshold(values[i], comparison, areDoubles)
                            },
                            missing[i] != 0,
                            first,
                            second));
        }
        return new TreeTable(
                table,
                roots(attributes, trees, isBelow),
                targets,
                combination,
                base(attributes, targets));
    }

    /** A whole number as an index; what is no index becomes one that nothing has. */
    private static int index(long value) {
        return value < 0 || value > Integer.MAX_VALUE ? -1 : (int) value;
    }

    private static double[] base(MlAttributes attributes, int targets) throws ImportException {
        double[] base = attributes.finite("base_values");
        if (base.length > 1 && base.length != targets) {
            attributes.checkLength("base_values", base.length, targets);
        }
        if (base.length == 1 && targets > 1) {
            double[] all = new double[targets];
            all[0] = base[0];
            return all;
        }
        return base;
    }

    /** What each leaf says about each target. */
    private static Map<Integer, SortedMap<Integer, Double>> leaves(
            MlAttributes attributes,
            String kind,
            Map<Id, Integer> places,
            List<String> modes,
            int targets)
            throws ImportException {
        long[] trees = attributes.wholes(kind + "_treeids");
        long[] nodes = attributes.wholes(kind + "_nodeids", trees.length);
        long[] ids = attributes.wholes(kind + "_ids", trees.length);
        double[] weights = attributes.finite(kind + "_weights", trees.length);
        Map<Integer, SortedMap<Integer, Double>> says = new HashMap<>();
        for (int i = 0; i < trees.length; i++) {
            Id id = new Id(trees[i], nodes[i]);
            Integer place = places.get(id);
            if (place == null || !modes.get(place).equals(LEAF)) {
                throw attributes.refusal(
                        "attribute '"
                                + kind
                                + "_nodeids' gives a weight to "
                                + id
                                + ", which is no leaf");
            }
            if (ids[i] < 0 || ids[i] >= targets) {
                throw attributes.refusal(
                        "attribute '"
                                + kind
                                + "_ids' holds "
                                + ids[i]
                                + " at "
                                + i
                                + "; allowed 0.."
                                + (targets - 1));
            }
            says.computeIfAbsent(place, _ -> new TreeMap<>())
                    .merge((int) ids[i], weights[i], Double::sum);
        }
        return says;
    }

    /** A leaf that says nothing says 0 about the first target. */
    private static Leaf leaf(String name, SortedMap<Integer, Double> says) {
        if (says.isEmpty()) {
            return new Leaf(name, new int[1], new double[1]);
        }
        return new Leaf(
                name,
                says.keySet().stream().mapToInt(Integer::intValue).toArray(),
                says.values().stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static int child(
            MlAttributes attributes, Map<Id, Integer> places, Id from, Id to, boolean[] isBelow)
            throws ImportException {
        Integer place = places.get(to);
        if (place == null) {
            throw attributes.refusal(from + " leads to node " + to.node + ", which is not there");
        }
        isBelow[place] = true;
        return place;
    }

    /** One node of each tree has none above it. */
    private static int[] roots(MlAttributes attributes, long[] trees, boolean[] isBelow)
            throws ImportException {
        Map<Long, Integer> roots = new TreeMap<>();
        for (int i = 0; i < trees.length; i++) {
            if (!isBelow[i] && roots.put(trees[i], i) != null) {
                throw attributes.refusal("tree " + trees[i] + " has two roots");
            }
        }
        for (long tree : trees) {
            if (!roots.containsKey(tree)) {
                throw attributes.refusal(
                        "tree " + tree + " has no root: its nodes lead to one another");
            }
        }
        return roots.values().stream().mapToInt(Integer::intValue).toArray();
    }

    /** TreeEnsemble of ai.onnx.ml 5: nodes and leaves by their places in lists. */
    static void ensemble(OnnxNode node, LoweringState state) throws ImportException {
        MlAttributes attributes = new MlAttributes(node);
        long[] features = attributes.wholes("nodes_featureids");
        int count = features.length;
        long[] leafTargets = attributes.wholes("leaf_targetids");
        OnnxTensor weights = tensor(attributes, "leaf_weights", leafTargets.length);
        OnnxTensor splits = tensor(attributes, "nodes_splits", count);
        long[] modes = attributes.tensor("nodes_modes", count);
        long[] whenTrue = attributes.wholes("nodes_truenodeids", count);
        long[] whenFalse = attributes.wholes("nodes_falsenodeids", count);
        long[] trueLeaf = attributes.wholes("nodes_trueleafs", count);
        long[] falseLeaf = attributes.wholes("nodes_falseleafs", count);
        long[] missing = new long[count];
        if (node.has("nodes_missing_value_tracks_true")) {
            missing = attributes.wholes("nodes_missing_value_tracks_true", count);
        }
        int targets = ClassicalLowering.count(attributes, "n_targets", 1);
        List<float[]> members = members(attributes, modes);
        boolean areDoubles = ClassicalLowering.areDoubles(node, state);
        List<Node> table = new ArrayList<>();
        int nextMembers = 0;
        for (int i = 0; i < count; i++) {
            String name = node.label() + ": node " + i;
            if (modes[i] < 0 || modes[i] >= MODES.size()) {
                throw new ImportException(
                        name + " has mode " + modes[i] + "; allowed 0.." + (MODES.size() - 1));
            }
            Comparison comparison = Comparison.values()[(int) modes[i]];
            boolean isSet = comparison == Comparison.MEMBER;
            float[] values =
                    isSet
                            ? members.get(nextMembers++)
                            : new float[] {
                                ClassicalLowering.threshold(
                                        splits.wide()[i], comparison, areDoubles)
                            };
            table.add(
                    new Branching(
                            name,
                            index(features[i]),
                            comparison,
                            values,
                            missing[i] != 0,
                            child(name, whenTrue[i], trueLeaf[i], count, leafTargets.length),
                            child(name, whenFalse[i], falseLeaf[i], count, leafTargets.length)));
        }
        for (int i = 0; i < leafTargets.length; i++) {
            String name = node.label() + ": leaf " + i;
            double weight = weights.wide()[i];
            if (leafTargets[i] < 0 || leafTargets[i] >= targets || !Double.isFinite(weight)) {
                throw new ImportException(
                        name
                                + " says "
                                + weight
                                + " about target "
                                + leafTargets[i]
                                + "; allowed are finite numbers and targets 0.."
                                + (targets - 1));
            }
            table.add(new Leaf(name, new int[] {(int) leafTargets[i]}, new double[] {weight}));
        }
        long[] roots = attributes.wholes("tree_roots");
        int[] places = new int[roots.length];
        for (int i = 0; i < places.length; i++) {
            places[i] = child(node.label() + ": root of tree " + i, roots[i], 0, count, 0);
        }
        if (places.length == 0) {
            throw attributes.refusal("attribute 'tree_roots' is empty");
        }
        Combination[] combinations = {
            Combination.AVERAGE, Combination.SUM, Combination.MIN, Combination.MAX
        };
        String[] transforms = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"};
        int combination = choice(attributes, "aggregate_function", 1, combinations.length);
        int transform = choice(attributes, "post_transform", 0, transforms.length);
        regress(
                attributes,
                state,
                new TreeTable(table, places, targets, combinations[combination], new double[0]),
                transforms[transform]);
    }

    private static int choice(MlAttributes attributes, String name, int otherwise, int count)
            throws ImportException {
        long value = attributes.node().whole(name, otherwise);
        if (value < 0 || value >= count) {
            throw attributes.refusal(
                    "attribute '" + name + "' is " + value + "; supported are 0.." + (count - 1));
        }
        return (int) value;
    }

    private static OnnxTensor tensor(MlAttributes attributes, String name, int length)
            throws ImportException {
        if (!(attributes.node().attributes().get(name) instanceof OnnxNode.Attribute.Tensor(var t))
                || !t.isFloat()) {
            throw attributes.refusal("attribute '" + name + "' is not a tensor of real numbers");
        }
        attributes.checkLength(name, t.size(), length);
        return t;
    }

    private static int child(String name, long to, long isLeaf, int nodes, int leaves)
            throws ImportException {
        long limit = isLeaf == 0 ? nodes : leaves;
        if (to < 0 || to >= limit) {
            throw new ImportException(
                    name
                            + " leads to "
                            + (isLeaf == 0 ? "node " : "leaf ")
                            + to
                            + "; allowed 0.."
                            + (limit - 1));
        }
        return (int) (isLeaf == 0 ? to : nodes + to);
    }

    /** The sets that nodes compare with, in the order of these nodes, each ended by a NaN. */
    private static List<float[]> members(MlAttributes attributes, long[] modes)
            throws ImportException {
        List<float[]> sets = new ArrayList<>();
        double[] all = attributes.reals("membership_values");
        int from = 0;
        for (int i = 0; i < all.length; i++) {
            if (Double.isNaN(all[i])) {
                float[] set = new float[i - from];
                for (int k = 0; k < set.length; k++) {
                    set[k] = (float) all[from + k];
                }
                sets.add(set);
                from = i + 1;
            }
        }
        long wanted =
                Arrays.stream(modes).filter(mode -> mode == Comparison.MEMBER.ordinal()).count();
        boolean empty = sets.stream().anyMatch(set -> set.length == 0);
        if (sets.size() != wanted || from != all.length || empty) {
            throw attributes.refusal(
                    "attribute 'membership_values' holds "
                            + sets.size()
                            + " sets ended by NaN and "
                            + (all.length - from)
                            + " values after them; expected "
                            + wanted
                            + " sets of one member or more, and none after");
        }
        return sets;
    }
}

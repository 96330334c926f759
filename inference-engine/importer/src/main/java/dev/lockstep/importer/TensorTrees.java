package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.importer.TreeTable.Comparison;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Finds trees that an exporter wrote as tensors: indices walk down all trees at once by gathering
 * features and comparing them. Every element of a tensor is then a tree of its own, whose branches
 * are comparisons of features; what the nodes do is done to the leaves. Where the graph goes on
 * with the numbers at the leaves, an ensemble of trees that gives them is put there.
 */
final class TensorTrees {
    /** Leaves of all elements of one tensor; a graph that comes to more stays as it is. */
    private static final int LEAVES_MAX = 1 << 20;

    private static final int CLASSICAL_OPSET = 3;

    private static final Map<String, Comparison> COMPARISONS =
            Map.of(
                    "Less", Comparison.LT,
                    "LessOrEqual", Comparison.LEQ,
                    "Greater", Comparison.GT,
                    "GreaterOrEqual", Comparison.GTE,
                    "Equal", Comparison.EQ);

    /** The graph does something else than walk down trees. */
    private static final class OtherGraph extends Exception {
        OtherGraph() {
            super(null, null, false, false);
        }
    }

    /** What an element is, depending on features. */
    private sealed interface Tree {}

    private record Value(double value) implements Tree {}

    private record Feature(int index) implements Tree {}

    private record Test(int feature, float threshold, Comparison comparison) {}

    private record Branch(Test test, Tree yes, Tree no) implements Tree {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    private record Elements(int[] dims, Tree[] trees) {}

    private interface Join {
        Tree of(Tree a, Tree b) throws OtherGraph;
    }

    private final OnnxGraph graph;
    private final Map<String, Elements> known = new HashMap<>();
    private final Map<String, OnnxTensor> constants;
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final OnnxGraphBuilder out = new OnnxGraphBuilder();
    private int leaves;
    private int ensembles;

    private TensorTrees(OnnxGraph graph) {
        this.graph = graph;
        constants = new HashMap<>(graph.initializers());
    }

    /** The graph with ensembles of trees, or as it is where it holds none. */
    static OnnxGraph found(OnnxGraph graph) {
        if (graph.inputs().size() != 1) {
            return graph;
        }
        boolean walks =
                graph.nodes().stream().anyMatch(node -> COMPARISONS.containsKey(node.op()))
                        && graph.nodes().stream().anyMatch(node -> node.op().equals("Gather"));
        List<Long> dims = graph.inputs().getFirst().dims();
        if (!walks
                || graph.classicalOpset() > 0
                || dims.size() != 2
                || dims.get(0) > 1
                || dims.get(1) < 1
                || dims.get(1) > 1 << 12
                || graph.inputs().getFirst().elementType() != ElementType.FLOAT.code()) {
            return graph;
        }
        try {
            return new TensorTrees(graph).walked();
        } catch (OtherGraph | ImportException other) {
            return graph;
        }
    }

    private OnnxGraph walked() throws OtherGraph, ImportException {
        ValueInfo input = graph.inputs().getFirst();
        Tree[] features = new Tree[Math.toIntExact(input.dims().get(1))];
        Arrays.setAll(features, Feature::new);
        known.put(input.name(), new Elements(new int[] {1, features.length}, features));
        for (OnnxNode node : graph.nodes()) {
            if (!node.op().equals("Constant")
                    && node.inputs().stream().noneMatch(known::containsKey)) {
                OnnxTensor folded = folded(node);
                if (folded == null) {
                    nodes.add(node);
                } else {
                    constants.put(node.outputs().getFirst(), folded);
                }
                continue;
            }
            if (node.op().equals("Constant")) {
                OnnxTensor value = ConstantFolder.fold(node, List.of());
                if (value != null) {
                    constants.put(node.outputs().getFirst(), value);
                }
                nodes.add(node);
                continue;
            }
            if (node.op().equals("Shape")) {
                long[] dims = Arrays.stream(elements(node, 0).dims).asLongStream().toArray();
                constants.put(
                        node.outputs().getFirst(),
                        OnnxTensor.ofLongs(
                                node.outputs().getFirst(), new int[] {dims.length}, dims));
                continue;
            }
            if (node.op().equals("ReduceSum")
                    && known.containsKey(node.input(0))
                    && Arrays.stream(elements(node, 0).trees).noneMatch(TensorTrees::hasFeature)) {
                // A sum of numbers is what an ensemble is for.
                Sums sums = sums(node);
                int terms = sums.groups.getFirst().size();
                Tree[] all = sums.groups.stream().flatMap(List::stream).toArray(Tree[]::new);
                ensemble(node.outputs().getFirst(), sums.dims, all, terms);
                continue;
            }
            Elements made = made(node);
            if (made == null) {
                for (String name : node.inputs()) {
                    Elements numbers = known.remove(name);
                    if (numbers != null) {
                        ensemble(name, numbers.dims, numbers.trees, 1);
                    }
                }
                nodes.add(node);
            } else {
                known.put(node.outputs().getFirst(), made);
            }
        }
        for (ValueInfo output : graph.outputs()) {
            Elements numbers = known.remove(output.name());
            if (numbers != null) {
                ensemble(output.name(), numbers.dims, numbers.trees, 1);
            }
        }
        if (ensembles == 0) {
            throw new OtherGraph();
        }
        Map<String, OnnxTensor> all = new LinkedHashMap<>(constants);
        all.putAll(out.constants());
        return new OnnxGraph(
                graph.name(),
                graph.opset(),
                CLASSICAL_OPSET,
                graph.inputs(),
                graph.outputs(),
                List.copyOf(nodes),
                all);
    }

    private @Nullable OnnxTensor folded(OnnxNode node) throws ImportException {
        List<OnnxTensor> values = new ArrayList<>();
        for (String name : node.inputs()) {
            OnnxTensor value = constants.get(name);
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values.isEmpty() ? null : ConstantFolder.fold(node, values);
    }

    /** What a node makes of trees; null where it wants their numbers. */
    private @Nullable Elements made(OnnxNode node) throws OtherGraph, ImportException {
        Comparison comparison = COMPARISONS.get(node.op());
        if (comparison != null) {
            return joined(node, (a, b) -> compared(comparison, a, b));
        }
        return switch (node.op()) {
            case "Cast", "Identity" -> elements(node, 0);
            case "Reshape" ->
                    shaped(
                            elements(node, 0),
                            Shapes.reshape(
                                    node, elements(node, 0).dims, constant(node, 1).longs()));
            case "Unsqueeze" ->
                    shaped(
                            elements(node, 0),
                            Shapes.unsqueeze(node, elements(node, 0).dims, axes(node)));
            case "Squeeze" ->
                    shaped(
                            elements(node, 0),
                            Shapes.squeeze(node, elements(node, 0).dims, axes(node)));
            case "Not" -> mapped(elements(node, 0), x -> x == 0 ? 1 : 0);
            case "Add" -> joined(node, TensorTrees::sum);
            case "Mul" -> joined(node, TensorTrees::product);
            case "Gather" -> gathered(node);
            case "OneHot" -> oneHot(node);
            case "ReduceSum" -> summed(node);
            default -> null;
        };
    }

    private Elements elements(OnnxNode node, int input) throws OtherGraph, ImportException {
        Elements trees = known.get(node.input(input));
        if (trees != null) {
            return trees;
        }
        OnnxTensor constant = constant(node, input);
        Tree[] numbers = new Tree[constant.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = new Value(constant.isFloat() ? constant.real(i) : constant.longs()[i]);
        }
        return new Elements(constant.dims(), numbers);
    }

    private OnnxTensor constant(OnnxNode node, int input) throws OtherGraph, ImportException {
        OnnxTensor constant = constants.get(node.input(input));
        if (constant == null) {
            throw new OtherGraph();
        }
        return constant;
    }

    private static Elements shaped(Elements from, int[] dims) {
        return new Elements(dims, from.trees);
    }

    private long[] axes(OnnxNode node) throws OtherGraph, ImportException {
        long[] given = node.hasInput(1) ? constant(node, 1).longs() : node.wholes("axes");
        return given == null ? new long[0] : given;
    }

    /** Features by constant places, or elements of a table by places that trees give. */
    private Elements gathered(OnnxNode node) throws OtherGraph, ImportException {
        Elements index = elements(node, 1);
        Elements table = elements(node, 0);
        int axis = Shapes.axis(node, node.whole("axis", 0), table.dims.length);
        int outer = (int) Shapes.size(Arrays.copyOf(table.dims, axis));
        int inner = (int) Shapes.size(Arrays.copyOfRange(table.dims, axis + 1, table.dims.length));
        int rows = table.dims[axis];
        Tree[] picked = new Tree[count((long) outer * inner, index.trees.length)];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < index.trees.length; i++) {
                for (int k = 0; k < inner; k++) {
                    int first = o * rows * inner + k;
                    picked[(o * index.trees.length + i) * inner + k] =
                            replaced(
                                    index.trees[i],
                                    at -> {
                                        int row = (int) (at < 0 ? at + rows : at);
                                        if (row != at + (at < 0 ? rows : 0)
                                                || row < 0
                                                || row >= rows) {
                                            throw new OtherGraph();
                                        }
                                        return table.trees[first + row * inner];
                                    });
                }
            }
        }
        int[] dims = new int[table.dims.length - 1 + index.dims.length];
        System.arraycopy(table.dims, 0, dims, 0, axis);
        System.arraycopy(index.dims, 0, dims, axis, index.dims.length);
        System.arraycopy(
                table.dims, axis + 1, dims, axis + index.dims.length, table.dims.length - axis - 1);
        return counted(new Elements(dims, picked));
    }

    private Elements oneHot(OnnxNode node) throws OtherGraph, ImportException {
        Elements index = elements(node, 0);
        OnnxTensor values = constant(node, 2);
        OnnxTensor count = constant(node, 1);
        if (count.size() != 1 || values.size() != 2 || count.real(0) < 1) {
            throw new OtherGraph();
        }
        int depth = (int) Math.min(count.real(0), 1 << 12);
        int axis = Shapes.axis(node, node.whole("axis", -1), index.dims.length + 1);
        int[] dims = new int[index.dims.length + 1];
        System.arraycopy(index.dims, 0, dims, 0, axis);
        dims[axis] = depth;
        System.arraycopy(index.dims, axis, dims, axis + 1, index.dims.length - axis);
        int inner = (int) Shapes.size(Arrays.copyOfRange(index.dims, axis, index.dims.length));
        Tree[] hot = new Tree[count(index.trees.length, depth)];
        for (int i = 0; i < index.trees.length; i++) {
            for (int place = 0; place < depth; place++) {
                double on = values.real(1);
                double off = values.real(0);
                int at = place;
                hot[(i / inner * depth + place) * inner + i % inner] =
                        replaced(index.trees[i], x -> new Value(x == at ? on : off));
            }
        }
        return counted(new Elements(dims, hot));
    }

    /** What is summed for each element of a result. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    private record Sums(int[] dims, List<List<Tree>> groups) {}

    private Sums sums(OnnxNode node) throws OtherGraph, ImportException {
        Elements from = elements(node, 0);
        int rank = from.dims.length;
        long[] axes = axes(node);
        boolean[] gone = new boolean[rank];
        Arrays.fill(gone, axes.length == 0);
        for (long axis : axes) {
            gone[Shapes.axis(node, axis, rank)] = true;
        }
        int[] kept = from.dims.clone();
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            kept[i] = gone[i] ? 1 : kept[i];
            if (!gone[i] || node.whole("keepdims", 1) != 0) {
                left.add(kept[i]);
            }
        }
        List<List<Tree>> groups = new ArrayList<>();
        for (long i = Shapes.size(kept); i > 0; i--) {
            groups.add(new ArrayList<>());
        }
        int[] at = new int[rank];
        for (Tree tree : from.trees) {
            int[] place = at.clone();
            for (int i = 0; i < rank; i++) {
                place[i] = gone[i] ? 0 : place[i];
            }
            groups.get(Shapes.broadcastIndex(kept, place)).add(tree);
            Shapes.advance(at, from.dims);
        }
        return new Sums(left.stream().mapToInt(Integer::intValue).toArray(), groups);
    }

    /** A sum of what features were chosen is one of them. */
    private Elements summed(OnnxNode node) throws OtherGraph, ImportException {
        Sums sums = sums(node);
        Tree[] trees = new Tree[sums.groups.size()];
        for (int i = 0; i < trees.length; i++) {
            Tree sum = new Value(0);
            for (Tree tree : sums.groups.get(i)) {
                sum = join(sum, tree, TensorTrees::sum, new HashMap<>());
            }
            trees[i] = sum;
        }
        return counted(new Elements(sums.dims, trees));
    }

    private static boolean hasFeature(Tree tree) {
        return switch (tree) {
            case Value _ -> false;
            case Feature _ -> true;
            case Branch(Test _, Tree yes, Tree no) -> hasFeature(yes) || hasFeature(no);
        };
    }

    private Elements joined(OnnxNode node, Join join) throws OtherGraph, ImportException {
        Elements a = elements(node, 0);
        Elements b = elements(node, 1);
        int[] dims = Shapes.broadcast(node, a.dims, b.dims);
        Tree[] trees = new Tree[count(Shapes.size(dims), 1)];
        int[] at = new int[dims.length];
        for (int i = 0; i < trees.length; i++) {
            trees[i] =
                    join(
                            a.trees[Shapes.broadcastIndex(a.dims, at)],
                            b.trees[Shapes.broadcastIndex(b.dims, at)],
                            join,
                            new HashMap<>());
            Shapes.advance(at, dims);
        }
        return counted(new Elements(dims, trees));
    }

    /**
     * Two trees as one.
     *
     * @param taken what the comparisons above gave
     */
    private Tree join(Tree a, Tree b, Join join, Map<Test, Boolean> taken) throws OtherGraph {
        if (a instanceof Branch(Test test, Tree yes, Tree no)) {
            return branched(
                    test, taken, () -> join(yes, b, join, taken), () -> join(no, b, join, taken));
        }
        if (b instanceof Branch(Test test, Tree yes, Tree no)) {
            return branched(
                    test, taken, () -> join(a, yes, join, taken), () -> join(a, no, join, taken));
        }
        if (++leaves > 16 * LEAVES_MAX) {
            throw new OtherGraph();
        }
        return join.of(a, b);
    }

    private interface Part {
        Tree tree() throws OtherGraph;
    }

    private static Tree branched(Test test, Map<Test, Boolean> taken, Part yes, Part no)
            throws OtherGraph {
        Boolean before = taken.get(test);
        if (before != null) {
            return before ? yes.tree() : no.tree();
        }
        taken.put(test, true);
        Tree first = yes.tree();
        taken.put(test, false);
        Tree second = no.tree();
        taken.remove(test);
        return first instanceof Value && first.equals(second)
                ? first
                : new Branch(test, first, second);
    }

    private interface Leaf {
        Tree of(double number) throws OtherGraph;
    }

    private static Tree replaced(Tree tree, Leaf leaf) throws OtherGraph {
        return switch (tree) {
            case Value(double value) -> leaf.of(value);
            case Feature _ -> throw new OtherGraph();
            case Branch(Test test, Tree yes, Tree no) -> {
                Tree first = replaced(yes, leaf);
                Tree second = replaced(no, leaf);
                yield first instanceof Value && first.equals(second)
                        ? first
                        : new Branch(test, first, second);
            }
        };
    }

    private static Elements mapped(Elements from, DoubleUnaryOperator map) throws OtherGraph {
        Tree[] trees = new Tree[from.trees.length];
        for (int i = 0; i < trees.length; i++) {
            trees[i] = replaced(from.trees[i], x -> new Value(map.applyAsDouble(x)));
        }
        return new Elements(from.dims, trees);
    }

    private static int count(long a, long b) throws OtherGraph {
        if (a > LEAVES_MAX || b > LEAVES_MAX || a * b > LEAVES_MAX) {
            throw new OtherGraph();
        }
        return (int) (a * b);
    }

    private static Elements counted(Elements elements) throws OtherGraph {
        long count = 0;
        for (Tree tree : elements.trees) {
            count += size(tree);
            if (count > LEAVES_MAX) {
                throw new OtherGraph();
            }
        }
        return elements;
    }

    private static long size(Tree tree) {
        return tree instanceof Branch(Test _, Tree yes, Tree no) ? size(yes) + size(no) : 1;
    }

    private static Tree sum(Tree a, Tree b) throws OtherGraph {
        return number(a, b, Double::sum, 0);
    }

    private static Tree product(Tree a, Tree b) throws OtherGraph {
        boolean isZero =
                (a instanceof Value(double x) && x == 0)
                        || (b instanceof Value(double y) && y == 0);
        return isZero ? new Value(0) : number(a, b, (x, y) -> x * y, 1);
    }

    /**
     * @param neutral with which a feature stays what it is
     */
    private static Tree number(Tree a, Tree b, DoubleBinaryOperator of, double neutral)
            throws OtherGraph {
        if (a instanceof Value(double x) && b instanceof Value(double y)) {
            return new Value(of.applyAsDouble(x, y));
        }
        if (a instanceof Feature && b instanceof Value(double y) && y == neutral) {
            return a;
        }
        if (b instanceof Feature && a instanceof Value(double x) && x == neutral) {
            return b;
        }
        throw new OtherGraph();
    }

    private static Tree compared(Comparison comparison, Tree a, Tree b) throws OtherGraph {
        if (a instanceof Feature(int index) && b instanceof Value(double bound)) {
            Test test = new Test(index, (float) bound, comparison);
            return new Branch(test, new Value(1), new Value(0));
        }
        if (a instanceof Value(double bound) && b instanceof Feature(int index)) {
            Test test = new Test(index, (float) bound, turned(comparison));
            return new Branch(test, new Value(1), new Value(0));
        }
        if (a instanceof Value(double x) && b instanceof Value(double y)) {
            boolean holds =
                    switch (comparison) {
                        case LT -> x < y;
                        case LEQ -> x <= y;
                        case GT -> x > y;
                        case GTE -> x >= y;
                        case EQ -> x == y;
                        case NEQ, MEMBER -> throw new OtherGraph();
                    };
            return new Value(holds ? 1 : 0);
        }
        throw new OtherGraph();
    }

    private static Comparison turned(Comparison comparison) {
        return switch (comparison) {
            case LT -> Comparison.GT;
            case LEQ -> Comparison.GTE;
            case GT -> Comparison.LT;
            case GTE -> Comparison.LEQ;
            case EQ, NEQ, MEMBER -> comparison;
        };
    }

    /**
     * Adds an ensemble whose results are sums of trees.
     *
     * @param each how many trees, one after the other, are summed
     */
    private void ensemble(String name, int[] dims, Tree[] trees, int each) throws OtherGraph {
        int targets = trees.length / Math.max(1, each);
        if (targets == 0) {
            throw new OtherGraph();
        }
        Table table = new Table();
        for (int i = 0; i < trees.length; i++) {
            table.tree = i;
            table.node = 0;
            table.add(trees[i], i / each);
        }
        Map<String, Attribute> attributes = table.attributes(targets);
        String sums = name + "/trees";
        nodes.add(
                new OnnxNode(
                        "TreeEnsembleRegressor",
                        "",
                        MlExpansion.DOMAIN,
                        List.of(graph.inputs().getFirst().name()),
                        List.of(sums),
                        attributes));
        OnnxGraphBuilder shape = new OnnxGraphBuilder();
        shape.reshaped(sums, name, Arrays.stream(dims).asLongStream().toArray());
        nodes.addAll(shape.nodes());
        shape.constants().values().forEach(out::constant);
        ensembles++;
    }

    /** The attributes of an ensemble in the making. */
    private static final class Table {
        private final List<long[]> rows = new ArrayList<>();
        private final List<Float> values = new ArrayList<>();
        private final List<String> modes = new ArrayList<>();
        private final List<long[]> leaves = new ArrayList<>();
        private final List<Float> weights = new ArrayList<>();
        private int tree;
        private int node;

        /** Adds a tree; answers the number of its root. */
        private int add(Tree from, int target) throws OtherGraph {
            int id = node++;
            switch (from) {
                case Feature _ -> throw new OtherGraph();
                case Value(double value) -> {
                    rows.add(new long[] {tree, id, 0, 0, 0});
                    values.add(0f);
                    modes.add("LEAF");
                    leaves.add(new long[] {tree, id, target});
                    weights.add((float) value);
                }
                case Branch(Test test, Tree yes, Tree no) -> {
                    long[] row = {tree, id, test.feature, 0, 0};
                    rows.add(row);
                    values.add(test.threshold);
                    modes.add("BRANCH_" + test.comparison);
                    row[3] = add(yes, target);
                    row[4] = add(no, target);
                }
            }
            return id;
        }

        Map<String, Attribute> attributes(int targets) {
            Map<String, Attribute> out = new LinkedHashMap<>();
            String[] names = {"treeids", "nodeids", "featureids", "truenodeids", "falsenodeids"};
            for (int k = 0; k < names.length; k++) {
                int at = k;
                out.put("nodes_" + names[k], wholes(rows, at));
            }
            out.put("nodes_values", reals(values));
            out.put("nodes_modes", new Attribute.Texts(List.copyOf(modes)));
            out.put("target_treeids", wholes(leaves, 0));
            out.put("target_nodeids", wholes(leaves, 1));
            out.put("target_ids", wholes(leaves, 2));
            out.put("target_weights", reals(weights));
            out.put("n_targets", new Attribute.Whole(targets));
            return out;
        }

        private static Attribute wholes(List<long[]> rows, int column) {
            return new Attribute.Wholes(rows.stream().mapToLong(row -> row[column]).toArray());
        }

        private static Attribute reals(List<Float> values) {
            float[] out = new float[values.size()];
            for (int i = 0; i < out.length; i++) {
                out[i] = values.get(i);
            }
            return new Attribute.Reals(out);
        }
    }
}

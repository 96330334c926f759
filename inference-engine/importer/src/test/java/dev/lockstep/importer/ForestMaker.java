package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Trains trees on made-up data and writes them as the exporters of XGBoost, LightGBM and
 * scikit-learn do. Small, and never the best forest; what matters is its shape.
 */
final class ForestMaker {
    static final int FEATURES = 8;
    private static final int ROWS = 600;

    /** How an exporter writes comparisons and missing values. */
    enum Style {
        XGBOOST("BRANCH_LT", true),
        LIGHTGBM("BRANCH_LEQ", true),
        SKLEARN("BRANCH_LEQ", false);

        private final String mode;
        private final boolean missing;

        Style(String mode, boolean missing) {
            this.mode = mode;
            this.missing = missing;
        }
    }

    /** A node of a tree in training; a leaf has no branches. */
    private static final class Node {
        private int feature;
        private float threshold;
        private boolean missingFirst;
        private int first = -1;
        private int second = -1;
        private float[] leaf = {};
    }

    private record Tree(List<Node> nodes, int target) {}

    private final RandomGenerator random;
    private final Style style;
    private final float[][] x = new float[ROWS][FEATURES];
    private final double[] y = new double[ROWS];
    private final List<Tree> trees = new ArrayList<>();

    ForestMaker(long seed, Style style) {
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        this.style = style;
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < FEATURES; j++) {
                x[i][j] = (float) (random.nextGaussian() * Math.pow(10, j % 4 - 1));
                if (style.missing && random.nextInt(30) == 0) {
                    x[i][j] = Float.NaN;
                }
            }
            double sum = 0;
            for (int j = 0; j < FEATURES; j++) {
                double v = Float.isNaN(x[i][j]) ? 0.3 : x[i][j] / Math.pow(10, j % 4 - 1);
                sum += j % 2 == 0 ? Math.sin(2 * v) : v * v / 4;
            }
            y[i] = sum - 1;
        }
    }

    /** Boosting: each tree takes over what those before it left. */
    ForestMaker boosted(int count, int depth, int targets) {
        double[][] rest = new double[targets][ROWS];
        for (int target = 0; target < targets; target++) {
            for (int i = 0; i < ROWS; i++) {
                rest[target][i] = targets == 1 ? y[i] : classOf(i, targets) == target ? 1 : -0.4;
            }
        }
        for (int t = 0; t < count; t++) {
            int target = t % targets;
            Tree tree = new Tree(new ArrayList<>(), target);
            grow(tree, all(), depth, rest[target]);
            for (int i = 0; i < ROWS; i++) {
                rest[target][i] -= leaf(tree, x[i])[0];
            }
            trees.add(tree);
        }
        return this;
    }

    /** Bagging: every tree sees rows drawn anew; leaves hold shares of classes, or means. */
    ForestMaker bagged(int count, int depth, int classes) {
        double[] wanted = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            wanted[i] = classes == 0 ? y[i] : classOf(i, classes);
        }
        for (int t = 0; t < count; t++) {
            Tree tree = new Tree(new ArrayList<>(), 0);
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                rows.add(random.nextInt(ROWS));
            }
            grow(tree, rows, depth, wanted);
            for (Node node : tree.nodes) {
                node.leaf = classes == 0 ? new float[] {node.leaf[0] / 0.3f} : node.leaf;
            }
            if (classes > 0) {
                shares(tree, rows, classes, count);
            }
            trees.add(tree);
        }
        return this;
    }

    private void shares(Tree tree, List<Integer> rows, int classes, int count) {
        for (Node node : tree.nodes) {
            node.leaf = new float[classes];
        }
        int[] seen = new int[tree.nodes.size()];
        for (int row : rows) {
            int at = walk(tree, x[row]);
            seen[at]++;
            tree.nodes.get(at).leaf[classOf(row, classes)]++;
        }
        for (int i = 0; i < seen.length; i++) {
            for (int c = 0; c < classes && seen[i] > 0; c++) {
                tree.nodes.get(i).leaf[c] = tree.nodes.get(i).leaf[c] / seen[i] / count;
            }
        }
    }

    private int classOf(int row, int classes) {
        return Math.clamp((int) Math.floor((y[row] + 2) / 4 * classes), 0, classes - 1);
    }

    private static List<Integer> all() {
        List<Integer> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(i);
        }
        return rows;
    }

    private int grow(Tree tree, List<Integer> rows, int depth, double[] wanted) {
        int at = tree.nodes.size();
        Node node = new Node();
        tree.nodes.add(node);
        double mean = rows.stream().mapToDouble(row -> wanted[row]).average().orElse(0);
        node.leaf = new float[] {(float) (0.3 * mean)};
        if (depth == 0 || rows.size() < 4) {
            return at;
        }
        double best = 0;
        for (int trial = 0; trial < 12; trial++) {
            int feature = random.nextInt(FEATURES);
            float threshold = x[rows.get(random.nextInt(rows.size()))][feature];
            if (Float.isNaN(threshold)) {
                continue;
            }
            double sum = 0;
            int count = 0;
            for (int row : rows) {
                if (below(x[row][feature], threshold, false)) {
                    sum += wanted[row] - mean;
                    count++;
                }
            }
            double gain =
                    count == 0 || count == rows.size()
                            ? 0
                            : sum * sum / count + sum * sum / (rows.size() - count);
            if (gain > best) {
                best = gain;
                node.feature = feature;
                node.threshold = threshold;
                node.missingFirst = style.missing && random.nextBoolean();
            }
        }
        if (best == 0) {
            return at;
        }
        List<Integer> first = new ArrayList<>();
        List<Integer> second = new ArrayList<>();
        for (int row : rows) {
            (below(x[row][node.feature], node.threshold, node.missingFirst) ? first : second)
                    .add(row);
        }
        node.first = grow(tree, first, depth - 1, wanted);
        node.second = grow(tree, second, depth - 1, wanted);
        return at;
    }

    private boolean below(float value, float threshold, boolean missingFirst) {
        return Float.isNaN(value)
                ? missingFirst
                : style == Style.XGBOOST ? value < threshold : value <= threshold;
    }

    private int walk(Tree tree, float[] row) {
        int at = 0;
        while (tree.nodes.get(at).first >= 0) {
            Node node = tree.nodes.get(at);
            at =
                    below(row[node.feature], node.threshold, node.missingFirst)
                            ? node.first
                            : node.second;
        }
        return at;
    }

    private float[] leaf(Tree tree, float[] row) {
        return tree.nodes.get(walk(tree, row)).leaf;
    }

    /** What the trees say of a target about a row, without the rounding of floats. */
    double exact(float[] row, int target) {
        double sum = 0;
        for (Tree tree : trees) {
            float[] leaf = leaf(tree, row);
            if (leaf.length > 1) {
                sum += leaf[target];
            } else if (tree.target == target) {
                sum += leaf[0];
            }
        }
        return sum;
    }

    /** Rows as in training, and rows of thresholds, their neighbours, and odd floats. */
    float[] samples(int count) {
        float[] values = new float[count * FEATURES];
        for (int i = 0; i < values.length; i++) {
            values[i] = odd(x[random.nextInt(ROWS)][i % FEATURES]);
        }
        return values;
    }

    private float odd(float usual) {
        Tree tree = trees.get(random.nextInt(trees.size()));
        float threshold = tree.nodes.get(random.nextInt(tree.nodes.size())).threshold;
        return switch (random.nextInt(16)) {
            case 0, 1, 2 -> threshold;
            case 3 -> Math.nextUp(threshold);
            case 4 -> Math.nextDown(threshold);
            case 5 -> random.nextBoolean() ? -0f : 0f;
            case 6 -> random.nextBoolean() ? Float.MIN_VALUE : -Float.MIN_VALUE;
            case 7 -> random.nextBoolean() ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
            case 8 -> Float.NaN;
            default -> usual;
        };
    }

    /**
     * The ensemble's attributes.
     *
     * @param kind {@code class} or {@code target}
     * @param oneId whether all leaves speak of id 0, as for two classes with one score
     */
    Map<String, Attribute> attributes(String kind, boolean oneId) {
        List<long[]> whole = new ArrayList<>();
        List<String> modes = new ArrayList<>();
        List<Float> values = new ArrayList<>();
        List<long[]> says = new ArrayList<>();
        List<Float> weights = new ArrayList<>();
        for (int t = 0; t < trees.size(); t++) {
            List<Node> nodes = trees.get(t).nodes;
            for (int i = 0; i < nodes.size(); i++) {
                Node node = nodes.get(i);
                boolean leaf = node.first < 0;
                modes.add(leaf ? "LEAF" : style.mode);
                values.add(leaf ? 0 : node.threshold);
                whole.add(
                        new long[] {
                            t,
                            i,
                            leaf ? 0 : node.feature,
                            leaf ? 0 : node.first,
                            leaf ? 0 : node.second,
                            node.missingFirst ? 1 : 0
                        });
                for (int k = 0; leaf && k < node.leaf.length; k++) {
                    int id = node.leaf.length > 1 ? k : trees.get(t).target;
                    says.add(new long[] {t, i, oneId ? 0 : id});
                    weights.add(node.leaf[k]);
                }
            }
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("nodes_treeids", column(whole, 0));
        attributes.put("nodes_nodeids", column(whole, 1));
        attributes.put("nodes_featureids", column(whole, 2));
        attributes.put("nodes_truenodeids", column(whole, 3));
        attributes.put("nodes_falsenodeids", column(whole, 4));
        if (style.missing) {
            attributes.put("nodes_missing_value_tracks_true", column(whole, 5));
        }
        attributes.put("nodes_modes", new Attribute.Texts(List.copyOf(modes)));
        attributes.put("nodes_values", reals(values));
        attributes.put(kind + "_treeids", column(says, 0));
        attributes.put(kind + "_nodeids", column(says, 1));
        attributes.put(kind + "_ids", column(says, 2));
        attributes.put(kind + "_weights", reals(weights));
        return attributes;
    }

    private static Attribute column(List<long[]> rows, int i) {
        return new Attribute.Wholes(rows.stream().mapToLong(row -> row[i]).toArray());
    }

    private static Attribute reals(List<Float> values) {
        return new Attribute.Reals(OnnxTensorReader.floatArray(values));
    }

    /** An ONNX file of these nodes, which read {@code x}. */
    static byte[] onnx(List<OnnxNode> nodes, String... outputs) {
        return onnx(nodes, Map.of(), outputs);
    }

    static byte[] onnx(List<OnnxNode> nodes, Map<String, OnnxTensor> constants, String... outputs) {
        List<ValueInfo> input = List.of(new ValueInfo("x", 1, List.of(-1L, (long) FEATURES)));
        return onnx(input, nodes, constants, outputs);
    }

    static byte[] onnx(
            List<ValueInfo> inputs,
            List<OnnxNode> nodes,
            Map<String, OnnxTensor> constants,
            String... outputs) {
        List<ValueInfo> results = new ArrayList<>();
        for (String output : outputs) {
            results.add(new ValueInfo(output, 0, List.of()));
        }
        return OnnxWriter.write(new OnnxGraph("forest", 13, 3, inputs, results, nodes, constants));
    }

    static OnnxNode node(
            String op, String input, List<String> outputs, Map<String, Attribute> attributes) {
        return new OnnxNode(op, "", MlExpansion.DOMAIN, List.of(input), outputs, attributes);
    }
}

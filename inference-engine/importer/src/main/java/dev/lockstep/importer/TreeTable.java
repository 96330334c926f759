package dev.lockstep.importer;

import dev.lockstep.importer.Columns.Column;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Rescale;
import dev.lockstep.inference.TreeEnsemble;
import dev.lockstep.inference.TreeEnsemble.Aggregate;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Trees as ONNX has them, every comparison of its own kind, turned into the runtime's one
 * comparison.
 *
 * @param nodes of all trees
 * @param roots indices of nodes
 * @param targets numbers that come out
 * @param base one for each target, or none
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record TreeTable(
        List<Node> nodes, int[] roots, int targets, Combination combination, double[] base) {
    /** How leaves are combined. */
    enum Combination {
        SUM,
        AVERAGE,
        MIN,
        MAX
    }

    /** How a feature is compared with a threshold, or with members of a set. */
    enum Comparison {
        LEQ,
        LT,
        GTE,
        GT,
        EQ,
        NEQ,
        MEMBER
    }

    /** A branching or a leaf. */
    sealed interface Node {
        /** How messages call it. */
        String name();
    }

    /**
     * @param values what the feature is compared with: one number, or the members of a set
     * @param missingTrue whether a missing value counts as a comparison that holds
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    record Branching(
            String name,
            int feature,
            Comparison comparison,
            float[] values,
            boolean missingTrue,
            int whenTrue,
            int whenFalse)
            implements Node {}

    /** A leaf says a number about each of some targets, in ascending order. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    record Leaf(String name, int[] targets, double[] numbers) implements Node {}

    /** An operation and the scale of its results, a power of two. */
    record Compiled(TreeEnsemble op, TensorScale scale) {}

    /** Sums of leaves stay below two to this. */
    private static final int SUM_BITS = 61;

    /** Results stay below two to this, in units of their scale. */
    private static final int RESULT_BITS = 30;

    /** Fractional bits at most; a float's last place of 1 is 2^-23. */
    private static final int FRACTION_MAX = 120;

    /**
     * The trees over the columns of a tensor.
     *
     * @throws ImportException where a walk through the trees meets a node twice, or is too long
     */
    Compiled compile(List<Column> columns) throws ImportException {
        Flattening flat = new Flattening(columns);
        int[] refs = new int[roots.length];
        double[] sizes = new double[targets];
        for (int target = 0; target < base.length; target++) {
            sizes[target] = Math.abs(base[target]);
        }
        for (int i = 0; i < refs.length; i++) {
            int placed = flat.leaves.size();
            refs[i] = flat.tree(roots[i]);
            grow(sizes, flat.leaves.subList(placed, flat.leaves.size()));
        }
        flat.checkAllMet();
        int exponent = Math.getExponent(Arrays.stream(sizes).max().orElse(0)) + 1;
        int fraction = Math.min(FRACTION_MAX, SUM_BITS - exponent);
        int shift = Math.max(1, fraction - (RESULT_BITS - exponent));
        List<Integer> start = new ArrayList<>();
        for (int target = 0; target < targets; target++) {
            addLong(start, target < base.length ? fixed(base[target], fraction) : 0);
        }
        Aggregate aggregate =
                switch (combination) {
                    case SUM, AVERAGE -> Aggregate.SUM;
                    case MIN -> Aggregate.MIN;
                    case MAX -> Aggregate.MAX;
                };
        TreeEnsemble op =
                new TreeEnsemble(
                        targets,
                        aggregate,
                        Ints.of(refs),
                        ints(flat.out),
                        ints(entries(flat.leaves, fraction)),
                        ints(start),
                        DType.I32,
                        new Rescale(Ints.of(1), Ints.of(shift), Clipping.of(0, DType.I32)));
        return new Compiled(op, new TensorScale(DType.I32, Math.scalb(1f, shift - fraction), 0));
    }

    /** The same trees where all leaves speak of one and the same target. */
    TreeTable withOneTarget(double start) {
        List<Node> same = new ArrayList<>();
        for (Node node : nodes) {
            same.add(
                    node instanceof Leaf leaf
                            ? new Leaf(leaf.name, new int[1], leaf.numbers)
                            : node);
        }
        return new TreeTable(same, roots, 1, combination, new double[] {start});
    }

    /** Adds the greatest number of a tree's leaves, in size, to what each target may come to. */
    private void grow(double[] sizes, List<Leaf> leaves) {
        double[] most = new double[targets];
        for (Leaf leaf : leaves) {
            for (int k = 0; k < leaf.targets.length; k++) {
                int target = leaf.targets[k];
                most[target] = Math.max(most[target], Math.abs(share(leaf.numbers[k])));
            }
        }
        for (int target = 0; target < targets; target++) {
            sizes[target] += most[target];
        }
    }

    /** What a leaf adds: an average is a sum of shares. */
    private double share(double number) {
        return combination == Combination.AVERAGE ? number / roots.length : number;
    }

    private List<Integer> entries(List<Leaf> leaves, int fraction) {
        List<Integer> words = new ArrayList<>();
        for (Leaf leaf : leaves) {
            for (int k = 0; k < leaf.targets.length; k++) {
                boolean last = k == leaf.targets.length - 1;
                words.add(leaf.targets[k] | (last ? TreeEnsemble.LAST : 0));
                addLong(words, fixed(share(leaf.numbers[k]), fraction));
            }
        }
        return words;
    }

    private static long fixed(double value, int fraction) {
        return new BigDecimal(value)
                .multiply(new BigDecimal(Math.scalb(1.0, fraction)))
                .setScale(0, RoundingMode.HALF_EVEN)
                .longValueExact();
    }

    private static void addLong(List<Integer> words, long value) {
        words.add((int) (value >> 32));
        words.add((int) value);
    }

    private static Ints ints(List<Integer> words) {
        return Ints.of(words.stream().mapToInt(Integer::intValue).toArray());
    }

    /** Nodes and leaves in the order of the file. */
    private final class Flattening {
        private final List<Column> columns;
        private final boolean[] met = new boolean[nodes.size()];
        private final List<Integer> out = new ArrayList<>();
        private final List<Leaf> leaves = new ArrayList<>();
        private int entries;

        /** A node still to be placed, and the words that shall refer to it. */
        private record Open(int node, List<Integer> references, int depth) {}

        private final Deque<Open> open = new ArrayDeque<>();

        Flattening(List<Column> columns) {
            this.columns = columns;
        }

        /** Places a tree; answers the reference to its root. */
        int tree(int root) throws ImportException {
            int first = next(root);
            open.push(new Open(root, List.of(), 0));
            while (!open.isEmpty()) {
                Open at = open.pop();
                Node node = nodes.get(at.node);
                if (met[at.node] && node instanceof Branching) {
                    throw new ImportException(node.name() + " is reached twice; trees only branch");
                }
                met[at.node] = true;
                int reference = next(at.node);
                at.references.forEach(word -> out.set(word, reference));
                switch (node) {
                    case Leaf leaf -> place(leaf);
                    case Branching branching -> place(branching, at.depth);
                }
            }
            return first;
        }

        void checkAllMet() throws ImportException {
            for (int i = 0; i < met.length; i++) {
                if (!met[i]) {
                    throw new ImportException(nodes.get(i).name() + " is reached from no root");
                }
            }
        }

        private int next(int node) {
            return nodes.get(node) instanceof Leaf ? -1 - entries : out.size() / TreeEnsemble.NODE;
        }

        private void place(Leaf leaf) {
            leaves.add(leaf);
            entries += leaf.targets.length;
        }

        private void place(Branching node, int depth) throws ImportException {
            if (node.feature < 0 || node.feature >= columns.size()) {
                throw new ImportException(
                        node.name
                                + " compares feature "
                                + node.feature
                                + "; allowed 0.."
                                + (columns.size() - 1));
            }
            Column column = columns.get(node.feature);
            int[] keys = new int[node.values.length];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = Columns.key(node.values[i]);
                if (keys[i] == FloatKey.MISSING) {
                    throw new ImportException(node.name + " compares with NaN");
                }
            }
            List<Integer> toTrue = new ArrayList<>();
            List<Integer> toFalse = new ArrayList<>();
            boolean missing = node.missingTrue;
            int first = out.size();
            switch (node.comparison) {
                case LEQ -> below(column, keys[0], missing, toTrue, toFalse);
                case LT -> below(column, keys[0] - 1, missing, toTrue, toFalse);
                case GT -> below(column, keys[0], !missing, toFalse, toTrue);
                case GTE -> below(column, keys[0] - 1, !missing, toFalse, toTrue);
                case EQ -> equal(column, keys[0], missing, toTrue, toFalse);
                case NEQ -> equal(column, keys[0], false, toFalse, toTrue);
                case MEMBER -> {
                    Arrays.sort(keys);
                    member(column, keys, 0, keys.length - 1, missing, toTrue, toFalse);
                }
            }
            int below = depth + (out.size() - first) / TreeEnsemble.NODE;
            if (node.comparison == Comparison.MEMBER) {
                below = depth + 34 - Integer.numberOfLeadingZeros(keys.length);
            }
            if (below > TreeEnsemble.DEPTH_MAX) {
                throw new ImportException(
                        node.name
                                + " stands below "
                                + depth
                                + " others; a walk takes at most "
                                + TreeEnsemble.DEPTH_MAX
                                + " comparisons");
            }
            open.push(new Open(node.whenFalse, toFalse, below));
            open.push(new Open(node.whenTrue, toTrue, below));
        }

        /** One comparison of the runtime: {@code column ≤ threshold}, in terms of the feature. */
        private void below(
                Column column,
                int threshold,
                boolean missingBelow,
                List<Integer> toBelow,
                List<Integer> toAbove) {
            boolean missing = column.isMissingBelow(threshold, missingBelow);
            boolean swaps = !column.steps().isEmpty() && !column.ascends();
            int last =
                    column.steps().isEmpty()
                            ? threshold
                            : column.lastBelow(threshold) - (swaps ? 1 : 0);
            // The first branch is the one of small features.
            boolean missingFirst = swaps != missing;
            out.add(2 * column.feature() + (missingFirst ? 0 : 1));
            out.add(last);
            (swaps ? toAbove : toBelow).add(out.size());
            out.add(0);
            (swaps ? toBelow : toAbove).add(out.size());
            out.add(0);
        }

        private void equal(
                Column column,
                int value,
                boolean missingEqual,
                List<Integer> toEqual,
                List<Integer> toOther) {
            List<Integer> inside = new ArrayList<>();
            below(column, value, missingEqual, inside, toOther);
            point(inside);
            below(column, value - 1, !missingEqual, toOther, toEqual);
        }

        /** A search among sorted members, then the comparison with the one found. */
        private void member(
                Column column,
                int[] keys,
                int from,
                int to,
                boolean missingMember,
                List<Integer> toMember,
                List<Integer> toOther) {
            if (from == to) {
                equal(column, keys[from], missingMember, toMember, toOther);
                return;
            }
            int middle = (from + to) >>> 1;
            List<Integer> left = new ArrayList<>();
            List<Integer> right = new ArrayList<>();
            below(column, keys[middle], true, left, right);
            point(left);
            member(column, keys, from, middle, missingMember, toMember, toOther);
            point(right);
            member(column, keys, middle + 1, to, missingMember, toMember, toOther);
        }

        private void point(List<Integer> references) {
            int here = out.size() / TreeEnsemble.NODE;
            references.forEach(word -> out.set(word, here));
        }
    }
}

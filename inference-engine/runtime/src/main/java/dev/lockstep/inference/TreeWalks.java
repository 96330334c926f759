package dev.lockstep.inference;

import java.util.Arrays;

/**
 * What is known about every walk through a {@link TreeEnsemble}, found in one pass over nodes and
 * one over leaves: branches come after their node, so nothing recurs.
 *
 * @param steps nodes on the longest way, summed over trees
 * @param entries of the longest leaf, summed over trees
 */
record TreeWalks(long steps, long entries) {
    private static final int NODE = TreeEnsemble.NODE;
    private static final int ENTRY = TreeEnsemble.ENTRY;

    /** Sums stay within these bits, so that a factor has room. */
    private static final long SUM_MAX = 1L << 62;

    /** Which tree a node or leaf belongs to, plus 1, and how many nodes stand before it. */
    private static final class Reached {
        private final int[] tree;
        private final byte[] depth;

        Reached(int count) {
            this.tree = new int[count];
            this.depth = new byte[count];
        }
    }

    /** Refuses an ensemble on which some walk could leave its tables, or that has dead parts. */
    static void check(TreeEnsemble op, TensorType input) throws InvalidModelException {
        Check.equal("words of nodes beyond whole ones", op.nodes().length() % NODE, 0);
        Check.equal("words of leaves beyond whole entries", op.leaves().length() % ENTRY, 0);
        int nodes = op.nodes().length() / NODE;
        int features = input.shape().last();
        boolean floats = input.dtype() == DType.F32;
        for (int node = 0; node < nodes; node++) {
            int selector = op.nodes().get(NODE * node);
            int feature = selector >>> 1;
            if (feature >= features) {
                Check.range("feature of node " + node, feature, 0, features - 1L);
            }
            if ((selector & 1) != 0 && !floats) {
                throw new InvalidModelException(
                        "node "
                                + node
                                + " says where missing values go, and "
                                + input.dtype()
                                + " has none; allowed for F32");
            }
        }
        checkLeaves(op);
        reach(op);
    }

    private static void checkLeaves(TreeEnsemble op) throws InvalidModelException {
        int entries = op.leaves().length() / ENTRY;
        Check.range("entries of leaves", entries, 1, Integer.MAX_VALUE);
        int least = 0;
        for (int entry = 0; entry < entries; entry++) {
            int word = op.leaves().get(ENTRY * entry);
            int target = word & ~TreeEnsemble.LAST;
            if (target < least || target >= op.targets()) {
                Check.range("target of entry " + entry, target, least, op.targets() - 1L);
            }
            least = word < 0 ? 0 : target + 1;
        }
        int last = op.leaves().get(ENTRY * (entries - 1));
        Check.equal("end mark of the last entry", last >>> 31, 1);
    }

    /** Reached nodes and leaves; every one must be, by one tree, in order. */
    private static Reached[] reach(TreeEnsemble op) throws InvalidModelException {
        int nodeCount = op.nodes().length() / NODE;
        int entryCount = op.leaves().length() / ENTRY;
        Reached nodes = new Reached(nodeCount);
        Reached leaves = new Reached(entryCount);
        for (int tree = 0; tree < op.roots().length(); tree++) {
            mark(op, nodes, leaves, op.roots().get(tree), -1, tree, 0);
        }
        for (int node = 0; node < nodeCount; node++) {
            if (nodes.tree[node] == 0) {
                throw new InvalidModelException("node " + node + " is reached by no tree");
            }
            for (int branch = 2; branch < NODE; branch++) {
                mark(
                        op,
                        nodes,
                        leaves,
                        op.nodes().get(NODE * node + branch),
                        node,
                        nodes.tree[node] - 1,
                        nodes.depth[node] + 1);
            }
        }
        int tree = 0;
        for (int entry = 0; entry < entryCount; entry++) {
            boolean first = entry == 0 || op.leaves().get(ENTRY * (entry - 1)) < 0;
            if (first && leaves.tree[entry] == 0) {
                throw new InvalidModelException(
                        "leaf at entry " + entry + " is reached by no tree");
            }
            if (first && leaves.tree[entry] < tree) {
                throw new InvalidModelException(
                        "leaf at entry "
                                + entry
                                + " belongs to tree "
                                + (leaves.tree[entry] - 1)
                                + " and stands after one of tree "
                                + (tree - 1));
            }
            tree = first ? leaves.tree[entry] : tree;
        }
        return new Reached[] {nodes, leaves};
    }

    private static void mark(
            TreeEnsemble op, Reached nodes, Reached leaves, int ref, int from, int tree, int depth)
            throws InvalidModelException {
        int index = ref < 0 ? ~ref : ref;
        Reached reached = ref < 0 ? leaves : nodes;
        if (index <= (ref < 0 ? -1 : from) || index >= reached.tree.length) {
            throw new InvalidModelException(
                    place(from, tree)
                            + (ref < 0 ? " leads to leaf at entry " : " leads to node ")
                            + index
                            + "; allowed "
                            + (ref < 0 ? 0 : from + 1)
                            + ".."
                            + (reached.tree.length - 1));
        }
        if (ref < 0 && index > 0 && op.leaves().get(ENTRY * (index - 1)) >= 0) {
            throw new InvalidModelException(
                    place(from, tree) + " leads to entry " + index + ", inside of a leaf");
        }
        if (depth > TreeEnsemble.DEPTH_MAX) {
            throw new InvalidModelException(
                    place(from, tree)
                            + " stands below "
                            + (depth - 1)
                            + " others; allowed "
                            + (TreeEnsemble.DEPTH_MAX - 1));
        }
        if (reached.tree[index] != 0 && reached.tree[index] != tree + 1) {
            throw new InvalidModelException(
                    place(from, tree)
                            + " leads to "
                            + (ref < 0 ? "leaf at entry " : "node ")
                            + index
                            + ", which belongs to tree "
                            + (reached.tree[index] - 1)
                            + " too");
        }
        reached.tree[index] = tree + 1;
        reached.depth[index] = (byte) Math.max(reached.depth[index], depth);
    }

    private static String place(int node, int tree) {
        return node < 0 ? "root of tree " + tree : "node " + node;
    }

    /** The longest walks of an ensemble that was checked. */
    static TreeWalks of(TreeEnsemble op) {
        Reached leaves;
        try {
            leaves = reach(op)[1];
        } catch (InvalidModelException e) {
            throw new IllegalStateException("an ensemble was not checked before its cost", e);
        }
        int[] steps = new int[op.roots().length()];
        int[] longest = new int[op.roots().length()];
        int first = 0;
        for (int entry = 0; entry < leaves.tree.length; entry++) {
            if (op.leaves().get(ENTRY * entry) < 0) {
                int tree = leaves.tree[first] - 1;
                steps[tree] = Math.max(steps[tree], leaves.depth[first]);
                longest[tree] = Math.max(longest[tree], entry - first + 1);
                first = entry + 1;
            }
        }
        return new TreeWalks(
                Arrays.stream(steps).asLongStream().sum(),
                Arrays.stream(longest).asLongStream().sum());
    }

    /** What the results of all targets lie in before the factor. */
    static Interval sums(TreeEnsemble op) throws InvalidModelException {
        Reached leaves = reach(op)[1];
        int targets = op.targets();
        long[] lo = new long[targets];
        long[] hi = new long[targets];
        long[] size = new long[targets];
        Spread spread = new Spread(targets);
        boolean sums = op.aggregate() == TreeEnsemble.Aggregate.SUM;
        int entries = leaves.tree.length;
        int tree = 1;
        int first = 0;
        for (int entry = 0; entry <= entries; entry++) {
            boolean starts =
                    entry == entries || entry == 0 || op.leaves().get(ENTRY * (entry - 1)) < 0;
            if (starts && entry < entries) {
                first = entry;
            }
            boolean ends = entry == entries || (starts && leaves.tree[first] != tree);
            if (ends && (sums || entry == entries)) {
                spread.addTo(lo, hi, size, sums);
            }
            if (entry < entries) {
                tree = leaves.tree[first];
                spread.leaves += starts ? 1 : 0;
                spread.take(
                        op.leaves().get(ENTRY * entry) & ~TreeEnsemble.LAST,
                        Ints.number(op.leaves(), ENTRY * entry + 1));
            }
        }
        Interval all = null;
        for (int target = 0; target < targets; target++) {
            long base = Ints.number(op.base(), 2 * target);
            long magnitude = sum(size[target], size(base));
            if (magnitude > SUM_MAX) {
                throw new InvalidModelException("target " + target + ": a sum could leave 62 bits");
            }
            Interval one = new Interval(lo[target] + base, hi[target] + base);
            all = all == null ? one : all.union(one);
        }
        if (all == null) {
            throw new InvalidModelException("an ensemble without targets");
        }
        return all;
    }

    /** Least and greatest number of each target over the leaves of one tree, or of all trees. */
    private static final class Spread {
        private final long[] lo;
        private final long[] hi;
        private final int[] seen;
        private final int[] touched;
        private int touchedCount;
        private int leaves;

        Spread(int targets) {
            lo = new long[targets];
            hi = new long[targets];
            seen = new int[targets];
            touched = new int[targets];
        }

        void take(int target, long value) {
            if (seen[target]++ == 0) {
                touched[touchedCount++] = target;
                lo[target] = value;
                hi[target] = value;
            } else {
                lo[target] = Math.min(lo[target], value);
                hi[target] = Math.max(hi[target], value);
            }
        }

        /** A target that some leaf says nothing about may get 0. */
        void addTo(long[] sumLo, long[] sumHi, long[] sumSize, boolean byTree) {
            for (int i = 0; i < touchedCount; i++) {
                int target = touched[i];
                boolean silent = seen[target] < leaves || !byTree;
                long least = silent ? Math.min(0, lo[target]) : lo[target];
                long most = silent ? Math.max(0, hi[target]) : hi[target];
                long size = Math.max(size(least), size(most));
                sumSize[target] = sum(sumSize[target], size);
                sumLo[target] += least;
                sumHi[target] += most;
                seen[target] = 0;
            }
            touchedCount = 0;
            leaves = 0;
        }
    }

    private static long size(long value) {
        return value == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(value);
    }

    /** The sum of numbers that are not negative, at most 2^63-1. */
    private static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}

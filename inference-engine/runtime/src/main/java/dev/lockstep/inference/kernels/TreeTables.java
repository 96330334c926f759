package dev.lockstep.inference.kernels;

import dev.lockstep.inference.FloatKey;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.TreeEnsemble;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Trees laid out for walks that need neither branches nor references: the upper levels of each tree
 * are filled up to a whole one, in which the branches of node i are 2i and 2i + 1. Where such a
 * part ends, a reference says which leaf it is, or which node a walk goes on from.
 *
 * <p>Trees stand in groups of as many as are walked at once, those of a group filled up to the same
 * depth.
 */
final class TreeTables implements Prepared {
    /** Walks taken at once, so that a processor need not wait for one load after the other. */
    static final int LANES = 8;

    private static final int DEPTH_MAX = 12;

    /** Nodes of filled parts for each node of the trees, and for each group beside. */
    private static final int ROOM = 4;

    private static final int GROUP_ROOM = 256;

    /** The selector of every column: feature and where missing values go. */
    final int[] columns;

    /** Elements of a table of columns, a power of two. */
    final int columnElements;

    /** For each group of trees, how many levels are filled. */
    final int[] depths;

    /** For each tree by its place, where its part stands, among nodes and among ends. */
    final int[] parts;

    /** Trees, without those that fill up the last group. */
    final int count;

    /**
     * Threshold in the high half, element of the column in the low half. The length is a power of
     * two: it makes checks of bounds unnecessary.
     */
    final long[] nodes;

    /** References where the parts end. */
    final int[] ends;

    /** Whether every tree is filled up to all of its leaves. */
    final boolean whole;

    /** Whether every leaf has one entry. */
    final boolean single;

    /** Targets of the leaves' entries, as they stand in the operation, and their numbers. */
    final int[] targets;

    final long[] numbers;

    TreeTables(TreeEnsemble op) {
        int[] words = op.nodes().toArray();
        this.count = op.roots().length();
        int[] depthOf = depths(op, words);
        int[] order =
                IntStream.range(0, count)
                        .boxed()
                        .sorted((a, b) -> Integer.compare(depthOf[a], depthOf[b]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        int groups = (count + LANES - 1) / LANES;
        this.depths = new int[groups];
        for (int group = 0; group < groups; group++) {
            depths[group] = depthOf[order[Math.min(count, (group + 1) * LANES) - 1]];
        }
        int deepest = DEPTH_MAX;
        long room = (long) ROOM * words.length / TreeEnsemble.NODE + (long) GROUP_ROOM * groups;
        while (elements(deepest) > room) {
            deepest--;
        }
        for (int group = 0; group < groups; group++) {
            depths[group] = Math.min(depths[group], deepest);
        }
        this.columns =
                IntStream.range(0, words.length / TreeEnsemble.NODE)
                        .map(node -> words[TreeEnsemble.NODE * node])
                        .sorted()
                        .distinct()
                        .toArray();
        this.columnElements = powerOfTwo(Math.max(1, columns.length) * LANES);
        this.ends = new int[(int) elements(deepest)];
        this.nodes = new long[powerOfTwo(ends.length)];
        this.parts = new int[groups * LANES];
        int part = 0;
        for (int place = 0; place < parts.length; place++) {
            parts[place] = part;
            // What fills up the last group walks as its last tree does, and is not looked at.
            int root = op.roots().get(order[Math.min(place, count - 1)]);
            fill(words, root, depths[place / LANES], part);
            part += 1 << depths[place / LANES];
        }
        this.whole = Arrays.stream(ends).allMatch(ref -> ref < 0);
        int entries = op.leaves().length() / TreeEnsemble.ENTRY;
        this.targets = new int[entries];
        this.numbers = new long[entries];
        for (int i = 0; i < entries; i++) {
            targets[i] = op.leaves().get(TreeEnsemble.ENTRY * i);
            numbers[i] = Ints.number(op.leaves(), TreeEnsemble.ENTRY * i + 1);
        }
        this.single = Arrays.stream(targets).allMatch(word -> word < 0);
    }

    /** Whether all that rows come to is a sum of one number from each tree. */
    boolean areSimple(TreeEnsemble op) {
        return single && op.targets() == 1 && op.aggregate() == TreeEnsemble.Aggregate.SUM;
    }

    /**
     * Puts one row among others that are walked with.
     *
     * @param from where it starts in {@code x}
     * @param table columns of rows, {@code between} elements apart
     */
    void take(int[] x, int from, int[] table, int row, int between) {
        for (int column = 0; column < columns.length; column++) {
            int selector = columns[column];
            int value = x[from + (selector >> 1)];
            boolean missing = (selector & 1) != 0 && value == FloatKey.MISSING;
            table[column * between + row] = missing ? Integer.MAX_VALUE : value;
        }
    }

    /** What a value must exceed to go to the second branch of a node. */
    static int threshold(int[] words, int node) {
        // Missing values become the greatest integer, which no key of a float is.
        boolean missing = (words[node] & 1) != 0;
        return Math.min(words[node + 1], missing ? FloatKey.INFINITY : Integer.MAX_VALUE);
    }

    /** The depth of each tree. Branches stand after their nodes: one pass from the end. */
    private static int[] depths(TreeEnsemble op, int[] words) {
        byte[] below = new byte[words.length / TreeEnsemble.NODE];
        for (int node = below.length - 1; node >= 0; node--) {
            int first = words[TreeEnsemble.NODE * node + 2];
            int second = words[TreeEnsemble.NODE * node + 3];
            int deeper = Math.max(first < 0 ? 0 : below[first], second < 0 ? 0 : below[second]);
            below[node] = (byte) (deeper + 1);
        }
        int[] depths = new int[op.roots().length()];
        for (int tree = 0; tree < depths.length; tree++) {
            int root = op.roots().get(tree);
            depths[tree] = root < 0 ? 0 : below[root];
        }
        return depths;
    }

    private long elements(int deepest) {
        long elements = 0;
        for (int depth : depths) {
            elements += (long) LANES << Math.min(depth, deepest);
        }
        return elements;
    }

    private void fill(int[] words, int root, int depth, int part) {
        int[] refs = new int[2 << depth];
        refs[1] = root;
        for (int i = 1; i < 1 << depth; i++) {
            int ref = refs[i];
            int node = ref * TreeEnsemble.NODE;
            if (ref < 0) {
                nodes[part + i] = node(Integer.MAX_VALUE, 0);
            } else {
                int column = Arrays.binarySearch(columns, words[node]);
                nodes[part + i] = node(threshold(words, node), column * LANES);
            }
            refs[2 * i] = ref < 0 ? ref : words[node + 2];
            refs[2 * i + 1] = ref < 0 ? ref : words[node + 3];
        }
        System.arraycopy(refs, 1 << depth, ends, part, 1 << depth);
    }

    private static long node(int threshold, int element) {
        return ((long) threshold << Integer.SIZE) | element;
    }

    private static int powerOfTwo(int least) {
        return least <= 1 ? 1 : Integer.highestOneBit(least - 1) << 1;
    }

    @Override
    public long bytes() {
        return 4L * (columns.length + depths.length + parts.length + ends.length + targets.length)
                + 8L * (nodes.length + numbers.length);
    }
}

package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TreeEnsemble;

/** Walks through {@link TreeTables}: eight rows through one tree, or one row through eight. */
final class TreeRuns {
    private static final int LANES = TreeTables.LANES;

    private final int[] at = new int[LANES];
    private final TreeSums sums = new TreeSums();
    private int[] columns = new int[0];

    /**
     * @param first of the rows to walk with; results of those before it stand there already
     */
    void run(TreeEnsemble op, TreeTables tables, Tensor input, Tensor output, int first) {
        int features = input.shape().last();
        int rows = output.shape().elements() / op.targets();
        if (columns.length != tables.columnElements) {
            columns = new int[tables.columnElements];
        }
        int[] x = input.data();
        boolean simple = tables.areSimple(op);
        int row = first;
        for (; row + LANES <= rows; row += LANES) {
            int from = input.offset() + row * features;
            for (int lane = 0; lane < LANES; lane++) {
                tables.take(x, from + lane * features, columns, lane, LANES);
            }
            sums.start(op, LANES);
            for (int tree = 0; tree < tables.count; tree++) {
                rows(tables, tree);
                if (!tables.whole) {
                    finish(op.nodes(), x, from, features);
                }
                if (simple) {
                    sums.add(tables, at);
                } else {
                    for (int lane = 0; lane < LANES; lane++) {
                        sums.say(op, tables, at[lane], lane * op.targets());
                    }
                }
            }
            sums.give(op, output, row, LANES);
        }
        for (; row < rows; row++) {
            int from = input.offset() + row * features;
            tables.take(x, from, columns, 0, LANES);
            sums.start(op, 1);
            for (int group = 0; group < tables.depths.length; group++) {
                trees(tables, group);
                if (!tables.whole) {
                    finish(op.nodes(), x, from, 0);
                }
                int count = Math.min(LANES, tables.count - group * LANES);
                for (int lane = 0; lane < count; lane++) {
                    sums.say(op, tables, at[lane], 0);
                }
            }
            sums.give(op, output, row, 1);
        }
    }

    /** Eight rows through one tree. */
    private void rows(TreeTables tables, int tree) {
        long[] nodes = tables.nodes;
        int[] x = columns;
        int last = nodes.length - 1;
        int lastX = x.length - 1;
        int part = tables.parts[tree];
        int depth = tables.depths[tree / LANES];
        int a = 1;
        int b = 1;
        int c = 1;
        int d = 1;
        int e = 1;
        int f = 1;
        int g = 1;
        int h = 1;
        for (int level = 0; level < depth; level++) {
            long na = nodes[(part + a) & last];
            long nb = nodes[(part + b) & last];
            long nc = nodes[(part + c) & last];
            long nd = nodes[(part + d) & last];
            a = 2 * a + second(na, x[(int) na & lastX]);
            b = 2 * b + second(nb, x[((int) nb + 1) & lastX]);
            c = 2 * c + second(nc, x[((int) nc + 2) & lastX]);
            d = 2 * d + second(nd, x[((int) nd + 3) & lastX]);
            long ne = nodes[(part + e) & last];
            long nf = nodes[(part + f) & last];
            long ng = nodes[(part + g) & last];
            long nh = nodes[(part + h) & last];
            e = 2 * e + second(ne, x[((int) ne + 4) & lastX]);
            f = 2 * f + second(nf, x[((int) nf + 5) & lastX]);
            g = 2 * g + second(ng, x[((int) ng + 6) & lastX]);
            h = 2 * h + second(nh, x[((int) nh + 7) & lastX]);
        }
        int end = part - (1 << depth);
        at[0] = tables.ends[end + a];
        at[1] = tables.ends[end + b];
        at[2] = tables.ends[end + c];
        at[3] = tables.ends[end + d];
        at[4] = tables.ends[end + e];
        at[5] = tables.ends[end + f];
        at[6] = tables.ends[end + g];
        at[7] = tables.ends[end + h];
    }

    /** One row, which is that of lane 0, through eight trees. */
    private void trees(TreeTables tables, int group) {
        long[] nodes = tables.nodes;
        int[] x = columns;
        int last = nodes.length - 1;
        int lastX = x.length - 1;
        int[] parts = tables.parts;
        int depth = tables.depths[group];
        int first = group * LANES;
        int pa = parts[first];
        int pb = parts[first + 1];
        int pc = parts[first + 2];
        int pd = parts[first + 3];
        int pe = parts[first + 4];
        int pf = parts[first + 5];
        int pg = parts[first + 6];
        int ph = parts[first + 7];
        int a = 1;
        int b = 1;
        int c = 1;
        int d = 1;
        int e = 1;
        int f = 1;
        int g = 1;
        int h = 1;
        for (int level = 0; level < depth; level++) {
            long na = nodes[(pa + a) & last];
            long nb = nodes[(pb + b) & last];
            long nc = nodes[(pc + c) & last];
            long nd = nodes[(pd + d) & last];
            a = 2 * a + second(na, x[(int) na & lastX]);
            b = 2 * b + second(nb, x[(int) nb & lastX]);
            c = 2 * c + second(nc, x[(int) nc & lastX]);
            d = 2 * d + second(nd, x[(int) nd & lastX]);
            long ne = nodes[(pe + e) & last];
            long nf = nodes[(pf + f) & last];
            long ng = nodes[(pg + g) & last];
            long nh = nodes[(ph + h) & last];
            e = 2 * e + second(ne, x[(int) ne & lastX]);
            f = 2 * f + second(nf, x[(int) nf & lastX]);
            g = 2 * g + second(ng, x[(int) ng & lastX]);
            h = 2 * h + second(nh, x[(int) nh & lastX]);
        }
        int filled = 1 << depth;
        at[0] = tables.ends[pa + a - filled];
        at[1] = tables.ends[pb + b - filled];
        at[2] = tables.ends[pc + c - filled];
        at[3] = tables.ends[pd + d - filled];
        at[4] = tables.ends[pe + e - filled];
        at[5] = tables.ends[pf + f - filled];
        at[6] = tables.ends[pg + g - filled];
        at[7] = tables.ends[ph + h - filled];
    }

    /** 1 where a value exceeds the threshold of a node. */
    private static int second(long node, int value) {
        return (int) (((node >> Integer.SIZE) - value) >>> (Long.SIZE - 1));
    }

    /** Goes on below what is filled, lane by lane in turns. */
    private void finish(Ints nodes, int[] x, int from, int between) {
        boolean goesOn = false;
        for (int lane = 0; lane < LANES; lane++) {
            goesOn |= at[lane] >= 0;
        }
        while (goesOn) {
            goesOn = false;
            for (int lane = 0; lane < LANES; lane++) {
                at[lane] = step(nodes, x, from + lane * between, at[lane]);
                goesOn |= at[lane] >= 0;
            }
        }
    }

    /**
     * Where a walk goes from a reference; from a leaf it goes nowhere. Without a branch, which no
     * processor could predict: a leaf reads the first node and drops what it says. A missing value
     * is the least integer; one less is the greatest, and goes to the second branch.
     */
    private static int step(Ints nodes, int[] x, int from, int ref) {
        int leaf = ref >> 31;
        int node = (ref & ~leaf) * TreeEnsemble.NODE;
        int selector = nodes.get(node);
        int turn = selector & 1;
        long threshold = (long) nodes.get(node + 1) - turn;
        int value = x[from + (selector >> 1)] - turn;
        int branch = (int) ((threshold - value) >>> 63);
        return (ref & leaf) | (nodes.get(node + 2 + branch) & ~leaf);
    }
}

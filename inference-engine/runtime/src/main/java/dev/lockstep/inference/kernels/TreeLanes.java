package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TreeEnsemble;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Many rows at once through {@link TreeMasks}, each in a lane of its own: no row goes its own way,
 * so that there is nothing to predict and nothing to gather.
 */
final class TreeLanes {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();

    /** Rows taken at once. */
    static final int ROWS = 4 * LANES;

    /** To look at all conditions of a tree with more leaves would take longer than to walk. */
    static final int LEAVES_MAX = 16 * LANES;

    private int[] columns = new int[0];
    private int[] left = new int[0];
    private final int[] at = new int[ROWS];
    private final TreeSums sums = new TreeSums();

    /** Results of the first rows, as many as fill the lanes; returns how many those are. */
    int run(TreeEnsemble op, TreeTables tables, TreeMasks masks, Tensor input, Tensor output) {
        int features = input.shape().last();
        int rows = output.shape().elements() / op.targets() / ROWS * ROWS;
        if (columns.length < tables.columns.length * ROWS) {
            columns = new int[tables.columns.length * ROWS];
        }
        if (left.length < LEAVES_MAX / TreeMasks.LEAVES * ROWS) {
            left = new int[LEAVES_MAX / TreeMasks.LEAVES * ROWS];
        }
        boolean simple = tables.areSimple(op);
        for (int row = 0; row < rows; row += ROWS) {
            int from = input.offset() + row * features;
            for (int lane = 0; lane < ROWS; lane++) {
                tables.take(input.data(), from + lane * features, columns, lane, ROWS);
            }
            sums.start(op, ROWS);
            for (int tree = 0; tree < tables.count; tree++) {
                int first = masks.trees[tree];
                int count = masks.trees[tree + 1] - first;
                for (int word = 0; word < count; word++) {
                    rule(
                            masks.conditions(),
                            masks.starts[first + word],
                            masks.starts[first + word + 1],
                            columns,
                            left,
                            word * ROWS);
                }
                find(masks.leaves, first * TreeMasks.LEAVES, count);
                if (simple) {
                    sums.add(tables, at);
                } else {
                    for (int lane = 0; lane < ROWS; lane++) {
                        sums.say(op, tables, at[lane], lane * op.targets());
                    }
                }
            }
            sums.give(op, output, row, ROWS);
        }
        return rows;
    }

    /** The leaves of one word that conditions leave to each row. */
    private static void rule(int[] conditions, int from, int end, int[] x, int[] left, int to) {
        IntVector a = IntVector.broadcast(INTS, -1);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        for (int i = from; i < end; i += TreeMasks.CONDITION) {
            int column = conditions[i];
            IntVector most = IntVector.broadcast(INTS, conditions[i + 1]);
            IntVector mask = IntVector.broadcast(INTS, conditions[i + 2]);
            IntVector xa = IntVector.fromArray(INTS, x, column);
            IntVector xb = IntVector.fromArray(INTS, x, column + LANES);
            IntVector xc = IntVector.fromArray(INTS, x, column + 2 * LANES);
            IntVector xd = IntVector.fromArray(INTS, x, column + 3 * LANES);
            a = a.lanewise(VectorOperators.AND, mask, xa.compare(VectorOperators.GT, most));
            b = b.lanewise(VectorOperators.AND, mask, xb.compare(VectorOperators.GT, most));
            c = c.lanewise(VectorOperators.AND, mask, xc.compare(VectorOperators.GT, most));
            d = d.lanewise(VectorOperators.AND, mask, xd.compare(VectorOperators.GT, most));
        }
        a.intoArray(left, to);
        b.intoArray(left, to + LANES);
        c.intoArray(left, to + 2 * LANES);
        d.intoArray(left, to + 3 * LANES);
    }

    /**
     * The first leaf left to each row. In all words but the last, every bit is a leaf. Two words
     * are looked at together, without a branch that nobody could predict.
     */
    private void find(int[] leaves, int from, int words) {
        int next = words > 1 ? ROWS : 0;
        for (int lane = 0; lane < ROWS; lane++) {
            int word = 0;
            long bits = pair(lane, next);
            while (bits == 0) {
                word += 2;
                bits = pair(lane + word * ROWS, word + 1 < words ? ROWS : 0);
            }
            int leaf = word * TreeMasks.LEAVES + Long.numberOfTrailingZeros(bits);
            at[lane] = leaves[from + leaf];
        }
    }

    private long pair(int at, int next) {
        return Integer.toUnsignedLong(left[at]) | (long) left[at + next] << Integer.SIZE;
    }
}

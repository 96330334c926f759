package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Tensor;
import dev.lockstep.inference.TreeEnsemble;
import java.util.Arrays;

/** What the leaves that some rows come to say together. */
final class TreeSums {
    private long[] results = new long[0];
    private boolean[] said = new boolean[0];

    /** Starts from nothing, for so many rows. */
    void start(TreeEnsemble op, int rows) {
        int count = rows * op.targets();
        if (results.length < count) {
            results = new long[count];
            said = new boolean[count];
        }
        Arrays.fill(said, 0, count, false);
        Arrays.fill(results, 0, count, 0);
    }

    /** Adds the one number that each leaf has, to the sum of its row. */
    void add(TreeTables tables, int[] leaves) {
        long[] numbers = tables.numbers;
        for (int row = 0; row < leaves.length; row++) {
            results[row] += numbers[~leaves[row]];
        }
    }

    /**
     * Counts in what a leaf says, for the targets of one row.
     *
     * @param leaf reference to it
     * @param row first result of the row
     */
    void say(TreeEnsemble op, TreeTables tables, int leaf, int row) {
        int entry = ~leaf;
        int word;
        do {
            word = tables.targets[entry];
            int target = row + (word & ~TreeEnsemble.LAST);
            long number = tables.numbers[entry];
            if (op.aggregate() == TreeEnsemble.Aggregate.SUM) {
                results[target] += number;
            } else {
                results[target] =
                        said[target] ? op.aggregate().of(results[target], number) : number;
                said[target] = true;
            }
            entry++;
        } while (word >= 0);
    }

    /**
     * Rescales the results of some rows.
     *
     * @param row the first
     */
    void give(TreeEnsemble op, Tensor output, int row, int rows) {
        int to = output.offset() + row * op.targets();
        for (int i = 0; i < rows * op.targets(); i++) {
            long result = op.baseOf(i % op.targets()) + results[i];
            output.data()[to + i] = op.rescale().apply(0, result);
        }
    }
}

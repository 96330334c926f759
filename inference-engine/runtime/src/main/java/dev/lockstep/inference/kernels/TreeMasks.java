package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.TreeEnsemble;
import java.util.Arrays;

/**
 * Trees as conditions that rule leaves out, for {@link TreeLanes}: a value beyond the threshold of
 * a node rules out all leaves below its first branch. In whichever order the conditions are looked
 * at, the leaf that a walk would come to is the first one left.
 *
 * <p>The leaves of a tree are bits of as many words as they need, the first of them the lowest. A
 * condition stands once for each word that it rules leaves out of.
 *
 * @source Lucchese et al., QuickScorer, SIGIR 2015
 */
final class TreeMasks implements Prepared {
    /** Leaves of a word. */
    static final int LEAVES = Integer.SIZE;

    /** Words of a condition: element of its column, threshold, leaves that it does not rule out. */
    static final int CONDITION = 3;

    /** Whether no tree has too many leaves; otherwise nothing else is here. */
    final boolean present;

    /** For each tree its first word, and then how many words there are. */
    final int[] trees;

    /** For each word where its conditions start, and then where they end. */
    final int[] starts;

    /** References to the leaves of each word. */
    final int[] leaves;

    private final int[] nodes;
    private final int[] columns;
    private int[] found = new int[CONDITION * LEAVES];
    private int end;

    /**
     * @param leavesMax leaves of a tree with which it is no faster to walk
     */
    TreeMasks(TreeEnsemble op, TreeTables tables, int leavesMax) {
        this.nodes = op.nodes().toArray();
        this.columns = tables.columns;
        int count = op.roots().length();
        int[] firsts = new int[count + 1];
        boolean few = true;
        for (int tree = 0; tree < count && few; tree++) {
            int leafCount = count(op.roots().get(tree), leavesMax);
            few = leafCount <= leavesMax;
            firsts[tree + 1] = firsts[tree] + (leafCount + LEAVES - 1) / LEAVES;
        }
        this.present = few;
        this.trees = few ? firsts : new int[0];
        this.starts = new int[few ? firsts[count] + 1 : 0];
        this.leaves = new int[few ? firsts[count] * LEAVES : 0];
        if (few) {
            for (int tree = 0; tree < count; tree++) {
                for (int word = trees[tree]; word < trees[tree + 1]; word++) {
                    collect(op.roots().get(tree), 0, (word - trees[tree]) * LEAVES, word);
                    starts[word + 1] = end;
                }
            }
        }
        found = Arrays.copyOf(found, end);
    }

    /** {@link #CONDITION} words for each. */
    int[] conditions() {
        return found;
    }

    /** Leaves below a reference, or some number beyond the most. */
    private int count(int ref, int most) {
        if (ref < 0 || most < 0) {
            return 1;
        }
        int first = count(nodes[ref * TreeEnsemble.NODE + 2], most - 1);
        return first + count(nodes[ref * TreeEnsemble.NODE + 3], most - first);
    }

    /**
     * Takes in what concerns one word.
     *
     * @param leaf number of the first leaf below the reference
     * @param from number of the first leaf of the word
     * @return number of the leaf behind
     */
    private int collect(int ref, int leaf, int from, int word) {
        if (ref < 0) {
            if (leaf >= from && leaf < from + LEAVES) {
                leaves[word * LEAVES + leaf - from] = ref;
            }
            return leaf + 1;
        }
        int node = ref * TreeEnsemble.NODE;
        int second = collect(nodes[node + 2], leaf, from, word);
        int first = Math.clamp(leaf - from, 0, LEAVES);
        int last = Math.clamp(second - from, 0, LEAVES);
        if (first < last) {
            if (end == found.length) {
                found = Arrays.copyOf(found, 2 * end);
            }
            found[end] = Arrays.binarySearch(columns, nodes[node]) * TreeLanes.ROWS;
            found[end + 1] = TreeTables.threshold(nodes, node);
            found[end + 2] = (int) ~((1L << last) - (1L << first));
            end += CONDITION;
        }
        return collect(nodes[node + 3], second, from, word);
    }

    @Override
    public long bytes() {
        return 4L * (trees.length + starts.length + leaves.length + nodes.length + found.length);
    }
}

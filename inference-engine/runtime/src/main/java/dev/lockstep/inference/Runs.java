package dev.lockstep.inference;

import java.util.Arrays;

/**
 * The elements of a shape, in row-major order, as runs that are even in each of some tensors: axes
 * along which all of them go on as before are taken as one.
 */
final class Runs {
    private final int[] outer;
    private final int[][] outerStrides;
    private final int[] steps;
    private final int length;

    /**
     * @param strides of each tensor, along each axis
     */
    Runs(Shape shape, int[]... strides) {
        int rank = shape.rank();
        int[] dims = new int[rank];
        int[][] merged = new int[strides.length][rank];
        int axes = 0;
        for (int axis = 0; axis < rank; axis++) {
            int dim = shape.dim(axis);
            if (dim == 1 && (axes > 0 || axis < rank - 1)) {
                continue;
            }
            boolean goesOn = axes > 0;
            for (int t = 0; t < strides.length; t++) {
                goesOn &= axes > 0 && merged[t][axes - 1] == strides[t][axis] * dim;
            }
            axes += goesOn ? 0 : 1;
            dims[axes - 1] = goesOn ? dims[axes - 1] * dim : dim;
            for (int t = 0; t < strides.length; t++) {
                merged[t][axes - 1] = strides[t][axis];
            }
        }
        length = dims[axes - 1];
        steps = new int[strides.length];
        outerStrides = new int[strides.length][];
        for (int t = 0; t < strides.length; t++) {
            steps[t] = merged[t][axes - 1];
            merged[t][axes - 1] = 0;
            outerStrides[t] = Arrays.copyOf(merged[t], axes);
        }
        dims[axes - 1] = 1;
        outer = Arrays.copyOf(dims, axes);
    }

    /** Elements of a run. */
    int length() {
        return length;
    }

    /** How many runs there are. */
    int count() {
        int count = 1;
        for (int dim : outer) {
            count *= dim;
        }
        return count;
    }

    /** How far apart the elements of a run are in one of the tensors. */
    int step(int tensor) {
        return steps[tensor];
    }

    /** Where runs begin in one of the tensors, whose first element is at {@code start}. */
    Axes.Walk walk(int tensor, int start) {
        return new Axes.Walk(outer, outerStrides[tensor], start);
    }
}

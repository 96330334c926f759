package dev.lockstep.inference.kernels;

import jdk.incubator.vector.FloatVector;

/** A few weights over a long row: {@code c[j] = bias + Σ a[k] · b[offsets[k] + j]}. */
final class RowTiles {
    private static final int LANES = FloatTiles.LANES;

    /** Sums taken at once. */
    static final int LENGTH = 4 * LANES;

    private RowTiles() {}

    static void sum(
            float[] a, int ai, float[] b, int bi, int[] offsets, float bias, float[] c, int ci) {
        FloatVector c0 = FloatVector.broadcast(FloatTiles.LANE, bias);
        FloatVector c1 = c0;
        FloatVector c2 = c0;
        FloatVector c3 = c0;
        for (int k = 0; k < offsets.length; k++) {
            FloatVector factor = FloatVector.broadcast(FloatTiles.LANE, a[ai + k]);
            int at = bi + offsets[k];
            c0 = factor.fma(FloatVector.fromArray(FloatTiles.LANE, b, at), c0);
            c1 = factor.fma(FloatVector.fromArray(FloatTiles.LANE, b, at + LANES), c1);
            c2 = factor.fma(FloatVector.fromArray(FloatTiles.LANE, b, at + 2 * LANES), c2);
            c3 = factor.fma(FloatVector.fromArray(FloatTiles.LANE, b, at + 3 * LANES), c3);
        }
        c0.intoArray(c, ci);
        c1.intoArray(c, ci + LANES);
        c2.intoArray(c, ci + 2 * LANES);
        c3.intoArray(c, ci + 3 * LANES);
    }
}

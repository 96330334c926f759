package dev.lockstep.inference.kernels;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products in registers: {@code c[r][j] += Σ a[k][r] · b[offsets[k] + j]} for a few rows r
 * and a few vectors of columns j, written out so that every sum has a register of its own.
 *
 * <p>Sums are integers within the exact range of the type, so that neither fusion nor order
 * matters.
 */
final class DoubleTiles {
    static final VectorSpecies<Double> LANE = DoubleVector.SPECIES_PREFERRED;
    static final int LANES = LANE.length();

    /** Rows of a tile. */
    static final int ROWS = 4;

    /** Columns of a tile. */
    static final int WIDTH = 2 * LANES;

    private DoubleTiles() {}

    /** Adds the terms {@code k0..k1} to one tile; see {@link FloatTiles#add}. */
    static void add(
            double[] a,
            int ai,
            double[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            double[] c,
            int ci) {
        DoubleVector c00 = DoubleVector.fromArray(LANE, c, ci);
        DoubleVector c01 = DoubleVector.fromArray(LANE, c, ci + LANES);
        DoubleVector c10 = DoubleVector.fromArray(LANE, c, ci + 1 * WIDTH);
        DoubleVector c11 = DoubleVector.fromArray(LANE, c, ci + 1 * WIDTH + LANES);
        DoubleVector c20 = DoubleVector.fromArray(LANE, c, ci + 2 * WIDTH);
        DoubleVector c21 = DoubleVector.fromArray(LANE, c, ci + 2 * WIDTH + LANES);
        DoubleVector c30 = DoubleVector.fromArray(LANE, c, ci + 3 * WIDTH);
        DoubleVector c31 = DoubleVector.fromArray(LANE, c, ci + 3 * WIDTH + LANES);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 4;
            DoubleVector b0 = DoubleVector.fromArray(LANE, b, at);
            DoubleVector b1 = DoubleVector.fromArray(LANE, b, at + LANES);
            DoubleVector a0 = DoubleVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            DoubleVector a1 = DoubleVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            DoubleVector a2 = DoubleVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            DoubleVector a3 = DoubleVector.broadcast(LANE, a[left + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
        }
        c00.intoArray(c, ci);
        c01.intoArray(c, ci + LANES);
        c10.intoArray(c, ci + 1 * WIDTH);
        c11.intoArray(c, ci + 1 * WIDTH + LANES);
        c20.intoArray(c, ci + 2 * WIDTH);
        c21.intoArray(c, ci + 2 * WIDTH + LANES);
        c30.intoArray(c, ci + 3 * WIDTH);
        c31.intoArray(c, ci + 3 * WIDTH + LANES);
    }
}

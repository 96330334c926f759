package dev.lockstep.inference.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products in registers: {@code c[r][j] += Σ a[k][r] · b[offsets[k] + j]} for a few rows r
 * and a few vectors of columns j, written out so that every sum has a register of its own.
 *
 * <p>Sums are integers within the exact range of the type, so that neither fusion nor order
 * matters.
 */
final class FloatTiles {
    static final VectorSpecies<Float> LANE = FloatVector.SPECIES_PREFERRED;
    static final int LANES = LANE.length();

    /** Whether there are registers for 24 sums, as with 32 of them. */
    private static final boolean LARGE =
            LANES >= 16 || System.getProperty("os.arch").equals("aarch64");

    /** Rows of a tile. */
    static final int ROWS = LARGE ? 6 : 4;

    /** Columns of a tile. */
    static final int WIDTH = (LARGE ? 4 : 2) * LANES;

    private FloatTiles() {}

    /** What sums of one row of a tile start from. */
    static void fill(float value, float[] c, int ci) {
        FloatVector start = FloatVector.broadcast(LANE, value);
        for (int j = 0; j < WIDTH; j += LANES) {
            start.intoArray(c, ci + j);
        }
    }

    /**
     * Adds the terms {@code k0..k1} to one tile.
     *
     * @param a factors of the rows, {@link #ROWS} for each k
     * @param width columns that are of use; more are computed
     * @param c sums, rows {@link #WIDTH} apart
     */
    static void add(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            int width,
            float[] c,
            int ci) {
        if (LARGE) {
            if (width > 2 * LANES) {
                tile6x4(a, ai, b, bi, offsets, k0, k1, c, ci);
            } else if (width > LANES) {
                tile6x2(a, ai, b, bi, offsets, k0, k1, c, ci);
            } else {
                tile6x1(a, ai, b, bi, offsets, k0, k1, c, ci);
            }
        } else if (width > LANES) {
            tile4x2(a, ai, b, bi, offsets, k0, k1, c, ci);
        } else {
            tile4x1(a, ai, b, bi, offsets, k0, k1, c, ci);
        }
    }

    private static void tile6x4(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            float[] c,
            int ci) {
        FloatVector c00 = FloatVector.fromArray(LANE, c, ci);
        FloatVector c01 = FloatVector.fromArray(LANE, c, ci + LANES);
        FloatVector c02 = FloatVector.fromArray(LANE, c, ci + 2 * LANES);
        FloatVector c03 = FloatVector.fromArray(LANE, c, ci + 3 * LANES);
        FloatVector c10 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH);
        FloatVector c11 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH + LANES);
        FloatVector c12 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH + 2 * LANES);
        FloatVector c13 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH + 3 * LANES);
        FloatVector c20 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH);
        FloatVector c21 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH + LANES);
        FloatVector c22 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH + 2 * LANES);
        FloatVector c23 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH + 3 * LANES);
        FloatVector c30 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH);
        FloatVector c31 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH + LANES);
        FloatVector c32 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH + 2 * LANES);
        FloatVector c33 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH + 3 * LANES);
        FloatVector c40 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH);
        FloatVector c41 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH + LANES);
        FloatVector c42 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH + 2 * LANES);
        FloatVector c43 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH + 3 * LANES);
        FloatVector c50 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH);
        FloatVector c51 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH + LANES);
        FloatVector c52 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH + 2 * LANES);
        FloatVector c53 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH + 3 * LANES);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 6;
            FloatVector b0 = FloatVector.fromArray(LANE, b, at);
            FloatVector b1 = FloatVector.fromArray(LANE, b, at + LANES);
            FloatVector b2 = FloatVector.fromArray(LANE, b, at + 2 * LANES);
            FloatVector b3 = FloatVector.fromArray(LANE, b, at + 3 * LANES);
            FloatVector a0 = FloatVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            FloatVector a1 = FloatVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            c13 = a1.fma(b3, c13);
            FloatVector a2 = FloatVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            c23 = a2.fma(b3, c23);
            FloatVector a3 = FloatVector.broadcast(LANE, a[left + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            c33 = a3.fma(b3, c33);
            FloatVector a4 = FloatVector.broadcast(LANE, a[left + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            c42 = a4.fma(b2, c42);
            c43 = a4.fma(b3, c43);
            FloatVector a5 = FloatVector.broadcast(LANE, a[left + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            c52 = a5.fma(b2, c52);
            c53 = a5.fma(b3, c53);
        }
        c00.intoArray(c, ci);
        c01.intoArray(c, ci + LANES);
        c02.intoArray(c, ci + 2 * LANES);
        c03.intoArray(c, ci + 3 * LANES);
        c10.intoArray(c, ci + 1 * WIDTH);
        c11.intoArray(c, ci + 1 * WIDTH + LANES);
        c12.intoArray(c, ci + 1 * WIDTH + 2 * LANES);
        c13.intoArray(c, ci + 1 * WIDTH + 3 * LANES);
        c20.intoArray(c, ci + 2 * WIDTH);
        c21.intoArray(c, ci + 2 * WIDTH + LANES);
        c22.intoArray(c, ci + 2 * WIDTH + 2 * LANES);
        c23.intoArray(c, ci + 2 * WIDTH + 3 * LANES);
        c30.intoArray(c, ci + 3 * WIDTH);
        c31.intoArray(c, ci + 3 * WIDTH + LANES);
        c32.intoArray(c, ci + 3 * WIDTH + 2 * LANES);
        c33.intoArray(c, ci + 3 * WIDTH + 3 * LANES);
        c40.intoArray(c, ci + 4 * WIDTH);
        c41.intoArray(c, ci + 4 * WIDTH + LANES);
        c42.intoArray(c, ci + 4 * WIDTH + 2 * LANES);
        c43.intoArray(c, ci + 4 * WIDTH + 3 * LANES);
        c50.intoArray(c, ci + 5 * WIDTH);
        c51.intoArray(c, ci + 5 * WIDTH + LANES);
        c52.intoArray(c, ci + 5 * WIDTH + 2 * LANES);
        c53.intoArray(c, ci + 5 * WIDTH + 3 * LANES);
    }

    private static void tile6x2(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            float[] c,
            int ci) {
        FloatVector c00 = FloatVector.fromArray(LANE, c, ci);
        FloatVector c01 = FloatVector.fromArray(LANE, c, ci + LANES);
        FloatVector c10 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH);
        FloatVector c11 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH + LANES);
        FloatVector c20 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH);
        FloatVector c21 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH + LANES);
        FloatVector c30 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH);
        FloatVector c31 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH + LANES);
        FloatVector c40 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH);
        FloatVector c41 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH + LANES);
        FloatVector c50 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH);
        FloatVector c51 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH + LANES);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 6;
            FloatVector b0 = FloatVector.fromArray(LANE, b, at);
            FloatVector b1 = FloatVector.fromArray(LANE, b, at + LANES);
            FloatVector a0 = FloatVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(LANE, a[left + 3]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(LANE, a[left + 4]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(LANE, a[left + 5]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
        }
        c00.intoArray(c, ci);
        c01.intoArray(c, ci + LANES);
        c10.intoArray(c, ci + 1 * WIDTH);
        c11.intoArray(c, ci + 1 * WIDTH + LANES);
        c20.intoArray(c, ci + 2 * WIDTH);
        c21.intoArray(c, ci + 2 * WIDTH + LANES);
        c30.intoArray(c, ci + 3 * WIDTH);
        c31.intoArray(c, ci + 3 * WIDTH + LANES);
        c40.intoArray(c, ci + 4 * WIDTH);
        c41.intoArray(c, ci + 4 * WIDTH + LANES);
        c50.intoArray(c, ci + 5 * WIDTH);
        c51.intoArray(c, ci + 5 * WIDTH + LANES);
    }

    private static void tile6x1(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            float[] c,
            int ci) {
        FloatVector c00 = FloatVector.fromArray(LANE, c, ci);
        FloatVector c10 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH);
        FloatVector c20 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH);
        FloatVector c30 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH);
        FloatVector c40 = FloatVector.fromArray(LANE, c, ci + 4 * WIDTH);
        FloatVector c50 = FloatVector.fromArray(LANE, c, ci + 5 * WIDTH);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 6;
            FloatVector b0 = FloatVector.fromArray(LANE, b, at);
            FloatVector a0 = FloatVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(LANE, a[left + 3]);
            c30 = a3.fma(b0, c30);
            FloatVector a4 = FloatVector.broadcast(LANE, a[left + 4]);
            c40 = a4.fma(b0, c40);
            FloatVector a5 = FloatVector.broadcast(LANE, a[left + 5]);
            c50 = a5.fma(b0, c50);
        }
        c00.intoArray(c, ci);
        c10.intoArray(c, ci + 1 * WIDTH);
        c20.intoArray(c, ci + 2 * WIDTH);
        c30.intoArray(c, ci + 3 * WIDTH);
        c40.intoArray(c, ci + 4 * WIDTH);
        c50.intoArray(c, ci + 5 * WIDTH);
    }

    private static void tile4x2(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            float[] c,
            int ci) {
        FloatVector c00 = FloatVector.fromArray(LANE, c, ci);
        FloatVector c01 = FloatVector.fromArray(LANE, c, ci + LANES);
        FloatVector c10 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH);
        FloatVector c11 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH + LANES);
        FloatVector c20 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH);
        FloatVector c21 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH + LANES);
        FloatVector c30 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH);
        FloatVector c31 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH + LANES);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 4;
            FloatVector b0 = FloatVector.fromArray(LANE, b, at);
            FloatVector b1 = FloatVector.fromArray(LANE, b, at + LANES);
            FloatVector a0 = FloatVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(LANE, a[left + 3]);
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

    private static void tile4x1(
            float[] a,
            int ai,
            float[] b,
            int bi,
            int[] offsets,
            int k0,
            int k1,
            float[] c,
            int ci) {
        FloatVector c00 = FloatVector.fromArray(LANE, c, ci);
        FloatVector c10 = FloatVector.fromArray(LANE, c, ci + 1 * WIDTH);
        FloatVector c20 = FloatVector.fromArray(LANE, c, ci + 2 * WIDTH);
        FloatVector c30 = FloatVector.fromArray(LANE, c, ci + 3 * WIDTH);
        for (int k = k0; k < k1; k++) {
            int at = bi + offsets[k];
            int left = ai + k * 4;
            FloatVector b0 = FloatVector.fromArray(LANE, b, at);
            FloatVector a0 = FloatVector.broadcast(LANE, a[left]);
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(LANE, a[left + 1]);
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(LANE, a[left + 2]);
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(LANE, a[left + 3]);
            c30 = a3.fma(b0, c30);
        }
        c00.intoArray(c, ci);
        c10.intoArray(c, ci + 1 * WIDTH);
        c20.intoArray(c, ci + 2 * WIDTH);
        c30.intoArray(c, ci + 3 * WIDTH);
    }
}

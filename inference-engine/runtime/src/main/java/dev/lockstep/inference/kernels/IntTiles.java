package dev.lockstep.inference.kernels;

import java.util.Arrays;

/**
 * Products of matrices in integer loops of a form that compilers make vectors of: every array of a
 * loop has the same index, and rows are arrays of their own. {@code sums[r][j] = starts[r] + Σ
 * rows[r][k] · terms[k][j]} for a few rows r and up to {@value #WIDTH} columns j.
 */
final class IntTiles {
    /** Columns taken at once. */
    static final int WIDTH = 256;

    /** Rows and terms that are taken at once. */
    static final int ROWS = 4;

    /** Terms of 8 and 16 bits whose sum has 31: 512 · 127 · 32767 < 2^31. */
    private static final int BLOCK = 512;

    /** How large products may be: it decides in which type they are summed. */
    enum Range {
        /** All partial sums have 31 bits. */
        NARROW,
        /** A factor of each product has 8 bits, the other 16. */
        MIXED,
        /** All partial sums have 62 bits. */
        WIDE
    }

    final int[][] sums = new int[ROWS][WIDTH];
    final long[][] wideSums = new long[ROWS][WIDTH];
    int[][] rows = new int[ROWS][0];
    int[][] terms = new int[0][];

    /** Makes room for products of so many terms. */
    void reserve(int length) {
        if (terms.length < length) {
            int had = terms.length;
            terms = Arrays.copyOf(terms, length);
            for (int k = had; k < length; k++) {
                terms[k] = new int[WIDTH];
            }
            rows = new int[ROWS][length];
        }
    }

    /** Columns to take for {@code count} of use; all of them are computed. */
    static int width(int count) {
        return Math.min(WIDTH, (count + 7) & ~7);
    }

    /**
     * Sums of the first {@code tall} rows: in {@link #sums} where they are narrow, else in {@link
     * #wideSums}.
     */
    void multiply(int tall, int[] starts, int length, int width, Range range) {
        for (int r = 0; r < tall; r++) {
            if (range == Range.NARROW) {
                Arrays.fill(sums[r], 0, width, starts[r]);
            } else {
                Arrays.fill(sums[r], 0, width, 0);
                Arrays.fill(wideSums[r], 0, width, starts[r]);
            }
        }
        if (range == Range.WIDE) {
            for (int r = 0; r < tall; r++) {
                int k = 0;
                for (; k + 2 <= length; k += 2) {
                    addTwo(wideSums[r], terms[k], rows[r][k], terms[k + 1], rows[r][k + 1], width);
                }
                for (; k < length; k++) {
                    add(wideSums[r], terms[k], rows[r][k], width);
                }
            }
            return;
        }
        int block = range == Range.MIXED ? BLOCK : length;
        for (int from = 0; from < length; from += block) {
            int end = Math.min(length, from + block);
            int k = from;
            for (; k + 8 <= end; k += 8) {
                addEight(k, tall, width);
            }
            for (; k < end; k++) {
                for (int r = 0; r < tall; r++) {
                    add(sums[r], terms[k], rows[r][k], width);
                }
            }
            for (int r = 0; range == Range.MIXED && r < tall; r++) {
                flush(sums[r], wideSums[r], width);
            }
        }
    }

    private void addEight(int k, int tall, int width) {
        int[] b0 = terms[k];
        int[] b1 = terms[k + 1];
        int[] b2 = terms[k + 2];
        int[] b3 = terms[k + 3];
        int[] b4 = terms[k + 4];
        int[] b5 = terms[k + 5];
        int[] b6 = terms[k + 6];
        int[] b7 = terms[k + 7];
        for (int r = 0; r < tall; r++) {
            int[] row = rows[r];
            addEight(
                    sums[r],
                    b0,
                    row[k],
                    b1,
                    row[k + 1],
                    b2,
                    row[k + 2],
                    b3,
                    row[k + 3],
                    b4,
                    row[k + 4],
                    b5,
                    row[k + 5],
                    b6,
                    row[k + 6],
                    b7,
                    row[k + 7],
                    width);
        }
    }

    private static void addEight(
            int[] sum,
            int[] b0,
            int w0,
            int[] b1,
            int w1,
            int[] b2,
            int w2,
            int[] b3,
            int w3,
            int[] b4,
            int w4,
            int[] b5,
            int w5,
            int[] b6,
            int w6,
            int[] b7,
            int w7,
            int width) {
        for (int j = 0; j < width; j++) {
            sum[j] +=
                    w0 * b0[j]
                            + w1 * b1[j]
                            + w2 * b2[j]
                            + w3 * b3[j]
                            + w4 * b4[j]
                            + w5 * b5[j]
                            + w6 * b6[j]
                            + w7 * b7[j];
        }
    }

    private static void add(int[] sum, int[] term, int weight, int width) {
        for (int j = 0; j < width; j++) {
            sum[j] += weight * term[j];
        }
    }

    private static void addTwo(long[] sum, int[] b0, long w0, int[] b1, long w1, int width) {
        for (int j = 0; j < width; j++) {
            sum[j] += w0 * b0[j] + w1 * b1[j];
        }
    }

    private static void add(long[] sum, int[] term, long weight, int width) {
        for (int j = 0; j < width; j++) {
            sum[j] += weight * term[j];
        }
    }

    private static void flush(int[] sum, long[] wideSum, int width) {
        for (int j = 0; j < width; j++) {
            wideSum[j] += sum[j];
        }
        Arrays.fill(sum, 0, width, 0);
    }
}

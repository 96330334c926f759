package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Prepared;
import dev.lockstep.inference.Tensor;
import java.lang.foreign.ValueLayout;

/**
 * Rows of 8-bit weights, four in each integer, for sums of products with a vector. Compilers make
 * vectors of loops over integers, and none of loops that widen bytes.
 *
 * <p>Element k of a row is byte {@code k / words} of its word {@code k % words}; so the elements
 * that one word meets stand at one index of four arrays.
 */
final class PackedRows implements Prepared {
    /** Elements in a word. */
    static final int PARTS = 4;

    /** Words whose terms with 16-bit elements sum up to 31 bits: 512 · 127 · 32767 < 2^31. */
    private static final int BLOCK = 512 / PARTS;

    private final int words;
    private final int[] rows;

    /**
     * @param weights rows along the first axis
     */
    PackedRows(Tensor weights) {
        int channels = weights.shape().dim(0);
        int length = weights.shape().elements() / channels;
        byte[] bytes = weights.weights().toArray(ValueLayout.JAVA_BYTE);
        words = words(length);
        rows = new int[Math.multiplyExact(channels, words)];
        for (int c = 0; c < channels; c++) {
            for (int k = 0; k < length; k++) {
                int shift = k / words * Byte.SIZE;
                rows[c * words + k % words] |= (bytes[c * length + k] & 0xff) << shift;
            }
        }
    }

    /** Words of a row of so many elements, and elements of each part of a vector. */
    static int words(int length) {
        return (length + PARTS - 1) / PARTS;
    }

    @Override
    public long bytes() {
        return (long) Integer.BYTES * rows.length;
    }

    /**
     * The sum of products of a row and a vector.
     *
     * @param parts quarters of the vector, zero beyond its end
     * @param wide whether elements have 16 bits
     */
    long dot(int row, int[][] parts, boolean wide) {
        if (!wide) {
            return dot(rows, row * words, parts, 0, words);
        }
        long sum = 0;
        for (int from = 0; from < words; from += BLOCK) {
            sum += dot(rows, row * words, parts, from, Math.min(words, from + BLOCK));
        }
        return sum;
    }

    private static int dot(int[] rows, int at, int[][] parts, int from, int to) {
        int[] a = parts[0];
        int[] b = parts[1];
        int[] c = parts[2];
        int[] d = parts[3];
        int sum = 0;
        for (int j = from; j < to; j++) {
            int word = rows[at + j];
            sum +=
                    a[j] * (word << 24 >> 24)
                            + b[j] * (word << 16 >> 24)
                            + c[j] * (word << 8 >> 24)
                            + d[j] * (word >> 24);
        }
        return sum;
    }
}

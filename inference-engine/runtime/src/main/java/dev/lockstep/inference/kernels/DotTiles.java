package dev.lockstep.inference.kernels;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A matrix of bytes times a vector. It is as fast as memory: so the weights stay bytes, and become
 * floats on their way through the registers. Eight rows are read side by side: processors fetch
 * ahead within a page, and while one stream comes to the end of its page, the others go on.
 */
final class DotTiles {
    private static final int LANES = FloatTiles.LANES;

    /** As many bytes as there are floats in a vector, or the least that can be loaded. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class, VectorShape.forBitSize(Math.max(Long.SIZE, LANES * Byte.SIZE)));

    /** Rows taken at once. */
    static final int ROWS = 8;

    private DotTiles() {}

    /** Rows of {@link #padded} bytes, and more of them up to a whole tile; zeros fill up. */
    static byte[] packed(byte[] rows, int channels, int length) {
        int padded = padded(length);
        int groups = (channels + ROWS - 1) / ROWS;
        int elements = Math.multiplyExact(groups * ROWS, padded);
        byte[] packed = new byte[Math.addExact(elements, BYTES.length())];
        for (int c = 0; c < channels; c++) {
            System.arraycopy(rows, c * length, packed, c * padded, length);
        }
        return packed;
    }

    /** Length of the vector with the zeros behind it. */
    static int padded(int length) {
        return (length + LANES - 1) / LANES * LANES;
    }

    /**
     * @param rows matrix as {@link #packed}
     * @param vector of {@link #padded} elements
     * @param sums one for each channel and up to {@link #ROWS} more
     */
    static void product(byte[] rows, int channels, int length, float[] vector, float[] sums) {
        int padded = padded(length);
        for (int c = 0; c < channels; c += ROWS) {
            int r0 = c * padded;
            int r1 = r0 + padded;
            int r2 = r1 + padded;
            int r3 = r2 + padded;
            int r4 = r3 + padded;
            int r5 = r4 + padded;
            int r6 = r5 + padded;
            int r7 = r6 + padded;
            FloatVector s0 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s1 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s2 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s3 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s4 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s5 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s6 = FloatVector.zero(FloatTiles.LANE);
            FloatVector s7 = FloatVector.zero(FloatTiles.LANE);
            for (int k = 0; k < length; k += LANES) {
                FloatVector x = FloatVector.fromArray(FloatTiles.LANE, vector, k);
                s0 = weights(rows, r0 + k).fma(x, s0);
                s1 = weights(rows, r1 + k).fma(x, s1);
                s2 = weights(rows, r2 + k).fma(x, s2);
                s3 = weights(rows, r3 + k).fma(x, s3);
                s4 = weights(rows, r4 + k).fma(x, s4);
                s5 = weights(rows, r5 + k).fma(x, s5);
                s6 = weights(rows, r6 + k).fma(x, s6);
                s7 = weights(rows, r7 + k).fma(x, s7);
            }
            sums[c] = s0.reduceLanes(VectorOperators.ADD);
            sums[c + 1] = s1.reduceLanes(VectorOperators.ADD);
            sums[c + 2] = s2.reduceLanes(VectorOperators.ADD);
            sums[c + 3] = s3.reduceLanes(VectorOperators.ADD);
            sums[c + 4] = s4.reduceLanes(VectorOperators.ADD);
            sums[c + 5] = s5.reduceLanes(VectorOperators.ADD);
            sums[c + 6] = s6.reduceLanes(VectorOperators.ADD);
            sums[c + 7] = s7.reduceLanes(VectorOperators.ADD);
        }
    }

    private static FloatVector weights(byte[] rows, int at) {
        return (FloatVector)
                ByteVector.fromArray(BYTES, rows, at)
                        .convertShape(VectorOperators.B2F, FloatTiles.LANE, 0);
    }
}

package dev.lockstep.inference.kernels;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A matrix of bytes times a vector. It is as fast as memory: so the weights stay bytes, and become
 * floats on their way through the registers.
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

    /**
     * Rows of bytes in the order in which they are read: of eight rows, some columns each, and so
     * on; zeros fill up.
     */
    static byte[] packed(byte[] rows, int channels, int length) {
        int padded = padded(length);
        int groups = (channels + ROWS - 1) / ROWS;
        int elements = Math.multiplyExact(groups * ROWS, padded);
        byte[] packed = new byte[Math.addExact(elements, BYTES.length())];
        for (int c = 0; c < channels; c++) {
            int to = c / ROWS * ROWS * padded + c % ROWS * LANES;
            for (int k = 0; k < length; k += LANES) {
                int count = Math.min(LANES, length - k);
                System.arraycopy(rows, c * length + k, packed, to + k * ROWS, count);
            }
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
        int at = 0;
        for (int c = 0; c < channels; c += ROWS) {
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
                s0 = weights(rows, at).fma(x, s0);
                s1 = weights(rows, at + LANES).fma(x, s1);
                s2 = weights(rows, at + 2 * LANES).fma(x, s2);
                s3 = weights(rows, at + 3 * LANES).fma(x, s3);
                s4 = weights(rows, at + 4 * LANES).fma(x, s4);
                s5 = weights(rows, at + 5 * LANES).fma(x, s5);
                s6 = weights(rows, at + 6 * LANES).fma(x, s6);
                s7 = weights(rows, at + 7 * LANES).fma(x, s7);
                at += ROWS * LANES;
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

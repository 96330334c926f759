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

    /** Bytes of a matrix with what is read beyond its end. */
    static int bytes(int channels, int length) {
        return Math.addExact(Math.multiplyExact(channels + ROWS - 1, length), BYTES.length());
    }

    /** Length of the vector with the zeros behind it. */
    static int padded(int length) {
        return (length + LANES - 1) / LANES * LANES;
    }

    /**
     * @param rows matrix of {@link #bytes}
     * @param vector of {@link #padded} elements
     * @param sums one for each channel and up to {@link #ROWS} more
     */
    static void product(byte[] rows, int channels, int length, float[] vector, float[] sums) {
        for (int c = 0; c < channels; c += ROWS) {
            int at = c * length;
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
                s0 = weights(rows, at + k).fma(x, s0);
                s1 = weights(rows, at + length + k).fma(x, s1);
                s2 = weights(rows, at + 2 * length + k).fma(x, s2);
                s3 = weights(rows, at + 3 * length + k).fma(x, s3);
                s4 = weights(rows, at + 4 * length + k).fma(x, s4);
                s5 = weights(rows, at + 5 * length + k).fma(x, s5);
                s6 = weights(rows, at + 6 * length + k).fma(x, s6);
                s7 = weights(rows, at + 7 * length + k).fma(x, s7);
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

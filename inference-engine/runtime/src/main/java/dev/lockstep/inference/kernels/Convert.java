package dev.lockstep.inference.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Elements on their way into floats; each is below 2^24. */
final class Convert {
    private static final int LANES = FloatTiles.LANES;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    /** The even lanes, and then again. */
    private static final VectorShuffle<Integer> EVEN =
            VectorShuffle.fromOp(INTS, lane -> 2 * lane % LANES);

    private Convert() {}

    static void floats(int[] in, int from, float[] out, int to, int count) {
        if (count < LANES) {
            for (int i = 0; i < count; i++) {
                out[to + i] = in[from + i];
            }
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            // The last ones once more, rather than one by one.
            int at = Math.min(i, count - LANES);
            ((FloatVector)
                            IntVector.fromArray(INTS, in, from + at)
                                    .convertShape(VectorOperators.I2F, FloatTiles.LANE, 0))
                    .intoArray(out, to + at);
        }
    }

    /** {@link #floats} where more may be written behind, which is about to be written anew. */
    static void rising(int[] in, int from, float[] out, int to, int count) {
        if (count < LANES && from + LANES <= in.length && to + LANES <= out.length) {
            ((FloatVector)
                            IntVector.fromArray(INTS, in, from)
                                    .convertShape(VectorOperators.I2F, FloatTiles.LANE, 0))
                    .intoArray(out, to);
        } else {
            floats(in, from, out, to, count);
        }
    }

    /** {@code out[to + i] = in[from + 2i]}, where more may be written behind. */
    static void everySecond(int[] in, int from, float[] out, int to, int count) {
        int i = 0;
        int inEnd = in.length - LANES;
        int outEnd = out.length - LANES;
        for (; i < count && from + 2 * i <= inEnd && to + i <= outEnd; i += LANES / 2) {
            ((FloatVector)
                            IntVector.fromArray(INTS, in, from + 2 * i)
                                    .rearrange(EVEN)
                                    .convertShape(VectorOperators.I2F, FloatTiles.LANE, 0))
                    .intoArray(out, to + i);
        }
        for (; i < count; i++) {
            out[to + i] = in[from + 2 * i];
        }
    }

    /** The same value from {@code start} to {@code end}, where more may be written behind. */
    static void fill(float value, float[] out, int start, int end) {
        if (end - start <= LANES && start + LANES <= out.length) {
            FloatVector.broadcast(FloatTiles.LANE, value).intoArray(out, start);
        } else {
            Arrays.fill(out, start, end, value);
        }
    }
}

package dev.lockstep.inference.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Elements on their way into floats; each is below 2^24. */
final class Convert {
    private static final int LANES = FloatTiles.LANES;

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
                            IntVector.fromArray(IntVector.SPECIES_PREFERRED, in, from + at)
                                    .convertShape(VectorOperators.I2F, FloatTiles.LANE, 0))
                    .intoArray(out, to + at);
        }
    }
}

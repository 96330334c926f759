package dev.lockstep.inference.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The way into small {@link Planes} and out of them, a vector at a time: which lane takes what is
 * worked out once, so that short rows cost no more than long ones.
 */
final class PlaneLanes {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    /** Elements taken at once. */
    static final int LANES = INTS.length();

    /** Elements of a channel up to which its lanes are worked out. */
    private static final int ELEMENTS_MAX = 2048;

    /** Whether there is a way in, and out. */
    final boolean fills;

    final boolean gives;

    private final Planes planes;

    /** For each vector of a channel: where it loads, and what each lane takes; padding is -1. */
    private final int[] sources;

    private final int[] taken;

    /** For each vector of positions: where its results go, how many, and from which lanes. */
    private final int[] targets;

    private final int[] counts;
    private final int[] given;

    PlaneLanes(Planes planes) {
        this.planes = planes;
        int vectors = (planes.channelElements + LANES - 1) / LANES;
        boolean small = planes.channelElements <= ELEMENTS_MAX;
        this.sources = new int[small ? vectors : 0];
        this.taken = new int[sources.length * LANES];
        this.fills = small && planes.inputElements >= LANES && sources();
        this.gives = small && planes.pitch != planes.columns;
        vectors = gives ? (planes.length + LANES - 1) / LANES : 0;
        this.targets = new int[vectors];
        this.counts = new int[vectors];
        this.given = new int[vectors * LANES];
        // Vectors that give nothing write nothing.
        Arrays.fill(targets, planes.elements);
        for (int at = 0; gives && at < planes.length; at++) {
            int x = at % planes.pitch;
            int vector = at / LANES;
            if (x < planes.columns) {
                int target = at / planes.pitch * planes.columns + x;
                if (counts[vector] == 0) {
                    targets[vector] = target;
                }
                given[vector * LANES + counts[vector]++] = at % LANES;
            }
        }
    }

    /** Works out the way in; whether what each vector takes stands close enough together. */
    private boolean sources() {
        int[] from = new int[taken.length];
        Arrays.fill(from, -1);
        for (int r = 0; r < planes.rows.length; r += Planes.ROW) {
            for (int i = 0; i < planes.rows[r + 2]; i++) {
                from[planes.rows[r] + i] = planes.rows[r + 1] + i * planes.step;
            }
        }
        for (int vector = 0; vector < sources.length; vector++) {
            int least = planes.inputElements - LANES;
            for (int i = vector * LANES; i < (vector + 1) * LANES; i++) {
                least = from[i] < 0 ? least : Math.min(least, from[i]);
            }
            sources[vector] = least;
            for (int i = vector * LANES; i < (vector + 1) * LANES; i++) {
                taken[i] = from[i] < 0 ? -1 : from[i] - least;
                if (taken[i] >= LANES) {
                    return false;
                }
            }
        }
        return true;
    }

    /** {@link Planes#fill}, where there is a way in; a vector more is written behind. */
    void fill(int[] in, int from, int channels, int padValue, float[] out) {
        FloatVector padding = FloatVector.broadcast(FloatTiles.LANE, padValue);
        for (int c = 0; c < channels; c++) {
            int start = from + c * planes.inputElements;
            int to = c * planes.channelElements;
            for (int vector = 0; vector < sources.length; vector++) {
                IntVector lanes = IntVector.fromArray(INTS, taken, vector * LANES);
                IntVector values = IntVector.fromArray(INTS, in, start + sources[vector]);
                ((FloatVector)
                                lanes.selectFrom(values)
                                        .convertShape(VectorOperators.I2F, FloatTiles.LANE, 0))
                        .blend(padding, lanes.compare(VectorOperators.LT, 0).cast(FloatTiles.LANE))
                        .intoArray(out, to + vector * LANES);
            }
        }
    }

    /**
     * {@link Planes#give}, where there is a way out. Positions before these must have been given:
     * what is written behind is about to be written anew.
     */
    void give(int[] results, int at, int count, int[] out, int to) {
        int end = planes.elements;
        for (int i = 0; i < count; i += LANES) {
            int vector = (at + i) / LANES;
            int target = targets[vector];
            if (target + LANES <= end) {
                IntVector lanes = IntVector.fromArray(INTS, given, vector * LANES);
                IntVector values = IntVector.fromArray(INTS, results, i);
                lanes.selectFrom(values).intoArray(out, to + target);
            } else {
                for (int j = 0; j < counts[vector]; j++) {
                    out[to + target + j] = results[i + given[vector * LANES + j]];
                }
            }
        }
    }

    /** Memory that this takes. */
    long bytes() {
        return 4L * (sources.length + taken.length + targets.length + counts.length + given.length);
    }
}

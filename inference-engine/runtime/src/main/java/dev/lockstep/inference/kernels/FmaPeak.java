package dev.lockstep.inference.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** How many fused multiply-adds of floats one thread does at most, for benchmarks. */
public final class FmaPeak {
    private static final VectorSpecies<Float> LANE = FloatVector.SPECIES_PREFERRED;
    private static final int ROUNDS = 200_000;
    private static final int SUMS = 12;

    private FmaPeak() {}

    /**
     * One measurement of a few milliseconds: sums in registers only.
     *
     * @unit 10^9 multiply-accumulates a second
     */
    public static double gigaMacsPerSecond() {
        long start = System.nanoTime();
        float kept = sums(ROUNDS);
        long taken = System.nanoTime() - start;
        // What is computed must be of use, or it would not be computed.
        return Float.isNaN(kept) ? 0 : (double) ROUNDS * SUMS * LANE.length() / taken;
    }

    private static float sums(int rounds) {
        FloatVector a = FloatVector.broadcast(LANE, 1);
        FloatVector b = FloatVector.broadcast(LANE, 0.5f);
        FloatVector s0 = a;
        FloatVector s1 = a;
        FloatVector s2 = a;
        FloatVector s3 = a;
        FloatVector s4 = a;
        FloatVector s5 = a;
        FloatVector s6 = a;
        FloatVector s7 = a;
        FloatVector s8 = a;
        FloatVector s9 = a;
        FloatVector s10 = a;
        FloatVector s11 = a;
        for (int i = 0; i < rounds; i++) {
            s0 = s0.fma(b, a);
            s1 = s1.fma(b, a);
            s2 = s2.fma(b, a);
            s3 = s3.fma(b, a);
            s4 = s4.fma(b, a);
            s5 = s5.fma(b, a);
            s6 = s6.fma(b, a);
            s7 = s7.fma(b, a);
            s8 = s8.fma(b, a);
            s9 = s9.fma(b, a);
            s10 = s10.fma(b, a);
            s11 = s11.fma(b, a);
        }
        FloatVector low = s0.add(s1).add(s2).add(s3).add(s4).add(s5);
        return low.add(s6).add(s7).add(s8).add(s9).add(s10).add(s11).lane(0);
    }
}

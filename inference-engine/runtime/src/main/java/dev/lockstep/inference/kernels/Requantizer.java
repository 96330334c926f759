package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Rescale;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A {@link Rescale} prepared for vectors: {@code clip(z + floor((a·M + 2^(s-1)) / 2^s))} for sums
 * that stand in floats.
 *
 * <p>Where it is proven to be exact, it is done in doubles: {@code rint(a·m + ε)} with {@code m =
 * M·2^-s} and {@code ε = 2^-(s+1)}, fused. The exact {@code a·m} is a multiple of {@code 2ε}.
 * Results change at {@code n - 1/2}; there, half of the distance between doubles is less than ε, so
 * what lies below stays below, and what lies on it or above ends above, whence the nearest integer
 * is the one sought. Results that are clipped need no such care, since rounding is monotone. Where
 * it is not proven, it is done in 64-bit integers.
 */
final class Requantizer {
    static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final VectorShape HALF = VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2);
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, HALF);
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, HALF);

    /** Elements taken at once. */
    static final int LANES = DOUBLES.length();

    /** Added to a double below 2^51, it leaves the nearest integer in the low bits. */
    static final double ROUND = 0x1.8p52;

    private static final long ROUND_BITS = Double.doubleToRawLongBits(ROUND);

    /** What fits the low bits, clipped or not. */
    private static final long REACH_MAX = 1 << 30;

    private final Rescale rescale;
    private final double[] factors;
    private final double[] ties;
    private final boolean[] proven;
    private final boolean allProven;
    private final double round;

    /**
     * @param sums what the sums of each channel reach at most
     */
    Requantizer(Rescale rescale, Sums sums) {
        this.rescale = rescale;
        int channels = rescale.multipliers().length();
        this.factors = new double[channels + LANES];
        this.ties = new double[channels + LANES];
        this.proven = new boolean[channels];
        Clipping clipping = rescale.clipping();
        this.round = ROUND + clipping.zeroPoint();
        boolean all = true;
        for (int c = 0; c < channels; c++) {
            long multiplier = rescale.multipliers().get(c);
            int shift = rescale.shifts().get(c);
            factors[c] = Math.scalb((double) multiplier, -shift);
            ties[c] = Math.scalb(1.0, -shift - 1);
            proven[c] =
                    Math.multiplyHigh(sums.max(c), multiplier) == 0
                            && proven(clipping, shift, sums.max(c) * multiplier);
            all &= proven[c];
        }
        this.allProven = all;
    }

    /** Whether doubles rescale exactly, where {@code a·M} reaches {@code productMax}. */
    static boolean proven(Clipping clipping, int shift, long productMax) {
        long reach =
                Math.max(
                        Math.abs((long) clipping.lo() - clipping.zeroPoint()),
                        Math.abs((long) clipping.hi() - clipping.zeroPoint()));
        int reachBits = Long.SIZE - Long.numberOfLeadingZeros(reach);
        return shift + reachBits <= 52 && (productMax >>> shift) < REACH_MAX;
    }

    /** {@code count} sums of one channel. */
    void row(int channel, float[] sums, int from, int count, int[] out, int to) {
        if (proven[channel]) {
            fast(channel, sums, from, count, out, to);
            return;
        }
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            DoubleVector sum =
                    (DoubleVector)
                            FloatVector.fromArray(FLOATS, sums, from + i)
                                    .convertShape(VectorOperators.F2D, DOUBLES, 0);
            exact(channel, sum).intoArray(out, to + i);
        }
        for (; i < count; i++) {
            out[to + i] = rescale.apply(channel, (long) sums[from + i]);
        }
    }

    private void fast(int channel, float[] sums, int from, int count, int[] out, int to) {
        DoubleVector factor = DoubleVector.broadcast(DOUBLES, factors[channel]);
        DoubleVector tie = DoubleVector.broadcast(DOUBLES, ties[channel]);
        int lo = rescale.clipping().lo();
        int hi = rescale.clipping().hi();
        if (count < LANES) {
            for (int i = 0; i < count; i++) {
                out[to + i] = rescale.apply(channel, (long) sums[from + i]);
            }
            return;
        }
        for (int i = 0; i < count; i += LANES) {
            // The last ones once more, rather than one by one.
            int at = Math.min(i, count - LANES);
            DoubleVector sum =
                    (DoubleVector)
                            FloatVector.fromArray(FLOATS, sums, from + at)
                                    .convertShape(VectorOperators.F2D, DOUBLES, 0);
            IntVector rounded =
                    (IntVector)
                            sum.fma(factor, tie)
                                    .add(round)
                                    .reinterpretAsLongs()
                                    .convertShape(VectorOperators.L2I, INTS, 0);
            rounded.max(lo).min(hi).intoArray(out, to + at);
        }
    }

    /** {@code count} sums of one channel. */
    void row(int channel, double[] sums, int from, int count, int[] out, int to) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            exact(channel, DoubleVector.fromArray(DOUBLES, sums, from + i)).intoArray(out, to + i);
        }
        for (; i < count; i++) {
            out[to + i] = rescale.apply(channel, (long) sums[from + i]);
        }
    }

    private IntVector exact(int channel, DoubleVector sum) {
        Clipping clipping = rescale.clipping();
        int shift = rescale.shifts().get(channel);
        LongVector scaled =
                sum.add(ROUND)
                        .reinterpretAsLongs()
                        .sub(ROUND_BITS)
                        .mul(rescale.multipliers().get(channel))
                        .add(1L << (shift - 1))
                        .lanewise(VectorOperators.ASHR, shift)
                        .add(clipping.zeroPoint());
        return (IntVector)
                scaled.max(LongVector.broadcast(LONGS, clipping.lo()))
                        .min(LongVector.broadcast(LONGS, clipping.hi()))
                        .convertShape(VectorOperators.L2I, INTS, 0);
    }

    /** {@code count} sums, one of each channel from {@code channel} on. */
    void lanes(int channel, float[] sums, int from, int count, int[] out, int to) {
        int i = 0;
        if (allProven) {
            int lo = rescale.clipping().lo();
            int hi = rescale.clipping().hi();
            for (; i + LANES <= count; i += LANES) {
                DoubleVector sum =
                        (DoubleVector)
                                FloatVector.fromArray(FLOATS, sums, from + i)
                                        .convertShape(VectorOperators.F2D, DOUBLES, 0);
                IntVector rounded =
                        (IntVector)
                                sum.fma(
                                                DoubleVector.fromArray(
                                                        DOUBLES, factors, channel + i),
                                                DoubleVector.fromArray(DOUBLES, ties, channel + i))
                                        .add(round)
                                        .reinterpretAsLongs()
                                        .convertShape(VectorOperators.L2I, INTS, 0);
                rounded.max(lo).min(hi).intoArray(out, to + i);
            }
        }
        for (; i < count; i++) {
            out[to + i] = rescale.apply(channel + i, (long) sums[from + i]);
        }
    }

    /** {@code count} sums, one of each channel from {@code channel} on. */
    void lanes(int channel, double[] sums, int from, int count, int[] out, int to) {
        for (int i = 0; i < count; i++) {
            out[to + i] = rescale.apply(channel + i, (long) sums[from + i]);
        }
    }
}

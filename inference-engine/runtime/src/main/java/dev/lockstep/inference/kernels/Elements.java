package dev.lockstep.inference.kernels;

import dev.lockstep.inference.Add;
import dev.lockstep.inference.Clipping;
import dev.lockstep.inference.Rescale;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Operations on elements one by one, in doubles where {@link Requantizer} explains that they are
 * exact. Elements have 16 bits at most, so that a product with a factor has 48.
 */
final class Elements {
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));
    private static final int LANES = DOUBLES.length();

    /** Greatest size of an element less a zero point. */
    private static final long ELEMENT_MAX = 1 << 17;

    private Elements() {}

    /** Whether {@link #rescale} is exact with this factor. */
    static boolean canRescale(Rescale rescale, int channel) {
        return Requantizer.proven(
                rescale.clipping(),
                rescale.shifts().get(channel),
                ELEMENT_MAX * rescale.multipliers().get(channel));
    }

    /** Whether {@link #add} is exact with these factors. */
    static boolean canAdd(Add op) {
        long factors = Math.abs((long) op.factorA()) + Math.abs((long) op.factorB());
        return Requantizer.proven(op.clipping(), op.shift(), ELEMENT_MAX * factors);
    }

    static void rescale(
            Rescale rescale,
            int channel,
            int zeroPoint,
            int[] in,
            int from,
            int count,
            int[] out,
            int to) {
        int shift = rescale.shifts().get(channel);
        DoubleVector factor =
                DoubleVector.broadcast(
                        DOUBLES, Math.scalb((double) rescale.multipliers().get(channel), -shift));
        DoubleVector tie = DoubleVector.broadcast(DOUBLES, Math.scalb(1.0, -shift - 1));
        Clipping clipping = rescale.clipping();
        double round = Requantizer.ROUND + clipping.zeroPoint();
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            give(load(in, from + i, zeroPoint).fma(factor, tie), round, clipping, out, to + i);
        }
        for (; i < count; i++) {
            out[to + i] = rescale.apply(channel, (long) in[from + i] - zeroPoint);
        }
    }

    static void add(Add op, int[] a, int fromA, int[] b, int fromB, int count, int[] out, int to) {
        DoubleVector factorA = DoubleVector.broadcast(DOUBLES, op.factorA());
        DoubleVector factorB = DoubleVector.broadcast(DOUBLES, op.factorB());
        DoubleVector unit = DoubleVector.broadcast(DOUBLES, Math.scalb(1.0, -op.shift()));
        DoubleVector tie = DoubleVector.broadcast(DOUBLES, Math.scalb(1.0, -op.shift() - 1));
        double round = Requantizer.ROUND + op.clipping().zeroPoint();
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            DoubleVector second = load(b, fromB + i, op.zeroPointB()).mul(factorB);
            DoubleVector sum = load(a, fromA + i, op.zeroPointA()).fma(factorA, second);
            give(sum.fma(unit, tie), round, op.clipping(), out, to + i);
        }
        for (; i < count; i++) {
            out[to + i] = op.sum(a[fromA + i], b[fromB + i]);
        }
    }

    private static DoubleVector load(int[] in, int at, int zeroPoint) {
        return (DoubleVector)
                IntVector.fromArray(INTS, in, at)
                        .sub(zeroPoint)
                        .convertShape(VectorOperators.I2D, DOUBLES, 0);
    }

    private static void give(
            DoubleVector value, double round, Clipping clipping, int[] out, int at) {
        IntVector rounded =
                (IntVector)
                        value.add(round)
                                .reinterpretAsLongs()
                                .convertShape(VectorOperators.L2I, INTS, 0);
        rounded.max(clipping.lo()).min(clipping.hi()).intoArray(out, at);
    }
}

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
        for (; i + 2 * LANES <= count; i += 2 * LANES) {
            DoubleVector first = load(in, from + i, zeroPoint).fma(factor, tie);
            DoubleVector second = load(in, from + i + LANES, zeroPoint).fma(factor, tie);
            Requantizer.rounded(first, second, round, clipping).intoArray(out, to + i);
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
        for (; i + 2 * LANES <= count; i += 2 * LANES) {
            DoubleVector b0 = load(b, fromB + i, op.zeroPointB()).mul(factorB);
            DoubleVector b1 = load(b, fromB + i + LANES, op.zeroPointB()).mul(factorB);
            DoubleVector s0 = load(a, fromA + i, op.zeroPointA()).fma(factorA, b0);
            DoubleVector s1 = load(a, fromA + i + LANES, op.zeroPointA()).fma(factorA, b1);
            Requantizer.rounded(s0.fma(unit, tie), s1.fma(unit, tie), round, op.clipping())
                    .intoArray(out, to + i);
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
}

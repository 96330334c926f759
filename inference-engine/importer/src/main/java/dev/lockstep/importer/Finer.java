package dev.lockstep.importer;

import dev.lockstep.inference.FixedPoint;
import dev.lockstep.inference.Ints;
import java.util.function.DoubleUnaryOperator;

/**
 * Where a table of 513 points is too coarse for a curve: near a pole, a root or a bend. A second
 * table of smaller steps holds what is missing there, and nothing at its ends.
 */
final class Finer {
    /** Integers from one point to the next: of the table for all, and of a correction. */
    static final int COARSE_CELL = 128;

    static final int CELL = 2;

    private static final int POINTS = 513;
    private static final int REACH = CELL * (POINTS - 1) / 2;

    /** Integers that samples reach: one bit of the sixteen is room. */
    private static final int SEEN = 1 << 14;

    private static final int STEP = 8;
    private static final int CORRECTIONS_MAX = 4;

    /** Errors below this share of the range of results are left. */
    private static final double SHARE = 1.0 / 1024;

    private final TensorScale from;
    private final TensorScale to;
    private final DoubleUnaryOperator function;
    private final Ints table;
    private final int[] middles = new int[CORRECTIONS_MAX];
    private final Ints[] corrections = new Ints[CORRECTIONS_MAX];
    private int count;

    /**
     * @param table of the function over all integers of {@code from}
     */
    Finer(TensorScale from, TensorScale to, DoubleUnaryOperator function, Ints table) {
        this.from = from;
        this.to = to;
        this.function = function;
        this.table = table;
    }

    /**
     * Adds a correction where the error is worst.
     *
     * @param span of the results that samples reach, in their integers
     * @return whether one was needed
     */
    boolean refine(double span) {
        int worst = 0;
        double most = Math.max(2, span * SHARE);
        boolean found = false;
        for (int x = -SEEN; x <= SEEN; x += STEP / 2) {
            double error = Math.abs(error(x));
            if (error > most) {
                most = error;
                worst = x;
                found = true;
            }
        }
        if (!found || count == CORRECTIONS_MAX) {
            return false;
        }
        int middle = Math.round((float) worst / COARSE_CELL) * COARSE_CELL;
        int[] more = new int[POINTS];
        for (int i = 1; i < POINTS - 1; i++) {
            more[i] = (int) StrictMath.rint(error(middle - REACH + CELL * i));
        }
        for (int i = 0; i < count; i++) {
            if (middles[i] == middle) {
                return false;
            }
        }
        middles[count] = middle;
        corrections[count] = Ints.of(more);
        count++;
        return true;
    }

    /** Integer of the input around which the last correction lies. */
    int middle() {
        return middles[count - 1];
    }

    Ints correction() {
        return corrections[count - 1];
    }

    /** What the tables so far lack at an integer; 0 where the function has no value. */
    private double error(int x) {
        if (x < from.dtype().min() || x > from.dtype().max()) {
            return 0;
        }
        double value = function.applyAsDouble(from.real(x));
        if (Double.isNaN(value)) {
            return 0;
        }
        double reached = at(table, x);
        for (int i = 0; i < count; i++) {
            int near = COARSE_CELL / CELL * (x - middles[i]);
            reached += at(corrections[i], Math.clamp(near, from.dtype().min(), from.dtype().max()));
        }
        return to.quantize(value) - reached;
    }

    private static long at(Ints table, int x) {
        int i = (x + (1 << 15)) >> 7;
        int r = (x + (1 << 15)) & (COARSE_CELL - 1);
        long first = table.get(i);
        return first + FixedPoint.roundShift((table.get(i + 1) - first) * r, 7);
    }
}

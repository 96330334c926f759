package dev.lockstep.inference;

/** Closed range of integers that a tensor's elements are proven to lie in. */
public record Interval(long lo, long hi) {
    public Interval {
        if (lo > hi) {
            throw new IllegalArgumentException("empty interval " + lo + ".." + hi);
        }
    }

    /** Greatest absolute value. */
    public long magnitude() {
        return Math.max(Math.absExact(lo), Math.absExact(hi));
    }

    /** Smallest interval that holds both. */
    public Interval union(Interval other) {
        return new Interval(Math.min(lo, other.lo), Math.max(hi, other.hi));
    }

    boolean contains(Interval other) {
        return lo <= other.lo && other.hi <= hi;
    }

    /** This interval with a zero point taken away. */
    Interval minus(long zeroPoint) {
        return new Interval(lo - zeroPoint, hi - zeroPoint);
    }

    @Override
    public String toString() {
        return lo + ".." + hi;
    }
}

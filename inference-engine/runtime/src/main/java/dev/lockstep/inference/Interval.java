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

    /** What the sum of {@code count} such elements lies in. */
    Interval times(long count) throws InvalidModelException {
        return times(new Interval(count, count));
    }

    /** What a product of elements of both lies in. */
    Interval times(Interval other) throws InvalidModelException {
        if (other.magnitude() != 0 && magnitude() > Long.MAX_VALUE / other.magnitude()) {
            throw new InvalidModelException(
                    "a product of "
                            + magnitude()
                            + " and "
                            + other.magnitude()
                            + " leaves 63 bits");
        }
        long ll = lo * other.lo;
        long lh = lo * other.hi;
        long hl = hi * other.lo;
        long hh = hi * other.hi;
        return new Interval(
                Math.min(Math.min(ll, lh), Math.min(hl, hh)),
                Math.max(Math.max(ll, lh), Math.max(hl, hh)));
    }

    @Override
    public String toString() {
        return lo + ".." + hi;
    }
}

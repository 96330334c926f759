package dev.lockstep.inference;

import java.util.List;

/**
 * How exact sums become elements: {@code floor((sum * multiplier + 2^(shift-1)) / 2^shift)}, then
 * the {@link Clipping}; one multiplier and shift for each channel. It is RQ of the specification.
 *
 * @param multipliers 0 to 2^31-1
 * @param shifts 1 to 62
 */
public record Rescale(Ints multipliers, Ints shifts, Clipping clipping) {
    /** One factor for everything, the whole range of a type. */
    public static Rescale of(Multiplier multiplier, int zeroPoint, DType output) {
        return of(List.of(multiplier), Clipping.of(zeroPoint, output));
    }

    /** A factor for each channel. */
    public static Rescale of(List<Multiplier> multipliers, Clipping clipping) {
        return new Rescale(
                Ints.of(multipliers.stream().mapToInt(Multiplier::value).toArray()),
                Ints.of(multipliers.stream().mapToInt(Multiplier::shift).toArray()),
                clipping);
    }

    /**
     * Refuses factors that are not one for each of {@code count} channels, and results outside of
     * the type.
     */
    void check(int count, DType output) throws InvalidModelException {
        Check.equal("multipliers", multipliers.length(), count);
        Check.equal("shifts", shifts.length(), count);
        for (int i = 0; i < count; i++) {
            if (multipliers.get(i) < 0) {
                Check.range("multiplier of channel " + i, multipliers.get(i), 0, Integer.MAX_VALUE);
            }
            if (shifts.get(i) < Multiplier.SHIFT_MIN || shifts.get(i) > Multiplier.SHIFT_MAX) {
                Check.range(
                        "shift of channel " + i,
                        shifts.get(i),
                        Multiplier.SHIFT_MIN,
                        Multiplier.SHIFT_MAX);
            }
        }
        clipping.check(output);
    }

    /**
     * What sums within {@code sum} become on one channel; refuses those whose product leaves 63
     * bits.
     */
    Interval bounds(int channel, Interval sum) throws InvalidModelException {
        long multiplier = multipliers.get(channel);
        long half = 1L << (shifts.get(channel) - 1);
        if (multiplier != 0 && sum.magnitude() > (Long.MAX_VALUE - half) / multiplier) {
            throw new InvalidModelException(
                    "channel "
                            + channel
                            + ": a sum of "
                            + sum.magnitude()
                            + " times "
                            + multiplier
                            + " plus "
                            + half
                            + " leaves 63 bits; allowed is a sum of "
                            + (Long.MAX_VALUE - half) / multiplier);
        }
        return new Interval(apply(channel, sum.lo()), apply(channel, sum.hi()));
    }

    /** The element that a sum becomes on one channel. */
    public int apply(int channel, long sum) {
        return clipping.apply(
                FixedPoint.rescale(sum, multipliers.get(channel), shifts.get(channel)));
    }
}

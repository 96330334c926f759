package dev.lockstep.importer;

/**
 * How the range of a tensor follows from the values seen.
 *
 * @param share of the values that the range must hold, 1 for all; what lies outside is cut off at
 *     its ends
 */
public record Calibration(double share) {
    /** The range holds every value seen. */
    public static final Calibration MIN_MAX = new Calibration(1);

    public Calibration {
        if (!(share > 0.5 && share <= 1)) {
            throw new IllegalArgumentException(
                    "share " + share + "; allowed are more than 0.5 to 1");
        }
    }

    /** The range holds {@code percent} of the values seen, cutting as many at both ends. */
    public static Calibration percentile(double percent) {
        return new Calibration(percent / 100);
    }
}

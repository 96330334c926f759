package dev.lockstep.importer;

/**
 * How the range of a tensor follows from the values seen.
 *
 * @param share of the values that the range must hold, 1 for all; what lies outside is cut off at
 *     its ends
 * @param leastError whether the range is shrunk to where cutting and rounding to 8 bits together do
 *     the least square error
 */
public record Calibration(double share, boolean leastError) {
    /** The range holds every value seen. */
    public static final Calibration MIN_MAX = new Calibration(1, false);

    /** The range with the least square error. */
    public static final Calibration LEAST_ERROR = new Calibration(1, true);

    public Calibration {
        if (!(share > 0.5 && share <= 1)) {
            throw new IllegalArgumentException(
                    "share " + share + "; allowed are more than 0.5 to 1");
        }
    }

    /** The range holds {@code percent} of the values seen, cutting as many at both ends. */
    public static Calibration percentile(double percent) {
        return new Calibration(percent / 100, false);
    }

    /** Whether how often values occur matters, not only the outermost. */
    boolean needsCounts() {
        return share < 1 || leastError;
    }
}

package dev.lockstep.importer;

/**
 * Real values that a tensor takes, as far as was seen; always holds zero.
 *
 * @param wholeNumbers whether every value seen was a whole number
 */
record Range(float low, float high, boolean wholeNumbers) {
    /** Bits kept of a bound. */
    private static final int BITS = 10;

    /** The range of these values. */
    static Range of(float... values) {
        float low = 0;
        float high = 0;
        boolean whole = true;
        for (float value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
            whole &= value == StrictMath.rint(value);
        }
        return new Range(low, high, whole);
    }

    float magnitude() {
        return Math.max(-low, high);
    }

    /**
     * The range widened to bounds of few bits. Float kernels differ from machine to machine in the
     * last bits of a sum; without this the id of an imported model would differ too. A bound that
     * exceeds a short number by less than 2^-17 becomes that number.
     */
    Range coarse() {
        return new Range(0 - coarse(-low), coarse(high), wholeNumbers);
    }

    private static float coarse(float bound) {
        if (bound <= 0) {
            return 0;
        }
        double unit = Math.scalb(1.0, Math.getExponent(bound) - BITS + 1);
        return (float) (StrictMath.ceil(bound * (1 - 0x1p-17) / unit) * unit);
    }
}

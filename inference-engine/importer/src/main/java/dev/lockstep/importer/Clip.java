package dev.lockstep.importer;

/** Bounds that a layer's real result is cut to; infinite where there is none. */
record Clip(float low, float high) {
    static final Clip NONE = new Clip(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
    static final Clip RELU = new Clip(0, Float.POSITIVE_INFINITY);

    boolean isNone() {
        return low == Float.NEGATIVE_INFINITY && high == Float.POSITIVE_INFINITY;
    }

    /** Both cuts, this one first. */
    Clip then(Clip next) {
        return new Clip(next.apply(low), next.apply(high));
    }

    private float apply(float value) {
        return Math.min(Math.max(value, low), high);
    }
}

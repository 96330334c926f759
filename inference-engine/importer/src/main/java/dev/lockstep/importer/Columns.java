package dev.lockstep.importer;

import dev.lockstep.inference.FloatKey;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor each of whose columns is a function of one feature: what scalers, imputers and
 * extractors make of an input. Trees take such functions into their thresholds.
 *
 * @param source the input tensor with the features
 */
record Columns(String source, List<Column> columns) {
    /** A feature and what is done to it, in order. */
    record Column(int feature, List<Step> steps) {
        Column then(Step step) {
            List<Step> more = new ArrayList<>(steps);
            more.add(step);
            return new Column(feature, List.copyOf(more));
        }

        /** What becomes of a feature; every step rounds to a float, as ONNX Runtime does. */
        float apply(float x) {
            float value = x;
            for (Step step : steps) {
                value = step.apply(value);
            }
            return value;
        }

        /** Whether a greater feature gives a greater, or equal, result. */
        boolean ascends() {
            boolean ascends = true;
            for (Step step : steps) {
                ascends ^= step instanceof Affine(float _, float scale) && scale < 0;
            }
            return ascends;
        }

        /**
         * Whether {@code apply(x) ≤ threshold} for a missing x; {@code otherwise} where it is still
         * missing then.
         */
        boolean isMissingBelow(int threshold, boolean otherwise) {
            int key = key(apply(Float.NaN));
            return key == FloatKey.MISSING ? otherwise : key <= threshold;
        }

        /**
         * The greatest key of a feature, or the least where the function descends, for which the
         * result is at most a threshold; beyond the ends where there is none.
         */
        int lastBelow(int threshold) {
            boolean ascends = ascends();
            long in = ascends ? -FloatKey.INFINITY - 1L : FloatKey.INFINITY + 1L;
            long out = -in;
            while (Math.abs(out - in) > 1) {
                long middle = (in + out) >> 1;
                if (key(apply(value((int) middle))) <= threshold) {
                    in = middle;
                } else {
                    out = middle;
                }
            }
            return (int) in;
        }
    }

    /** One step of a function of a feature. */
    sealed interface Step {
        float apply(float x);
    }

    /** {@code (x - offset) · scale}. */
    record Affine(float offset, float scale) implements Step {
        @Override
        public float apply(float x) {
            return (x - offset) * scale;
        }
    }

    /** A missing value gets a substitute. */
    record Impute(float substitute) implements Step {
        @Override
        public float apply(float x) {
            return Float.isNaN(x) ? substitute : x;
        }
    }

    /** An input as it is. */
    static Columns of(String input, int features) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < features; i++) {
            columns.add(new Column(i, List.of()));
        }
        return new Columns(input, List.copyOf(columns));
    }

    static int key(float value) {
        return FloatKey.ofBits(Float.floatToRawIntBits(value));
    }

    /** The float of a key. */
    static float value(int key) {
        return key < 0 ? -Float.intBitsToFloat(-key) : Float.intBitsToFloat(key);
    }
}

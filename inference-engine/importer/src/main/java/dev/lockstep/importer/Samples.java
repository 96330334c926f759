package dev.lockstep.importer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of a network, and what is expected for each where that is known.
 *
 * @shape values [count, elements], targets [count]: class numbers or real values
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
public record Samples(int elements, float[] values, float @Nullable [] targets) {
    public Samples {
        if (elements < 1 || values.length % elements != 0) {
            throw new IllegalArgumentException(
                    values.length + " values are no whole number of samples of " + elements);
        }
        if (targets != null && targets.length != values.length / elements) {
            throw new IllegalArgumentException(
                    targets.length + " targets for " + values.length / elements + " samples");
        }
    }

    public int count() {
        return values.length / elements;
    }

    /** A copy of one sample's values. */
    public float[] sample(int index) {
        return Arrays.copyOfRange(values, index * elements, (index + 1) * elements);
    }

    /** The first {@code limit} samples, or all where there are fewer. */
    public Samples first(int limit) {
        if (count() <= limit) {
            return this;
        }
        return new Samples(
                elements,
                Arrays.copyOf(values, limit * elements),
                targets == null ? null : Arrays.copyOf(targets, limit));
    }

    /** Whether every target is a class number of {@code classes} classes. */
    boolean areLabels(int classes) {
        if (targets == null || classes < 2) {
            return false;
        }
        for (float target : targets) {
            if (target != (int) target || target < 0 || target >= classes) {
                return false;
            }
        }
        return true;
    }
}

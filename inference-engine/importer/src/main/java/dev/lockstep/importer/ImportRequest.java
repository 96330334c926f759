package dev.lockstep.importer;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What to import, and on which samples.
 *
 * @param file the model
 * @param calibration samples that the model's inputs look like, a hundred or more; null for none,
 *     which is enough for a model whose file has all scales
 * @param test samples to compare the two models on; null for none
 */
public record ImportRequest(
        Path file,
        @Nullable Inputs calibration,
        @Nullable Inputs test,
        Precision precision,
        Calibration method) {

    /**
     * Samples in files.
     *
     * @param labels file of targets, where they are not in {@code data}
     * @param limit samples used at most, from the first on
     */
    public record Inputs(Path data, @Nullable Path labels, int limit) {
        public Inputs {
            if (limit < 1) {
                throw new IllegalArgumentException("limit " + limit + "; allowed are 1 or more");
            }
        }

        /** All samples of a file. */
        public static Inputs of(Path data) {
            return new Inputs(data, null, Integer.MAX_VALUE);
        }

        public Inputs withLabels(Path labelFile) {
            return new Inputs(data, labelFile, limit);
        }

        public Inputs first(int samples) {
            return new Inputs(data, labels, samples);
        }
    }

    /** Automatic precision, ranges that hold every value seen, no samples. */
    public static ImportRequest of(Path file) {
        return new ImportRequest(file, null, null, Precision.AUTO, Calibration.MIN_MAX);
    }

    public static ImportRequest of(Path file, Inputs calibration) {
        return of(file).withCalibration(calibration);
    }

    public ImportRequest withCalibration(Inputs samples) {
        return new ImportRequest(file, samples, test, precision, method);
    }

    public ImportRequest withTest(Inputs samples) {
        return new ImportRequest(file, calibration, samples, precision, method);
    }

    public ImportRequest withPrecision(Precision wanted) {
        return new ImportRequest(file, calibration, test, wanted, method);
    }

    public ImportRequest withMethod(Calibration wanted) {
        return new ImportRequest(file, calibration, test, precision, wanted);
    }
}

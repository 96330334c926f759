package dev.lockstep.importer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to import, and on which samples.
 *
 * @param file the model
 * @param calibration samples that the model's inputs look like, a hundred or more; null for none,
 *     which is enough for a model whose file has all scales
 * @param accuracy share of the calibration samples on which the model must put the same result
 *     first; tensors get 16 bits until it does. Null for no such wish
 * @param shapes dimensions of inputs whose file leaves them open, by name
 * @param correctsBias whether biases make good what the rounding of weights shifts results by
 * @param test samples to compare the two models on; null for none
 */
public record ImportRequest(
        Path file,
        @Nullable Inputs calibration,
        @Nullable Inputs test,
        Precision precision,
        Calibration method,
        Map<String, List<Integer>> shapes,
        @Nullable Double accuracy,
        boolean correctsBias) {

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
        return new ImportRequest(
                file, null, null, Precision.AUTO, Calibration.MIN_MAX, Map.of(), null, false);
    }

    public static ImportRequest of(Path file, Inputs calibration) {
        return of(file).withCalibration(calibration);
    }

    public ImportRequest withCalibration(Inputs samples) {
        return new ImportRequest(
                file, samples, test, precision, method, shapes, accuracy, correctsBias);
    }

    public ImportRequest withTest(Inputs samples) {
        return new ImportRequest(
                file, calibration, samples, precision, method, shapes, accuracy, correctsBias);
    }

    public ImportRequest withPrecision(Precision wanted) {
        return new ImportRequest(
                file, calibration, test, wanted, method, shapes, accuracy, correctsBias);
    }

    public ImportRequest withMethod(Calibration wanted) {
        return new ImportRequest(
                file, calibration, test, precision, wanted, shapes, accuracy, correctsBias);
    }

    /** Fixes the dimensions of inputs. */
    public ImportRequest withShapes(Map<String, List<Integer>> wanted) {
        return new ImportRequest(
                file,
                calibration,
                test,
                precision,
                method,
                Map.copyOf(wanted),
                accuracy,
                correctsBias);
    }

    /** Asks for 16 bits where 8 are too few for this share of equal first places. */
    public ImportRequest withAccuracy(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("accuracy " + share + "; allowed are 0 to 1");
        }
        return new ImportRequest(
                file, calibration, test, precision, method, shapes, share, correctsBias);
    }

    /** Asks for biases that make good what the rounding of weights shifts results by. */
    public ImportRequest withBiasCorrection() {
        return new ImportRequest(
                file, calibration, test, precision, method, shapes, accuracy, true);
    }
}

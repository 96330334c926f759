package dev.lockstep.importer;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What to import, and on which samples.
 *
 * @param onnx the float model
 * @param calibration samples that the model's inputs look like; a hundred or more
 * @param test samples to compare the two models on; null for none
 */
public record ImportRequest(
        Path onnx,
        Inputs calibration,
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

    /** Automatic precision, ranges that hold every value seen, no comparison. */
    public static ImportRequest of(Path onnx, Inputs calibration) {
        return new ImportRequest(onnx, calibration, null, Precision.AUTO, Calibration.MIN_MAX);
    }

    public ImportRequest withTest(Inputs samples) {
        return new ImportRequest(onnx, calibration, samples, precision, method);
    }

    public ImportRequest withPrecision(Precision wanted) {
        return new ImportRequest(onnx, calibration, test, wanted, method);
    }

    public ImportRequest withMethod(Calibration wanted) {
        return new ImportRequest(onnx, calibration, test, precision, wanted);
    }
}

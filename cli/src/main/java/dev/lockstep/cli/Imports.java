package dev.lockstep.cli;

import dev.lockstep.importer.Calibration;
import dev.lockstep.importer.ImportException;
import dev.lockstep.importer.ImportRequest;
import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.importer.ImportedModel;
import dev.lockstep.importer.Importer;
import dev.lockstep.importer.InferenceBenchmark;
import dev.lockstep.importer.ParityReport;
import dev.lockstep.importer.Precision;
import dev.lockstep.importer.SampleReader;
import dev.lockstep.importer.Samples;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelNotes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one class that knows the importer: loaded by `lockstep model` and `bench` alone, whose class
 * path has it.
 */
final class Imports {
    private Imports() {}

    record Wanted(
            Path source,
            @Nullable Path calibration,
            int calibrationLimit,
            @Nullable Path test,
            @Nullable Path testLabels,
            String precision,
            String method,
            double percentile,
            @Nullable Double accuracy,
            boolean correctsBias,
            List<String> shapes) {}

    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Made(byte[] file, ModelNotes names, List<String> notes, @Nullable ParityReport report) {
        @Nullable String reportText() {
            return report == null ? null : report.text();
        }

        /** The report in the format that a file's name asks for. */
        @Nullable String report(Path file, long gas) {
            if (report == null) return null;
            String name = file.getFileName().toString();
            if (name.endsWith(".html")) return report.html(names.name(), gas);
            return name.endsWith(".txt") ? report.text() : report.json();
        }
    }

    /**
     * Samples of real numbers, one after the other, with their right answers where those are known.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Data(int elements, float[] values, float @Nullable [] targets) {
        int count() {
            return values.length / elements;
        }

        float[] sample(int i) {
            return java.util.Arrays.copyOfRange(values, i * elements, (i + 1) * elements);
        }
    }

    static Made make(Wanted wanted, Progress progress) {
        if (!(wanted.percentile() > 50 && wanted.percentile() <= 100)) {
            throw new CommandFailure(
                    "--percentile is "
                            + wanted.percentile()
                            + "; more than 50, at most 100 is allowed");
        }
        try {
            ImportRequest request =
                    ImportRequest.of(wanted.source())
                            .withPrecision(precision(wanted.precision()))
                            .withMethod(method(wanted))
                            .withShapes(shapes(wanted.shapes()));
            if (wanted.correctsBias()) request = request.withBiasCorrection();
            Double accuracy = wanted.accuracy();
            if (accuracy != null) {
                if (!(accuracy > 0 && accuracy <= 100))
                    throw new CommandFailure(
                            "--accuracy is " + accuracy + "; more than 0, at most 100 is allowed");
                request = request.withAccuracy(accuracy / 100);
            }
            Path calibration = wanted.calibration();
            if (calibration != null)
                request =
                        request.withCalibration(
                                Inputs.of(calibration).first(wanted.calibrationLimit()));
            Path test = wanted.test();
            if (test != null) request = request.withTest(inputs(test, wanted.testLabels()));
            ImportedModel made = Importer.importModel(request, watch(progress));
            return new Made(made.file(), made.names(), made.notes(), made.report());
        } catch (ImportException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }

    static String compare(
            Path onnx, Model model, Path test, @Nullable Path labels, Progress progress) {
        try {
            return Importer.compare(onnx, model, inputs(test, labels), watch(progress)).text();
        } catch (ImportException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }

    /** A model and the ONNX files to compare it with. */
    record Pair(Path model, List<Path> onnx) {}

    static void benchmark(List<Pair> pairs, boolean quick, PrintWriter out)
            throws IOException, InterruptedException {
        try {
            new InferenceBenchmark(out, quick)
                    .run(
                            pairs.stream()
                                    .map(p -> new InferenceBenchmark.Pair(p.model(), p.onnx()))
                                    .toList());
        } catch (ImportException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }

    /**
     * @param areFeatures whether numbers may be missing or infinite
     */
    static Data samples(
            Path input, @Nullable Path labels, int elements, int limit, boolean areFeatures) {
        try {
            Samples samples = SampleReader.read(input, labels, elements, areFeatures).first(limit);
            return new Data(elements, samples.values(), samples.targets());
        } catch (ImportException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }

    private static Inputs inputs(Path data, @Nullable Path labels) {
        return labels == null ? Inputs.of(data) : Inputs.of(data).withLabels(labels);
    }

    private static dev.lockstep.importer.Progress watch(Progress progress) {
        return (stage, done, total) -> progress.at(done, total, stage);
    }

    private static Calibration method(Wanted wanted) {
        return switch (wanted.method()) {
            case "range" -> Calibration.percentile(wanted.percentile());
            case "mse" -> Calibration.LEAST_ERROR;
            default ->
                    throw new CommandFailure(
                            "--method is " + wanted.method() + "; range and mse are allowed");
        };
    }

    /** Sizes by the name of an input; by an empty name where none is given. */
    private static Map<String, List<Integer>> shapes(List<String> given) {
        Map<String, List<Integer>> shapes = new HashMap<>();
        for (String text : given) {
            int end = text.lastIndexOf('=');
            List<Integer> dims = new ArrayList<>();
            for (String part : text.substring(end + 1).split("[,x]", -1)) {
                if (!part.matches("[1-9][0-9]{0,6}"))
                    throw new CommandFailure(
                            "--shape is "
                                    + text
                                    + "; sizes from 1 on are allowed, as in image=1,3,224,224");
                dims.add(Integer.parseInt(part));
            }
            shapes.put(text.substring(0, Math.max(0, end)), dims);
        }
        return shapes;
    }

    private static Precision precision(String text) {
        for (Precision precision : Precision.values()) {
            if (precision.name().equals(text.toUpperCase(Locale.ROOT))) return precision;
        }
        throw new CommandFailure("--precision is " + text + "; auto, i8 and i16 are allowed");
    }
}

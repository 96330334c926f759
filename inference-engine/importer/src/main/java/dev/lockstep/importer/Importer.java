package dev.lockstep.importer;

import dev.lockstep.importer.ImportRequest.Inputs;
import dev.lockstep.inference.DType;
import dev.lockstep.inference.Model;
import dev.lockstep.inference.ModelNotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Front door: a model in a common format and samples in, a fixed-point model and a report on how
 * close it is out.
 */
public final class Importer {
    private Importer() {}

    /** Operators that a network may use. */
    public static List<String> supportedOperators() {
        return Lowering.supported();
    }

    /**
     * Imports a model.
     *
     * @throws ImportException where a file is malformed or the model uses what is not supported
     * @throws ImportFault where this importer itself failed
     */
    public static ImportedModel importModel(ImportRequest request, Progress progress)
            throws ImportException {
        try {
            return made(request, progress);
        } catch (ImportFault fault) {
            throw fault;
        } catch (RuntimeException e) {
            throw new ImportFault(request.file().toString(), e);
        }
    }

    private static ImportedModel made(ImportRequest request, Progress progress)
            throws ImportException {
        byte[] file = read(request.file());
        if (FileKind.of(file) == FileKind.LLAMA2C) {
            return LlamaImport.importModel(request, file, progress);
        }
        progress.report("read", 1, 1);
        Network network = Network.read(file, request.shapes());
        FloatGraph graph = network.graph();
        progress.report("lower", 1, 1);
        List<String> notes = new ArrayList<>(graph.notes());
        int results = graph.resultSize();
        DType activations = request.precision().activations(results);
        Map<String, Range> ranges = Map.of();
        Samples calibration = null;
        if (Calibrator.isNeeded(graph)) {
            Inputs inputs = request.calibration();
            if (inputs == null) {
                throw new ImportException(
                        request.file()
                                + " has no scales for its activations, so calibration samples are needed");
            }
            Samples samples = samples(inputs, graph);
            if (Calibrator.needsFeatures(graph)) {
                network = network.with(samples);
                graph = network.graph();
            }
            calibration = samples;
            ranges = Calibrator.ranges(network, samples, request.method(), progress);
            if (request.correctsBias()) {
                network = BiasCorrection.correct(network, samples, progress);
                graph = network.graph();
                notes.add("biases make good what the rounding of weights shifts results by");
            }
            notes.add(
                    graph.takesMissing()
                            ? "features are float32, each on its own scale from the samples' range"
                            : "activations have type "
                                    + activations
                                    + ", weights 8 bits with a scale for each output channel");
            notes.add(samples.count() + " calibration samples");
        } else {
            notes.add(
                    graph.takesMissing()
                            ? "features are float32; no samples were needed"
                            : "the scales are those of the file");
        }
        Double accuracy = request.accuracy();
        Quantizer.Result quantized =
                accuracy != null && calibration != null && activations == DType.I8
                        ? Promotion.promote(network, ranges, calibration, accuracy, notes, progress)
                        : Quantizer.quantize(graph, ranges, activations);
        progress.report("quantize", 1, 1);
        Inputs test = request.test();
        ParityReport report = null;
        if (test != null) {
            report =
                    Parity.compare(
                            network,
                            quantized.model(),
                            quantized.traced(),
                            samples(test, graph),
                            progress);
        }
        return new ImportedModel(
                quantized.model(),
                names(request.file(), graph, network.labels(), notes),
                List.copyOf(notes),
                report);
    }

    /** Compares a model that was imported earlier with the model it came from. */
    public static ParityReport compare(Path file, Model model, Inputs test, Progress progress)
            throws ImportException {
        Network network = Network.read(read(file));
        FloatGraph graph = network.graph();
        Samples samples = samples(test, graph);
        List<Integer> sizes =
                graph.inputs().stream().map(input -> graph.size(input.name())).toList();
        if (!sizes.equals(
                model.inputs().stream().map(input -> input.shape().elements()).toList())) {
            throw new ImportException(
                    "the model takes "
                            + model.inputs()
                            + "; the inputs of "
                            + file
                            + " have "
                            + sizes
                            + " numbers");
        }
        return Parity.compare(network, model, List.of(), samples, progress);
    }

    private static ModelNotes names(
            Path path, FloatGraph graph, List<String> labels, List<String> notes) {
        SortedMap<String, String> more = new TreeMap<>();
        for (int i = 0; i < notes.size(); i++) {
            more.put("import." + i, notes.get(i));
        }
        String file = path.getFileName().toString();
        List<String> outputs = graph.outputs().stream().map(FloatGraph.Output::name).toList();
        return new ModelNotes(
                file.replaceFirst("[.](onnx|tflite)$", ""),
                graph.inputs().stream().map(FloatGraph.Input::name).toList(),
                outputs,
                labels,
                more);
    }

    private static Samples samples(Inputs inputs, FloatGraph graph) throws ImportException {
        return SampleReader.read(
                        inputs.data(), inputs.labels(), graph.sampleSize(), graph.takesMissing())
                .first(inputs.limit());
    }

    private static byte[] read(Path file) throws ImportException {
        try {
            if (Files.size(file) > OnnxReader.FILE_BYTES_MAX) {
                throw new ImportException(
                        file
                                + " has "
                                + Files.size(file)
                                + " bytes; at most "
                                + OnnxReader.FILE_BYTES_MAX
                                + " are accepted");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ImportException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}

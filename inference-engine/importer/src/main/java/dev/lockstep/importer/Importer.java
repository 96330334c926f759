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
 * Front door: a float ONNX model and samples in, a fixed-point model and a report on how close it
 * is out.
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
     */
    public static ImportedModel importModel(ImportRequest request, Progress progress)
            throws ImportException {
        byte[] onnx = read(request.onnx());
        progress.report("read", 1, 1);
        FloatGraph graph = lower(onnx);
        progress.report("lower", 1, 1);
        Samples calibration = samples(request.calibration(), graph);
        Map<String, Range> ranges =
                Calibrator.ranges(onnx, graph, calibration, request.method(), progress);
        int results =
                graph.outputs().stream().mapToInt(output -> graph.size(output.tensor())).sum();
        DType activations = request.precision().activations(results);
        Quantizer.Result quantized = Quantizer.quantize(graph, ranges, activations);
        progress.report("quantize", 1, 1);
        List<String> notes = new ArrayList<>(graph.notes());
        notes.add(
                "activations have type "
                        + activations
                        + ", weights 8 bits with a scale for each output channel");
        notes.add(calibration.count() + " calibration samples");
        Inputs test = request.test();
        ParityReport report = null;
        if (test != null) {
            Samples samples = samples(test, graph);
            report =
                    Parity.compare(
                            onnx, graph, quantized.model(), quantized.traced(), samples, progress);
        }
        return new ImportedModel(
                quantized.model(), names(request.onnx(), graph, notes), List.copyOf(notes), report);
    }

    /** Compares a model that was imported earlier with the float model it came from. */
    public static ParityReport compare(Path onnxFile, Model model, Inputs test, Progress progress)
            throws ImportException {
        byte[] onnx = read(onnxFile);
        FloatGraph graph = lower(onnx);
        Samples samples = samples(test, graph);
        if (model.inputs().size() != 1
                || model.inputs().getFirst().shape().elements() != samples.elements()) {
            throw new ImportException(
                    "the model takes "
                            + model.inputs()
                            + "; "
                            + onnxFile
                            + " takes "
                            + samples.elements()
                            + " numbers");
        }
        return Parity.compare(onnx, graph, model, List.of(), samples, progress);
    }

    private static ModelNotes names(Path onnx, FloatGraph graph, List<String> notes) {
        SortedMap<String, String> more = new TreeMap<>();
        for (int i = 0; i < notes.size(); i++) {
            more.put("import." + i, notes.get(i));
        }
        String file = onnx.getFileName().toString();
        List<String> outputs = graph.outputs().stream().map(FloatGraph.Output::name).toList();
        return new ModelNotes(
                file.replaceFirst("[.]onnx$", ""), graph.inputs(), outputs, List.of(), more);
    }

    private static FloatGraph lower(byte[] onnx) throws ImportException {
        FloatGraph graph = Lowering.lower(OnnxReader.read(onnx));
        if (graph.inputs().size() != 1) {
            throw new ImportException(
                    "the model has the inputs "
                            + graph.inputs()
                            + "; only models with one input are supported");
        }
        return graph;
    }

    private static Samples samples(Inputs inputs, FloatGraph graph) throws ImportException {
        int elements = graph.size(graph.inputs().getFirst());
        return SampleReader.read(inputs.data(), inputs.labels(), elements).first(inputs.limit());
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

package dev.lockstep.importer;

import java.util.List;
import java.util.Map;

/**
 * A network as layers, and as ONNX files for ONNX Runtime to run.
 *
 * @param source its nodes, as the file has them but for texts
 * @param whole an ONNX file whose outputs are the network's: the given file where it is ONNX and
 *     has no texts
 * @param parts an ONNX file in which every tensor of the layers exists
 * @param labels texts of the classes, by number; none where they have none
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record Network(
        OnnxGraph source, FloatGraph graph, byte[] whole, byte[] parts, List<String> labels) {

    static Network read(byte[] file) throws ImportException {
        return read(file, Map.of());
    }

    /**
     * Reads a file of any kind that holds a network of tensors.
     *
     * @param shapes sizes by the name of an input
     */
    static Network read(byte[] file, Map<String, List<Integer>> shapes) throws ImportException {
        FileKind kind = FileKind.of(file);
        OnnxGraph given =
                switch (kind) {
                    case ONNX -> OnnxReader.read(file);
                    case TFLITE -> TfliteTranslation.translate(TfliteReader.read(file));
                    case LLAMA2C ->
                            throw new ImportException(
                                    "a checkpoint of llama2.c is no graph; its import compares it with the float model itself");
                };
        MlExpansion read = MlExpansion.expand(given);
        OnnxGraph source = FeatureInputs.joined(read.graph().shaped(shapes));
        OnnxGraph trees = HiddenScores.bounded(TensorTrees.found(source));
        Lowering.Lowered lowered = Lowering.lower(trees);
        boolean isGiven =
                kind == FileKind.ONNX
                        && source.equals(given)
                        && source.opset() <= OnnxWriter.OPSET_MAX;
        boolean isSimple = trees.equals(source) && lowered.nodes().equals(source.nodes());
        byte[] whole = isGiven ? file : OnnxWriter.write(source);
        OnnxGraph simple = lowered.written(trees);
        byte[] parts =
                isSimple
                        ? whole
                        : simple.classicalOpset() > 0
                                ? OnnxWriter.write(simple)
                                : OnnxWriter.writeSingle(simple);
        return new Network(source, lowered.graph(), whole, parts, read.labels());
    }

    /** The same network for the ranges of a classical model's features. */
    Network with(Samples samples) throws ImportException {
        FloatGraph ranged =
                Lowering.lower(HiddenScores.bounded(TensorTrees.found(source)), samples).graph();
        return new Network(source, ranged, whole, parts, labels);
    }
}

package dev.lockstep.importer;

import java.util.List;

/**
 * A network as a file has it, and the same for ONNX Runtime.
 *
 * @param graph its nodes, each of a simple operator
 * @param whole an ONNX file whose outputs are the network's: the given one where it is ONNX
 * @param labels texts of the classes, by number; none where they have none
 * @param parts an ONNX file in which every tensor of {@code graph} exists
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record Source(OnnxGraph graph, byte[] whole, byte[] parts, List<String> labels) {

    static Source read(byte[] file) throws ImportException {
        return switch (FileKind.of(file)) {
            case LLAMA2C ->
                    throw new ImportException(
                            "a checkpoint of llama2.c is no graph; its import compares it with the float model itself");
            case ONNX -> {
                OnnxGraph given = OnnxReader.read(file);
                MlExpansion read = MlExpansion.expand(given);
                OnnxGraph simple = Expansion.expand(read.graph());
                byte[] whole = read.graph().equals(given) ? file : OnnxWriter.write(read.graph());
                byte[] parts = simple.equals(read.graph()) ? whole : OnnxWriter.write(simple);
                yield new Source(simple, whole, parts, read.labels());
            }
        };
    }
}

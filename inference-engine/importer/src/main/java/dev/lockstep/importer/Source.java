package dev.lockstep.importer;

/**
 * A network as a file has it, and the same for ONNX Runtime.
 *
 * @param graph its nodes, each of a simple operator
 * @param whole an ONNX file whose outputs are the network's: the given one where it is ONNX
 * @param parts an ONNX file in which every tensor of {@code graph} exists
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record Source(OnnxGraph graph, byte[] whole, byte[] parts) {

    static Source read(byte[] file) throws ImportException {
        return switch (FileKind.of(file)) {
            case LLAMA2C ->
                    throw new ImportException(
                            "a checkpoint of llama2.c is no graph; its import compares it with the float model itself");
            case ONNX -> {
                OnnxGraph read = OnnxReader.read(file);
                OnnxGraph simple = Expansion.expand(read);
                yield new Source(
                        simple, file, simple.equals(read) ? file : OnnxWriter.write(simple));
            }
        };
    }
}

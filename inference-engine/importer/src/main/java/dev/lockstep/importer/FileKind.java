package dev.lockstep.importer;

/** What a file of a model is, as its content tells. */
enum FileKind {
    /** Protobuf has no mark of its own: whatever is nothing else. */
    ONNX;

    static FileKind of(byte[] file) {
        return ONNX;
    }
}

package dev.lockstep.importer;

/** What a file of a model is, as its content tells. */
enum FileKind {
    /** Protobuf has no mark of its own: whatever is nothing else. */
    ONNX,
    /** TensorFlow Lite: FlatBuffers with the identifier TFL3. */
    TFLITE,
    /** A checkpoint of llama2.c: its length follows from its first integers. */
    LLAMA2C;

    static FileKind of(byte[] file) {
        if (TfliteReader.recognizes(file)) {
            return TFLITE;
        }
        return LlamaCheckpoint.is(file) ? LLAMA2C : ONNX;
    }
}

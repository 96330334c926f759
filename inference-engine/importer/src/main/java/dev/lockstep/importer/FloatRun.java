package dev.lockstep.importer;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * A model under ONNX Runtime with inputs that are made once, so that nothing but the run is
 * measured. One thread; {@link FloatModel} is for results.
 */
final class FloatRun implements AutoCloseable {
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new HashMap<>();

    FloatRun(byte[] onnx) throws ImportException {
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            session = environment.createSession(onnx, options);
            for (var input : session.getInputInfo().entrySet()) {
                if (input.getValue().getInfo() instanceof TensorInfo info) {
                    inputs.put(input.getKey(), zeros(environment, info));
                }
            }
        } catch (OrtException e) {
            throw new ImportException("ONNX Runtime refuses the model: " + e.getMessage(), e);
        }
    }

    private static OnnxTensor zeros(OrtEnvironment environment, TensorInfo info)
            throws OrtException {
        long[] shape = info.getShape().clone();
        long elements = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = Math.max(1, shape[i]);
            elements *= shape[i];
        }
        OnnxJavaType type = info.type;
        ByteBuffer data =
                ByteBuffer.allocateDirect((int) elements * type.size)
                        .order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, data, shape, type);
    }

    void run() throws ImportException {
        try {
            session.run(inputs).close();
        } catch (OrtException e) {
            throw new ImportException("ONNX Runtime cannot run the model: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() throws ImportException {
        inputs.values().forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException e) {
            throw new ImportException("ONNX Runtime cannot end: " + e.getMessage(), e);
        }
    }
}

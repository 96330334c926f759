package dev.lockstep.importer;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The float model as ONNX Runtime runs it, through DJL: the oracle that the integer model is
 * compared with, and the source of ranges. One thread, so that sums are formed in one order.
 */
final class FloatModel implements AutoCloseable {
    static {
        if (System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
    }

    private final Model model;
    private final Predictor<NDList, NDList> predictor;
    private final NDManager manager;
    private final Shape shape;
    private final boolean half;

    private FloatModel(
            Model model, Predictor<NDList, NDList> predictor, Shape shape, boolean half) {
        this.model = model;
        this.predictor = predictor;
        this.manager = model.getNDManager();
        this.shape = shape;
        this.half = half;
    }

    /**
     * Loads a model for one input.
     *
     * @param graph the same model, for the shape and type of its input
     * @param extraOutputs tensors to give out after the model's own outputs
     */
    static FloatModel load(byte[] onnx, FloatGraph graph, List<String> extraOutputs)
            throws ImportException {
        int[] inputShape = graph.shape(graph.inputs().getFirst());
        long[] dims = new long[inputShape.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = inputShape[i];
        }
        try {
            Model model = Model.newInstance("float", Device.cpu(), "OnnxRuntime");
            Map<String, String> options =
                    Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1");
            model.load(new ByteArrayInputStream(withOutputs(onnx, extraOutputs)), options);
            return new FloatModel(
                    model,
                    model.newPredictor(new NoopTranslator()),
                    new Shape(dims),
                    graph.halfInput());
        } catch (IOException | MalformedModelException | EngineException e) {
            throw new ImportException("ONNX Runtime refuses the model: " + rootMessage(e), e);
        }
    }

    /** Outputs in their declared order, then the extra ones. */
    float[][] run(float[] input) throws ImportException {
        try (NDManager scope = manager.newSubManager()) {
            NDList outputs =
                    predictor.predict(
                            new NDList(
                                    half
                                            ? scope.create(halves(input), shape, DataType.FLOAT16)
                                            : scope.create(input, shape)));
            float[][] values = new float[outputs.size()][];
            for (int i = 0; i < values.length; i++) {
                values[i] = floats(outputs.get(i));
            }
            outputs.close();
            return values;
        } catch (TranslateException | EngineException e) {
            throw new ImportException("ONNX Runtime cannot run the model: " + rootMessage(e), e);
        }
    }

    private static ByteBuffer halves(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(2 * values.length).order(ByteOrder.nativeOrder());
        for (float value : values) {
            bytes.putShort(Float.floatToFloat16(value));
        }
        return bytes.flip();
    }

    private static float[] floats(NDArray array) {
        if (array.getDataType() == DataType.FLOAT16) {
            ByteBuffer bytes = array.toByteBuffer().order(ByteOrder.nativeOrder());
            float[] values = new float[bytes.remaining() / 2];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.float16ToFloat(bytes.getShort());
            }
            return values;
        }
        if (array.getDataType() != DataType.INT64) {
            return array.toFloatArray();
        }
        long[] whole = array.toLongArray();
        float[] values = new float[whole.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole[i];
        }
        return values;
    }

    /**
     * The same model with more outputs. A second graph field is merged into the first by every
     * protobuf parser, so the additions go to the end of the file.
     */
    static byte[] withOutputs(byte[] onnx, List<String> names) {
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        for (String name : names) {
            ByteArrayOutputStream valueInfo = new ByteArrayOutputStream();
            field(valueInfo, 1, name.getBytes(StandardCharsets.UTF_8));
            field(graph, 12, valueInfo.toByteArray());
        }
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        model.writeBytes(onnx);
        if (!names.isEmpty()) {
            field(model, 7, graph.toByteArray());
        }
        return model.toByteArray();
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] content) {
        out.write((number << 3) | ProtoReader.BYTES);
        int rest = content.length;
        while (rest > 0x7f) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
        out.writeBytes(content);
    }

    private static String rootMessage(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    @Override
    public void close() {
        predictor.close();
        model.close();
    }
}

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    private final FloatGraph graph;

    private FloatModel(Model model, Predictor<NDList, NDList> predictor, FloatGraph graph) {
        this.model = model;
        this.predictor = predictor;
        this.manager = model.getNDManager();
        this.graph = graph;
    }

    /**
     * Loads a model.
     *
     * @param graph the same model, for the shapes and types of its inputs and outputs
     * @param extraOutputs tensors to give out after the model's own outputs
     */
    static FloatModel load(byte[] onnx, FloatGraph graph, List<String> extraOutputs)
            throws ImportException {
        try {
            Model model = Model.newInstance("float", Device.cpu(), "OnnxRuntime");
            Map<String, String> options =
                    Map.of("intraOpNumThreads", "1", "interOpNumThreads", "1");
            model.load(new ByteArrayInputStream(withOutputs(onnx, extraOutputs)), options);
            return new FloatModel(model, model.newPredictor(new NoopTranslator()), graph);
        } catch (IOException | MalformedModelException | EngineException e) {
            throw new ImportException("ONNX Runtime refuses the model: " + rootMessage(e), e);
        }
    }

    /**
     * Outputs in their declared order, then the extra ones, all as real values.
     *
     * @param sample the inputs one after the other, in numbers of their types
     */
    float[][] run(float[] sample) throws ImportException {
        try (NDManager scope = manager.newSubManager()) {
            NDList inputs = new NDList();
            int at = 0;
            for (FloatGraph.Input input : graph.inputs()) {
                int size = graph.size(input.name());
                inputs.add(array(scope, input, Arrays.copyOfRange(sample, at, at + size)));
                at += size;
            }
            NDList outputs = predictor.predict(inputs);
            float[][] values = new float[outputs.size()][];
            for (int i = 0; i < values.length; i++) {
                TensorScale scale =
                        i < graph.outputs().size()
                                ? graph.scale(graph.outputs().get(i).tensor())
                                : null;
                values[i] = floats(outputs.get(i), scale);
            }
            outputs.close();
            return values;
        } catch (TranslateException | EngineException | UnsupportedOperationException e) {
            throw new ImportException("ONNX Runtime cannot run the model: " + rootMessage(e), e);
        }
    }

    private NDArray array(NDManager scope, FloatGraph.Input input, float[] values) {
        int[] dims = graph.shape(input.name());
        Shape shape = new Shape(Arrays.stream(dims).asLongStream().toArray());
        return switch (input.type()) {
            case FLOAT -> scope.create(values, shape);
            case FLOAT16 -> scope.create(halves(values), shape, DataType.FLOAT16);
            case UINT8 -> scope.create(bytes(values), shape, DataType.UINT8);
            case INT8 -> scope.create(bytes(values), shape, DataType.INT8);
            case BOOL -> scope.create(bytes(values), shape, DataType.BOOLEAN);
            case INT32 -> {
                int[] whole = new int[values.length];
                for (int i = 0; i < whole.length; i++) {
                    whole[i] = (int) values[i];
                }
                yield scope.create(whole, shape);
            }
            case INT64 -> {
                long[] whole = new long[values.length];
                for (int i = 0; i < whole.length; i++) {
                    whole[i] = (long) values[i];
                }
                yield scope.create(whole, shape);
            }
            case DOUBLE -> {
                double[] wide = new double[values.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = values[i];
                }
                yield scope.create(wide, shape);
            }
            // A written file casts the types that cannot be handed over.
            default -> scope.create(values, shape);
        };
    }

    private static ByteBuffer bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.length);
        for (float value : values) {
            bytes.put((byte) (int) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer halves(float[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(2 * values.length).order(ByteOrder.nativeOrder());
        for (float value : values) {
            bytes.putShort(Float.floatToFloat16(value));
        }
        return bytes.flip();
    }

    /**
     * @param scale what integers stand for; null for themselves
     */
    private static float[] floats(NDArray array, @Nullable TensorScale scale) {
        ByteBuffer bytes = array.toByteBuffer().order(ByteOrder.nativeOrder());
        DataType type = array.getDataType();
        if (type.getNumOfBytes() == 0) {
            throw new UnsupportedOperationException("type is not supported: " + type);
        }
        float[] values = new float[bytes.remaining() / type.getNumOfBytes()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (type) {
                        case FLOAT32 -> bytes.getFloat();
                        case FLOAT16 -> Float.float16ToFloat(bytes.getShort());
                        case FLOAT64 -> (float) bytes.getDouble();
                        case INT64 -> bytes.getLong();
                        case INT32 -> real(ElementType.INT32, bytes.getInt(), scale);
                        case UINT8 -> real(ElementType.UINT8, bytes.get() & 0xff, scale);
                        default -> real(ElementType.INT8, bytes.get(), scale);
                    };
        }
        return values;
    }

    private static float real(ElementType type, int number, @Nullable TensorScale scale) {
        return scale == null ? number : (float) scale.real(type, number);
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
        return String.valueOf(cause.getMessage()).replaceAll("\\s*\n\\s*", "; ").strip();
    }

    @Override
    public void close() {
        predictor.close();
        model.close();
    }
}

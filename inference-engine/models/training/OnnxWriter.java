package training;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes an ONNX model: opset 13, float32, weights inside. Field numbers are those of onnx.proto3; fields are written in
 * ascending order, so one model has one file.
 */
public final class OnnxWriter {
    private static final int FLOAT = 1;
    private final Message nodes = new Message();
    private final Message initializers = new Message();
    private final String graphName;
    private int nodeCount;

    public OnnxWriter(String graphName) {
        this.graphName = graphName;
    }

    public OnnxWriter weight(String name, float[] values, long... dims) {
        ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        Message tensor = new Message();
        for (long dim : dims) {
            tensor.varint(1, dim);
        }
        initializers.message(5, tensor.varint(2, FLOAT).string(8, name).bytes(9, raw.array()));
        return this;
    }

    /** A node; attributes come from {@link #ints} and {@link #number}. */
    public OnnxWriter node(String op, List<String> inputs, String output, Message... attributes) {
        Message node = new Message();
        inputs.forEach(input -> node.string(1, input));
        node.string(2, output).string(3, op + "_" + nodeCount++).string(4, op);
        for (Message attribute : attributes) {
            node.message(5, attribute);
        }
        nodes.message(1, node);
        return this;
    }

    public static Message ints(String name, long... values) {
        Message attribute = new Message().string(1, name);
        for (long value : values) {
            attribute.varint(8, value);
        }
        return attribute.varint(20, 7);
    }

    public static Message number(String name, long value) {
        return new Message().string(1, name).varint(3, value).varint(20, 2);
    }

    public byte[] model(String input, long[] inputDims, String output, long[] outputDims) {
        Message graph =
                nodes.string(2, graphName)
                        .append(initializers)
                        .message(11, valueInfo(input, inputDims))
                        .message(12, valueInfo(output, outputDims));
        Message opset = new Message().string(1, "").varint(2, 13);
        return new Message()
                .varint(1, 7)
                .string(2, "lockstep-models")
                .message(7, graph)
                .message(8, opset)
                .toByteArray();
    }

    private static Message valueInfo(String name, long[] dims) {
        Message shape = new Message();
        for (long dim : dims) {
            shape.message(1, new Message().varint(1, dim));
        }
        Message tensorType = new Message().varint(1, FLOAT).message(2, shape);
        return new Message().string(1, name).message(2, new Message().message(1, tensorType));
    }

    /** A protobuf message being written. */
    public static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message varint(int field, long value) {
            raw((long) field << 3);
            raw(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            raw((long) field << 3 | 2);
            raw(value.length);
            out.writeBytes(value);
            return this;
        }

        Message string(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.toByteArray());
        }

        Message append(Message other) {
            out.writeBytes(other.toByteArray());
            return this;
        }

        byte[] toByteArray() {
            return out.toByteArray();
        }

        private void raw(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }
    }
}

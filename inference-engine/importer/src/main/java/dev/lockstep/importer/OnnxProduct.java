package dev.lockstep.importer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** ONNX files of one matrix product with constant weights, for benchmarks. */
final class OnnxProduct {
    private static final int FLOAT = 1;
    private static final int UINT8 = 2;
    private static final int INT8 = 3;
    private static final int INT32 = 6;

    private OnnxProduct() {}

    /** {@code y = x · w} in floats, x (rows, k), w (k, columns). */
    static byte[] ofFloats(int rows, int k, int columns, byte[] weights) {
        ByteBuffer data = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
        for (byte weight : weights) {
            data.putFloat(weight);
        }
        return model("MatMul", FLOAT, FLOAT, FLOAT, data.array(), rows, k, columns);
    }

    /** {@code y = x · w} with x in unsigned, w in signed bytes, y in 32 bits. */
    static byte[] ofBytes(int rows, int k, int columns, byte[] weights) {
        return model("MatMulInteger", UINT8, INT8, INT32, weights, rows, k, columns);
    }

    private static byte[] model(
            String op, int left, int right, int result, byte[] data, int rows, int k, int columns) {
        byte[] node = join(text(1, "x"), text(1, "w"), text(2, "y"), text(4, op));
        byte[] tensor =
                join(
                        number(1, k),
                        number(1, columns),
                        number(2, right),
                        text(8, "w"),
                        bytes(9, data));
        byte[] graph =
                join(
                        bytes(1, node),
                        text(2, "product"),
                        bytes(5, tensor),
                        bytes(11, value("x", left, rows, k)),
                        bytes(12, value("y", result, rows, columns)));
        byte[] opset = join(text(1, ""), number(2, 13));
        return join(number(1, 7), bytes(7, graph), bytes(8, opset));
    }

    private static byte[] value(String name, int type, int rows, int columns) {
        byte[] shape = join(bytes(1, number(1, rows)), bytes(1, number(1, columns)));
        return join(text(1, name), bytes(2, bytes(1, join(number(1, type), bytes(2, shape)))));
    }

    private static byte[] number(int field, long value) {
        return join(varint((long) field << 3), varint(value));
    }

    private static byte[] text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(int field, byte[] value) {
        return join(varint(((long) field << 3) | ProtoReader.BYTES), varint(value.length), value);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

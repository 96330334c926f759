package dev.lockstep.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the few protobuf fields that small ONNX files for tests are made of. */
final class OnnxBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    OnnxBytes number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    OnnxBytes text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    OnnxBytes message(int field, OnnxBytes value) {
        return bytes(field, value.array());
    }

    private OnnxBytes bytes(int field, byte[] value) {
        varint((long) field << 3 | 2);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    byte[] array() {
        return out.toByteArray();
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /** A model of operator set 13 whose graph has one float input x and one output y, [1, 3]. */
    static byte[] model(OnnxBytes... graphFields) {
        OnnxBytes graph = new OnnxBytes();
        for (OnnxBytes field : graphFields) graph.out.writeBytes(field.array());
        graph.message(11, tensor("x")).message(12, tensor("y"));
        return new OnnxBytes()
                .number(1, 7)
                .message(7, graph)
                .message(8, new OnnxBytes().text(1, "").number(2, 13))
                .array();
    }

    static OnnxBytes node(String op, String input, String output, OnnxBytes... attributes) {
        OnnxBytes node =
                new OnnxBytes().text(1, input).text(2, output).text(3, "n_" + output).text(4, op);
        for (OnnxBytes attribute : attributes) node.message(5, attribute);
        return new OnnxBytes().message(1, node);
    }

    private static OnnxBytes tensor(String name) {
        OnnxBytes shape =
                new OnnxBytes()
                        .message(1, new OnnxBytes().number(1, 1))
                        .message(1, new OnnxBytes().number(1, 3));
        OnnxBytes type = new OnnxBytes().number(1, 1).message(2, shape);
        return new OnnxBytes().text(1, name).message(2, new OnnxBytes().message(1, type));
    }
}

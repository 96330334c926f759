package dev.lockstep.importer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes ONNX files for tests, well-formed or not. */
final class OnnxBuilder {
    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
    private final List<byte[]> opsets = new ArrayList<>();

    static OnnxBuilder opset(int version) {
        OnnxBuilder builder = new OnnxBuilder();
        builder.opsets.add(join(text(1, ""), number(2, version)));
        return builder;
    }

    OnnxBuilder input(String name, long... dims) {
        return raw(bytes(11, valueInfo(name, 1, dims)));
    }

    /** An input of another type than float, by its number in ONNX. */
    OnnxBuilder inputOf(String name, int type, long... dims) {
        return raw(bytes(11, valueInfo(name, type, dims)));
    }

    OnnxBuilder output(String name, long... dims) {
        return raw(bytes(12, valueInfo(name, 1, dims)));
    }

    OnnxBuilder output(String name) {
        return raw(bytes(12, text(1, name)));
    }

    OnnxBuilder weight(String name, float[] values, long... dims) {
        return raw(bytes(5, floats(name, values, dims)));
    }

    OnnxBuilder whole(String name, long[] values, long... dims) {
        byte[] data = new byte[0];
        for (long value : values) {
            data = join(data, number(7, value));
        }
        return raw(bytes(5, join(dims(1, dims), number(2, 7), text(8, name), data)));
    }

    /** Whole numbers of up to 32 bits, or truths, by their type's number in ONNX. */
    OnnxBuilder typed(String name, int type, long... values) {
        byte[] data = new byte[0];
        for (long value : values) {
            data = join(data, number(5, value));
        }
        byte[] tensor = join(dims(1, values.length), number(2, type), text(8, name), data);
        return raw(bytes(5, tensor));
    }

    OnnxBuilder node(String op, List<String> inputs, List<String> outputs, byte[]... attributes) {
        byte[] node = new byte[0];
        for (String input : inputs) {
            node = join(node, text(1, input));
        }
        for (String output : outputs) {
            node = join(node, text(2, output));
        }
        node = join(node, text(3, "n_" + outputs.getFirst()), text(4, op));
        for (byte[] attribute : attributes) {
            node = join(node, bytes(5, attribute));
        }
        return raw(bytes(1, node));
    }

    /** A node with one output. */
    OnnxBuilder node(String op, String inputs, String output, byte[]... attributes) {
        return node(op, List.of(inputs.split(" ", -1)), List.of(output), attributes);
    }

    OnnxBuilder raw(byte[] graphField) {
        graph.writeBytes(graphField);
        return this;
    }

    byte[] build() {
        byte[] model = join(number(1, 7), bytes(7, graph.toByteArray()));
        for (byte[] opset : opsets) {
            model = join(model, bytes(8, opset));
        }
        return model;
    }

    static byte[] ints(String name, long... values) {
        byte[] attribute = join(text(1, name), number(20, 7));
        for (long value : values) {
            attribute = join(attribute, number(8, value));
        }
        return attribute;
    }

    static byte[] integer(String name, long value) {
        return join(text(1, name), number(3, value), number(20, 2));
    }

    static byte[] real(String name, float value) {
        return join(text(1, name), float32(2, value), number(20, 1));
    }

    static byte[] string(String name, String value) {
        return join(text(1, name), text(4, value), number(20, 3));
    }

    static byte[] floats(String name, float[] values, long... dims) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return join(dims(1, dims), number(2, 1), text(8, name), bytes(9, data.array()));
    }

    static byte[] valueInfo(String name, int type, long... dims) {
        byte[] shape = new byte[0];
        for (long dim : dims) {
            shape = join(shape, bytes(1, dim == -1 ? text(2, "N") : number(1, dim)));
        }
        byte[] tensor = join(number(1, type), bytes(2, shape));
        return join(text(1, name), bytes(2, bytes(1, tensor)));
    }

    private static byte[] dims(int field, long... dims) {
        byte[] out = new byte[0];
        for (long dim : dims) {
            out = join(out, number(field, dim));
        }
        return out;
    }

    static byte[] number(int field, long value) {
        return join(varint((long) field << 3), varint(value));
    }

    static byte[] float32(int field, float value) {
        ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value);
        return join(varint((long) field << 3 | 5), data.array());
    }

    static byte[] text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] bytes(int field, byte[] value) {
        return join(varint((long) field << 3 | 2), varint(value.length), value);
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}

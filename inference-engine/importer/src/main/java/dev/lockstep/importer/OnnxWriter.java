package dev.lockstep.importer;

import dev.lockstep.importer.OnnxGraph.ValueInfo;
import dev.lockstep.importer.OnnxNode.Attribute;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Writes a graph as an ONNX file, for ONNX Runtime to run what no file has in this form.
 *
 * @source onnx.proto3, field numbers
 */
final class OnnxWriter {
    /** Greatest opset that ONNX Runtime knows; what is read of later ones means the same in it. */
    static final long OPSET_MAX = 25;

    private static final int IR_VERSION = 10;

    /** Added to an input's name where it comes as floats, to be cast. */
    private static final String NUMBERS = "/numbers";

    private OnnxWriter() {}

    static byte[] write(OnnxGraph graph) {
        return write(graph, graph.inputs());
    }

    /**
     * The graph in single precision, whatever its reals are: what takes its nodes apart adds
     * numbers of that type. Inputs are handed over as they are.
     */
    static byte[] writeSingle(OnnxGraph graph) {
        List<OnnxNode> nodes = new ArrayList<>();
        for (OnnxNode node : graph.nodes()) {
            Map<String, Attribute> attributes = new HashMap<>(node.attributes());
            boolean toReal =
                    node.op().equals("Cast")
                            && attributes.get("to") instanceof Attribute.Whole(long code)
                            && isOtherReal((int) code);
            if (toReal) {
                attributes.put("to", new Attribute.Whole(ElementType.FLOAT.code()));
            }
            attributes.replaceAll(
                    (_, value) ->
                            value instanceof Attribute.Tensor(OnnxTensor tensor)
                                    ? new Attribute.Tensor(single(tensor))
                                    : value);
            nodes.add(node.with(attributes));
        }
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
        graph.initializers().forEach((name, tensor) -> initializers.put(name, single(tensor)));
        OnnxGraph same =
                new OnnxGraph(
                        graph.name(),
                        graph.opset(),
                        graph.classicalOpset(),
                        graph.inputs().stream().map(OnnxWriter::single).toList(),
                        graph.outputs().stream().map(OnnxWriter::single).toList(),
                        nodes,
                        initializers);
        return write(same, graph.inputs());
    }

    private static boolean isOtherReal(int code) {
        return code == ElementType.FLOAT16.code()
                || code == ElementType.BFLOAT16.code()
                || code == ElementType.DOUBLE.code();
    }

    private static OnnxTensor single(OnnxTensor tensor) {
        return isOtherReal(tensor.type().code())
                ? OnnxTensor.ofFloats(tensor.name(), tensor.dims(), tensor.floats())
                : tensor;
    }

    private static ValueInfo single(ValueInfo value) {
        return isOtherReal(value.elementType())
                ? new ValueInfo(value.name(), ElementType.FLOAT.code(), value.dims())
                : value;
    }

    /**
     * @param handed the inputs in the types that they are handed over in, where ONNX Runtime takes
     *     those
     */
    private static byte[] write(OnnxGraph graph, List<ValueInfo> handed) {
        Proto body = new Proto();
        for (int i = 0; i < handed.size(); i++) {
            ValueInfo input = graph.inputs().get(i);
            if (isCast(input, handed.get(i))) {
                body.message(1, node(cast(input)));
            }
        }
        for (OnnxNode node : graph.nodes()) {
            body.message(1, node(older(node, graph)));
        }
        body.text(2, graph.name().isEmpty() ? "graph" : graph.name());
        graph.initializers().forEach((name, tensor) -> body.message(5, tensor(name, tensor)));
        for (int i = 0; i < handed.size(); i++) {
            ValueInfo input = graph.inputs().get(i);
            ValueInfo given = handed.get(i);
            int type =
                    isOtherReal(given.elementType())
                            ? given.elementType()
                            : ElementType.FLOAT.code();
            ValueInfo numbers = new ValueInfo(input.name() + NUMBERS, type, input.dims());
            body.message(11, valueInfo(isCast(input, given) ? numbers : input));
        }
        graph.outputs().forEach(output -> body.message(12, valueInfo(output)));
        Proto model = new Proto().number(1, IR_VERSION).message(7, body);
        long opset = Math.min(graph.opset(), OPSET_MAX);
        model.message(8, new Proto().text(1, "").number(2, opset));
        model.message(8, new Proto().text(1, OnnxGraphBuilder.MICROSOFT).number(2, 1));
        if (graph.classicalOpset() > 0) {
            Proto classical = new Proto().text(1, MlExpansion.DOMAIN);
            model.message(8, classical.number(2, graph.classicalOpset()));
        }
        return model.bytes();
    }

    /** Whether an input has another type in the graph than it is handed over in from Java. */
    private static boolean isCast(ValueInfo input, ValueInfo handed) {
        return input.elementType() != handed.elementType()
                || input.elementType() == ElementType.INT16.code()
                || input.elementType() == ElementType.UINT16.code()
                || input.elementType() == ElementType.UINT32.code()
                || input.elementType() == ElementType.UINT64.code();
    }

    private static OnnxNode cast(ValueInfo input) {
        return new OnnxNode(
                "Cast",
                "",
                "",
                List.of(input.name() + NUMBERS),
                List.of(input.name()),
                Map.of("to", new Attribute.Whole(input.elementType())));
    }

    /**
     * A node that rewriting added, in the form of the file's opset: what is an input of Slice since
     * 10 and of Pad since 11 was an attribute before.
     */
    private static OnnxNode older(OnnxNode node, OnnxGraph graph) {
        List<String> names =
                switch (node.op()) {
                    case "Slice" ->
                            graph.opset() < 10 ? List.of("starts", "ends", "axes") : List.of();
                    case "Pad" -> graph.opset() < 11 ? List.of("pads") : List.of();
                    default -> List.of();
                };
        if (names.isEmpty()) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        for (int i = 1; i < node.inputs().size(); i++) {
            OnnxTensor list = graph.initializers().get(node.inputs().get(i));
            boolean steps = i > names.size();
            if (list == null
                    || (steps && !LongStream.of(list.longs()).allMatch(step -> step == 1))) {
                return node;
            }
            if (!steps) {
                attributes.put(names.get(i - 1), new Attribute.Wholes(list.longs()));
            }
        }
        return node.inputs().size() == 1
                ? node
                : new OnnxNode(
                        node.op(),
                        node.name(),
                        node.domain(),
                        List.of(node.inputs().getFirst()),
                        node.outputs(),
                        attributes);
    }

    private static Proto node(OnnxNode node) {
        Proto out = new Proto();
        node.inputs().forEach(input -> out.text(1, input));
        node.outputs().forEach(output -> out.text(2, output));
        out.text(3, node.name()).text(4, node.op());
        for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
            out.message(5, attribute(attribute.getKey(), attribute.getValue()));
        }
        return out.text(7, node.domain());
    }

    private static Proto attribute(String name, Attribute attribute) {
        Proto out = new Proto().text(1, name);
        switch (attribute) {
            case Attribute.Real(float value) -> out.real(2, value).number(20, 1);
            case Attribute.Whole(long value) -> out.number(3, value).number(20, 2);
            case Attribute.Text(String value) -> out.text(4, value).number(20, 3);
            case Attribute.Tensor(OnnxTensor value) ->
                    out.message(5, tensor(value.name(), value)).number(20, 4);
            case Attribute.Reals(float[] values) -> {
                for (float value : values) {
                    out.real(7, value);
                }
                out.number(20, 6);
            }
            case Attribute.Wholes(long[] values) -> {
                for (long value : values) {
                    out.number(8, value);
                }
                out.number(20, 7);
            }
            case Attribute.Texts(var values) -> {
                values.forEach(value -> out.text(9, value));
                out.number(20, 8);
            }
        }
        return out;
    }

    private static Proto tensor(String name, OnnxTensor tensor) {
        Proto out = new Proto();
        for (int dim : tensor.dims()) {
            out.number(1, dim);
        }
        return out.number(2, tensor.type().code()).text(8, name).bytes(9, elements(tensor));
    }

    private static byte[] elements(OnnxTensor tensor) {
        int bits = tensor.type().bits();
        ByteBuffer out =
                ByteBuffer.allocate((int) (((long) tensor.size() * bits + 7) / 8))
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < tensor.size(); i++) {
            switch (tensor.type()) {
                case FLOAT -> out.putFloat(tensor.floats()[i]);
                case FLOAT16 -> out.putShort(Float.floatToFloat16(tensor.floats()[i]));
                case BFLOAT16 ->
                        out.putShort((short) (Float.floatToIntBits(tensor.floats()[i]) >>> 16));
                case DOUBLE -> out.putDouble(tensor.wide()[i]);
                case UINT8, INT8, BOOL -> out.put((byte) tensor.longs()[i]);
                case UINT16, INT16 -> out.putShort((short) tensor.longs()[i]);
                case INT32, UINT32 -> out.putInt((int) tensor.longs()[i]);
                case INT64, UINT64 -> out.putLong(tensor.longs()[i]);
                case UINT4, INT4, UINT2, INT2 -> {
                    int at = i * bits / Byte.SIZE;
                    int part = (int) tensor.longs()[i] & ((1 << bits) - 1);
                    out.put(at, (byte) (out.get(at) | (part << (i * bits % Byte.SIZE))));
                }
            }
        }
        return out.array();
    }

    private static Proto valueInfo(ValueInfo value) {
        Proto out = new Proto().text(1, value.name());
        if (value.elementType() == 0) {
            return out;
        }
        Proto shape = new Proto();
        for (long dim : value.dims()) {
            shape.message(1, dim < 0 ? new Proto() : new Proto().number(1, dim));
        }
        Proto type = new Proto().number(1, value.elementType());
        if (!value.dims().isEmpty()) {
            type.message(2, shape);
        }
        return out.message(2, new Proto().message(1, type));
    }

    /** Protobuf fields one after the other. */
    private static final class Proto {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Proto number(int field, long value) {
            varint(((long) field << 3) | ProtoReader.VARINT);
            varint(value);
            return this;
        }

        Proto real(int field, float value) {
            varint(((long) field << 3) | ProtoReader.FIXED32);
            out.writeBytes(
                    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
            return this;
        }

        Proto text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Proto message(int field, Proto value) {
            return bytes(field, value.bytes());
        }

        Proto bytes(int field, byte[] value) {
            varint(((long) field << 3) | ProtoReader.BYTES);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) ((rest & 0x7f) | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}

package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a graph: header, operations, tensors, constants. Offsets of weights and constants
 * are not stored, since they follow from the order; so there is nothing that could overlap or leave
 * gaps. The README has the layout.
 */
final class GraphCodec {
    static final int HEADER_BYTES = 128;
    static final int OP_BYTES = 128;
    static final int TENSOR_BYTES = 64;
    static final int MAGIC = 0x314d4b4c;
    static final int ARITHMETIC = 1;
    private static final int HEADER_OUTPUTS = 40;
    private static final int OP_ATTRIBUTES = 36;
    private static final int INPUT = 1;
    private static final int WEIGHTS = 2;
    private static final int RESULT = 3;

    /** Counts of a header, within the limits and in agreement with the size of the file. */
    private record Header(
            int inputs, int weights, int ops, int outputs, int constantWords, long weightBytes) {
        int tensors() {
            return inputs + weights + ops;
        }

        int opsAt() {
            return HEADER_BYTES;
        }

        int tensorsAt() {
            return opsAt() + ops * OP_BYTES;
        }

        int constantsAt() {
            return tensorsAt() + tensors() * TENSOR_BYTES;
        }

        int graphBytes() {
            return constantsAt() + (int) Graph.aligned((long) constantWords * Integer.BYTES);
        }
    }

    private final ByteBuffer bytes;
    private final Header header;
    private final MemorySegment section;

    private GraphCodec(ByteBuffer bytes, Header header, MemorySegment section) {
        this.bytes = bytes;
        this.header = header;
        this.section = section;
    }

    static byte[] encode(Graph graph) {
        List<OpFields> fields = graph.nodes().stream().map(node -> node.op().fields()).toList();
        int words = fields.stream().mapToInt(field -> field.constants().length()).sum();
        Header header =
                new Header(
                        graph.inputs().size(),
                        graph.weights().size(),
                        graph.nodes().size(),
                        graph.outputs().size(),
                        words,
                        graph.section().byteSize());
        ByteBuffer out = ByteBuffer.allocate(header.graphBytes()).order(ByteOrder.LITTLE_ENDIAN);
        putHeader(out, header, graph);
        int constantsAt = header.constantsAt();
        for (int i = 0; i < fields.size(); i++) {
            Graph.Node node = graph.nodes().get(i);
            OpFields field = fields.get(i);
            out.position(header.opsAt() + i * OP_BYTES);
            out.putShort((short) Ops.of(node.op()).number());
            out.putShort((short) node.inputs().length());
            for (int tensor : node.inputs().array()) {
                out.putShort((short) tensor);
            }
            out.position(header.opsAt() + i * OP_BYTES + OP_ATTRIBUTES);
            for (int attribute : field.attributes().array()) {
                out.putInt(attribute);
            }
            out.putInt(
                    header.opsAt() + (i + 1) * OP_BYTES - Integer.BYTES,
                    field.constants().length());
            for (int word : field.constants().array()) {
                out.putInt(constantsAt, word);
                constantsAt += Integer.BYTES;
            }
        }
        for (int tensor = 0; tensor < graph.tensorCount(); tensor++) {
            out.position(header.tensorsAt() + tensor * TENSOR_BYTES);
            putTensor(out, graph, tensor);
        }
        return out.array();
    }

    private static void putHeader(ByteBuffer out, Header header, Graph graph) {
        out.putInt(MAGIC);
        out.putInt(ARITHMETIC);
        out.putInt(header.inputs);
        out.putInt(header.weights);
        out.putInt(header.ops);
        out.putInt(header.outputs);
        out.putInt(header.constantWords);
        out.putInt(0);
        out.putLong(header.weightBytes);
        for (Graph.Port port : graph.outputs()) {
            out.putShort((short) port.tensor());
        }
    }

    private static void putTensor(ByteBuffer out, Graph graph, int tensor) {
        int at = out.position();
        TensorType type = graph.type(tensor);
        boolean input = tensor < graph.inputs().size();
        out.put((byte) (input ? INPUT : graph.isWeights(tensor) ? WEIGHTS : RESULT));
        out.put((byte) type.dtype().code());
        out.put((byte) type.shape().rank());
        for (int axis = 0; axis < type.shape().rank(); axis++) {
            out.putInt(at + 4 + axis * Integer.BYTES, type.shape().dim(axis));
        }
        if (input) {
            TensorSpec spec = graph.inputs().get(tensor);
            putQuantization(out, at, spec.quantization());
            out.putInt(at + 40, (int) spec.range().lo());
            out.putInt(at + 44, (int) spec.range().hi());
        }
        for (Graph.Port port : graph.outputs()) {
            if (port.tensor() == tensor) {
                putQuantization(out, at, port.quantization());
            }
        }
    }

    private static void putQuantization(ByteBuffer out, int at, Quantization quantization) {
        out.put(at + 3, (byte) quantization.shift());
        out.putInt(at + 28, quantization.zeroPoint());
        out.putLong(at + 32, quantization.multiplier());
    }

    /**
     * The graph in a file. That its bytes are the only ones for it is for {@link ModelFile} to
     * check.
     */
    static Graph decode(MemorySegment file) throws InvalidModelException {
        Check.range("size of the file", file.byteSize(), HEADER_BYTES, Limits.V1.modelBytesMax());
        Header header = header(copy(file, HEADER_BYTES));
        Check.equal("size of the file", file.byteSize(), header.graphBytes() + header.weightBytes);
        MemorySegment section = file.asSlice(header.graphBytes(), header.weightBytes).asReadOnly();
        return new GraphCodec(copy(file, header.graphBytes()), header, section).graph();
    }

    private static ByteBuffer copy(MemorySegment file, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, 0, bytes, 0, length);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Header header(ByteBuffer in) throws InvalidModelException {
        int magic = in.getInt();
        if (magic != MAGIC) {
            throw new InvalidModelException(
                    "the file starts with 0x"
                            + Integer.toHexString(Integer.reverseBytes(magic))
                            + "; a model starts with 0x4c4b4d31 (LKM1)");
        }
        Check.equal("version of the arithmetic", in.getInt(), ARITHMETIC);
        Limits limits = Limits.V1;
        int inputs = count(in, "inputs", limits.portsMax());
        int weights = count(in, "weights", limits.tensorsMax());
        int ops = count(in, "operations", limits.opsMax());
        int outputs = count(in, "outputs", limits.portsMax());
        int words = count(in, "constants", limits.constantWordsMax());
        Check.equal("reserved word of the header", in.getInt(), 0);
        long weightBytes = in.getLong();
        Check.range("bytes of weights", weightBytes, 0, limits.modelBytesMax());
        Check.range("number of tensors", (long) inputs + weights + ops, 0, limits.tensorsMax());
        return new Header(inputs, weights, ops, outputs, words, weightBytes);
    }

    private static int count(ByteBuffer in, String what, int max) throws InvalidModelException {
        int count = in.getInt();
        Check.range("number of " + what, count, 0, max);
        return count;
    }

    private Graph graph() throws InvalidModelException {
        List<TensorSpec> inputs = new ArrayList<>();
        for (int tensor = 0; tensor < header.inputs; tensor++) {
            int at = tensorAt(tensor);
            TensorType type = type(tensor);
            int lo = bytes.getInt(at + 40);
            int hi = bytes.getInt(at + 44);
            Check.range("tensor " + tensor + ": lower bound", lo, Integer.MIN_VALUE, hi);
            inputs.add(
                    new TensorSpec(
                            type.dtype(), type.shape(), quantization(at), new Interval(lo, hi)));
        }
        List<Graph.Weights> weights = weights();
        List<Graph.Node> nodes = nodes();
        List<Graph.Port> outputs = new ArrayList<>();
        for (int i = 0; i < header.outputs; i++) {
            int tensor = Short.toUnsignedInt(bytes.getShort(HEADER_OUTPUTS + i * Short.BYTES));
            Check.range("output " + i + ": tensor", tensor, 0, header.tensors() - 1L);
            outputs.add(new Graph.Port(tensor, quantization(tensorAt(tensor))));
        }
        return new Graph(
                List.copyOf(inputs),
                List.copyOf(weights),
                section,
                List.copyOf(nodes),
                List.copyOf(outputs));
    }

    private List<Graph.Weights> weights() throws InvalidModelException {
        List<Graph.Weights> weights = new ArrayList<>();
        long end = 0;
        for (int tensor = header.inputs; tensor < header.inputs + header.weights; tensor++) {
            TensorType type = type(tensor);
            Check.weights("tensor " + tensor, type);
            weights.add(new Graph.Weights(type, end));
            long data = end + type.shape().elements();
            end = Graph.aligned(data);
            Check.range("tensor " + tensor + ": end of weights", end, 0, header.weightBytes);
            for (long at = data; at < end; at++) {
                Check.equal(
                        "tensor " + tensor + ": padding",
                        section.get(ValueLayout.JAVA_BYTE, at),
                        0);
            }
        }
        Check.equal("bytes of weights", header.weightBytes, end);
        return weights;
    }

    private List<Graph.Node> nodes() throws InvalidModelException {
        List<Graph.Node> nodes = new ArrayList<>();
        int word = 0;
        for (int i = 0; i < header.ops; i++) {
            try {
                nodes.add(node(i, word));
            } catch (InvalidModelException e) {
                throw e.at("operation " + i);
            }
            word += bytes.getInt(opAt(i) + OP_BYTES - Integer.BYTES);
        }
        Check.equal("constants used", word, header.constantWords);
        return nodes;
    }

    private Graph.Node node(int index, int word) throws InvalidModelException {
        int at = opAt(index);
        Ops.Row row = Ops.of(Short.toUnsignedInt(bytes.getShort(at)));
        int inputCount = Short.toUnsignedInt(bytes.getShort(at + 2));
        Check.range("number of inputs", inputCount, 0, Limits.V1.portsMax());
        int[] inputs = new int[inputCount];
        for (int i = 0; i < inputCount; i++) {
            inputs[i] = Short.toUnsignedInt(bytes.getShort(at + 4 + i * Short.BYTES));
        }
        int words = bytes.getInt(at + OP_BYTES - Integer.BYTES);
        Check.range("number of constants", words, 0, header.constantWords - word);
        Ints attributes = words(at + OP_ATTRIBUTES, OpFields.ATTRIBUTES_MAX);
        Ints constants = words(header.constantsAt() + word * Integer.BYTES, words);
        Op op = row.decoder().read(new OpReader(new OpFields(attributes, constants)));
        return new Graph.Node(op, Ints.of(inputs), type(header.inputs + header.weights + index));
    }

    private Ints words(int at, int count) {
        int[] words = new int[count];
        for (int i = 0; i < count; i++) {
            words[i] = bytes.getInt(at + i * Integer.BYTES);
        }
        return Ints.of(words);
    }

    private TensorType type(int tensor) throws InvalidModelException {
        int at = tensorAt(tensor);
        try {
            DType dtype = DType.of(Byte.toUnsignedInt(bytes.get(at + 1)));
            int rank = Byte.toUnsignedInt(bytes.get(at + 2));
            Check.range("rank", rank, 1, Limits.V1.rankMax());
            long[] dims = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                dims[axis] = Integer.toUnsignedLong(bytes.getInt(at + 4 + axis * Integer.BYTES));
            }
            return new TensorType(dtype, Shape.checked(dims));
        } catch (InvalidModelException e) {
            throw e.at("tensor " + tensor);
        }
    }

    private Quantization quantization(int at) {
        return new Quantization(
                bytes.getLong(at + 32),
                Byte.toUnsignedInt(bytes.get(at + 3)),
                bytes.getInt(at + 28));
    }

    private int opAt(int op) {
        return header.opsAt() + op * OP_BYTES;
    }

    private int tensorAt(int tensor) {
        return header.tensorsAt() + tensor * TENSOR_BYTES;
    }
}

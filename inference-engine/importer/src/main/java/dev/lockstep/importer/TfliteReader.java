package dev.lockstep.importer;

import com.google.flatbuffers.Table;
import dev.lockstep.importer.TfliteModel.Operator;
import dev.lockstep.importer.TfliteModel.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Parses TensorFlow Lite files. A file is hostile until read: every table, vector and string is
 * checked to lie within the file before it is read, sizes before anything is allocated; a second
 * subgraph is refused, so there is no control flow.
 *
 * @source schema.fbs of TensorFlow Lite, numbers of fields
 */
final class TfliteReader {
    private static final String IDENTIFIER = "TFL3";
    private static final int TENSORS_MAX = 20_000;
    private static final int OPERATORS_MAX = 20_000;
    private static final int RANK_MAX = 6;
    private static final long ELEMENTS_MAX = 1L << 26;

    private final ByteBuffer file;
    private long bytesLeft;

    private TfliteReader(byte[] file) {
        this.file = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        // Offsets may share what they lead to; many that lead to the same large vector may not.
        bytesLeft = 2L * file.length + (1 << 16);
    }

    /** Whether a file says that it is of this kind. */
    static boolean recognizes(byte[] file) {
        return file.length >= 8
                && new String(file, 4, 4, StandardCharsets.ISO_8859_1).equals(IDENTIFIER);
    }

    static TfliteModel read(byte[] bytes) throws ImportException {
        try {
            return new TfliteReader(bytes).model();
        } catch (IndexOutOfBoundsException e) {
            throw outside(e);
        }
    }

    private static ImportException outside(IndexOutOfBoundsException e) {
        return new ImportException("malformed TFLite: an offset leads out of the file", e);
    }

    private TfliteModel model() throws ImportException {
        Fields model = new Fields(offset(0));
        List<Fields> codes = model.tables(1, "operator codes", OPERATORS_MAX);
        List<Fields> graphs = model.tables(2, "subgraphs", OPERATORS_MAX);
        if (graphs.size() != 1) {
            throw new ImportException(
                    "the file has "
                            + graphs.size()
                            + " subgraphs; only one is supported (no If, While or Call)");
        }
        Fields graph = graphs.getFirst();
        List<Fields> buffers = model.tables(4, "buffers", 2 * TENSORS_MAX);
        List<Tensor> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Fields table : graph.tables(0, "tensors", TENSORS_MAX)) {
            tensors.add(tensor(table, tensors.size(), buffers, names));
        }
        List<Operator> operators = new ArrayList<>();
        for (Fields table : graph.tables(3, "operators", OPERATORS_MAX)) {
            operators.add(operator(table, operators.size(), codes, tensors.size()));
        }
        return new TfliteModel(
                List.copyOf(tensors),
                List.copyOf(operators),
                indices(graph.wholes(1), tensors.size(), "the graph's inputs", 0),
                indices(graph.wholes(2), tensors.size(), "the graph's outputs", 0));
    }

    private int offset(int at) throws ImportException {
        long target = at + (file.getInt(at) & 0xffffffffL);
        if (target > file.limit() - 4) {
            throw new ImportException(
                    "malformed TFLite: the offset at " + at + " leads out of the file");
        }
        return (int) target;
    }

    private static List<Integer> indices(int[] values, int count, String what, int least)
            throws ImportException {
        List<Integer> out = new ArrayList<>();
        for (int value : values) {
            if (value < least || value >= count) {
                throw new ImportException(
                        "malformed TFLite: "
                                + what
                                + " name tensor "
                                + value
                                + "; there are "
                                + count);
            }
            out.add(value);
        }
        return List.copyOf(out);
    }

    private Tensor tensor(Fields table, int index, List<Fields> buffers, Set<String> names)
            throws ImportException {
        String given = table.text(3);
        String name = given.isEmpty() || !names.add(given) ? given + "#" + index : given;
        names.add(name);
        ElementType type = type(table.byteAt(1, 0), name);
        int[] shape = table.wholes(0);
        long count = 1;
        for (int dim : shape) {
            if (dim < 0 || shape.length > RANK_MAX || (count *= dim) > ELEMENTS_MAX) {
                throw new ImportException(
                        "tensor '"
                                + name
                                + "' has shape "
                                + Arrays.toString(shape)
                                + "; at most "
                                + RANK_MAX
                                + " dimensions, none negative, and "
                                + ELEMENTS_MAX
                                + " elements are supported");
            }
        }
        if (table.table(6) != null) {
            throw new ImportException("tensor '" + name + "' is sparse; only dense are supported");
        }
        float[] scale = {};
        long[] zeroPoint = {};
        int axis = 0;
        Fields quantization = table.table(4);
        if (quantization != null) {
            if (quantization.byteAt(4, 0) != 0) {
                throw new ImportException(
                        "tensor '" + name + "' has a custom quantisation, which is not supported");
            }
            scale = quantization.reals(2);
            zeroPoint = quantization.longs(3);
            axis = quantization.whole(6, 0);
            checkScales(name, shape, scale, zeroPoint, axis);
            if (zeroPoint.length == 0) {
                zeroPoint = new long[scale.length];
            }
        }
        int number = table.whole(2, 0);
        if (number < 0 || number >= buffers.size()) {
            throw new ImportException(
                    "tensor '" + name + "' has buffer " + number + "; there are " + buffers.size());
        }
        ByteBuffer data = buffers.get(number).bytes(0);
        OnnxTensor constant = null;
        if (data.hasRemaining()) {
            constant = OnnxTensorReader.fromRaw(name, type, shape, (int) count, data, false);
        }
        return new Tensor(
                name, type, shape, scale, zeroPoint, axis, constant, table.byteAt(5, 0) != 0);
    }

    private static void checkScales(
            String name, int[] shape, float[] scale, long[] zeroPoint, int axis)
            throws ImportException {
        boolean perIndex =
                scale.length > 1
                        && (axis < 0 || axis >= shape.length || shape[axis] != scale.length);
        if (perIndex || (zeroPoint.length != scale.length && zeroPoint.length != 0)) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' of shape "
                            + Arrays.toString(shape)
                            + " has "
                            + scale.length
                            + " scales and "
                            + zeroPoint.length
                            + " zero points along axis "
                            + axis);
        }
    }

    private static ElementType type(int code, String name) throws ImportException {
        return switch (code) {
            case 0 -> ElementType.FLOAT;
            case 1 -> ElementType.FLOAT16;
            case 2 -> ElementType.INT32;
            case 3 -> ElementType.UINT8;
            case 4 -> ElementType.INT64;
            case 6 -> ElementType.BOOL;
            case 7 -> ElementType.INT16;
            case 9 -> ElementType.INT8;
            case 10 -> ElementType.DOUBLE;
            case 15 -> ElementType.UINT32;
            case 16 -> ElementType.UINT16;
            case 17 -> ElementType.INT4;
            default ->
                    throw new ImportException(
                            "tensor '"
                                    + name
                                    + "' has element type "
                                    + code
                                    + "; supported are float, half, int4 to int64 and bool");
        };
    }

    private Operator operator(Fields table, int index, List<Fields> codes, int tensors)
            throws ImportException {
        int which = table.whole(0, 0);
        if (which < 0 || which >= codes.size()) {
            throw new ImportException(
                    "malformed TFLite: operator "
                            + index
                            + " has code "
                            + which
                            + "; there are "
                            + codes.size());
        }
        Fields code = codes.get(which);
        String what = "operator " + index;
        Fields options = table.table(4);
        return new Operator(
                index,
                // Codes above 127 are in a field of their own; the old one then holds 127.
                Math.max(code.byteAt(0, 0), code.whole(3, 0)),
                code.text(1),
                indices(table.wholes(1), tensors, "the inputs of " + what, -1),
                indices(table.wholes(2), tensors, "the outputs of " + what, 0),
                indices(table.wholes(8), tensors, "the intermediates of " + what, -1),
                options == null ? new Fields(-1) : options);
    }

    /**
     * A table of the file, by numbers of fields. The runtime of FlatBuffers finds a field; that it
     * lies within the file is checked here, since that runtime trusts its input.
     */
    private final class Fields extends Table implements TfliteModel.Options {
        private final boolean exists;

        /**
         * @param position of the table; -1 for one without fields
         */
        Fields(int position) {
            exists = position >= 0;
            if (exists) {
                __reset(position, file);
            }
        }

        /** Position of a field, 0 where it is absent. */
        private int at(int field) {
            int offset = exists ? __offset(4 + 2 * field) : 0;
            return offset == 0 ? 0 : offset + bb_pos;
        }

        @Override
        public int whole(int field, int otherwise) throws ImportException {
            return value(field, otherwise, file::getInt);
        }

        @Override
        public float real(int field, float otherwise) throws ImportException {
            return value(field, otherwise, file::getFloat);
        }

        @Override
        public int byteAt(int field, int otherwise) throws ImportException {
            return value(field, otherwise, at -> (int) file.get(at));
        }

        private <T> T value(int field, T otherwise, IntFunction<T> read) throws ImportException {
            try {
                int at = at(field);
                return at == 0 ? otherwise : read.apply(at);
            } catch (IndexOutOfBoundsException e) {
                throw outside(e);
            }
        }

        @Nullable Fields table(int field) {
            int at = at(field);
            return at == 0 ? null : new Fields(target(at));
        }

        /** Start of the elements of a vector, checked to lie within the file with all of them. */
        private ByteBuffer vector(int field, int width) {
            int at = at(field);
            if (at == 0) {
                return ByteBuffer.allocate(0);
            }
            int vector = target(at);
            long bytes = (file.getInt(vector) & 0xffffffffL) * width;
            if (bytes > file.limit() - 4L - vector) {
                throw new IndexOutOfBoundsException(vector);
            }
            bytesLeft -= bytes;
            if (bytesLeft < 0) {
                throw new IndexOutOfBoundsException("more in vectors than the file has bytes");
            }
            return file.slice(vector + 4, (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private int target(int at) {
            long target = at + (file.getInt(at) & 0xffffffffL);
            if (target > file.limit() - 4) {
                throw new IndexOutOfBoundsException(at);
            }
            return (int) target;
        }

        ByteBuffer bytes(int field) {
            return vector(field, 1);
        }

        String text(int field) {
            return StandardCharsets.UTF_8.decode(vector(field, 1)).toString();
        }

        @Override
        public int[] wholes(int field) throws ImportException {
            try {
                ByteBuffer vector = vector(field, 4);
                int[] out = new int[vector.remaining() / 4];
                vector.asIntBuffer().get(out);
                return out;
            } catch (IndexOutOfBoundsException e) {
                throw outside(e);
            }
        }

        float[] reals(int field) {
            ByteBuffer vector = vector(field, 4);
            float[] out = new float[vector.remaining() / 4];
            vector.asFloatBuffer().get(out);
            return out;
        }

        long[] longs(int field) {
            ByteBuffer vector = vector(field, 8);
            long[] out = new long[vector.remaining() / 8];
            vector.asLongBuffer().get(out);
            return out;
        }

        List<Fields> tables(int field, String what, int most) throws ImportException {
            ByteBuffer vector = vector(field, 4);
            int count = vector.remaining() / 4;
            if (count > most) {
                throw new ImportException(
                        "the file has " + count + " " + what + "; at most " + most + " are read");
            }
            int start = count == 0 ? 0 : target(at(field)) + 4;
            List<Fields> out = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                out.add(new Fields(target(start + 4 * i)));
            }
            return out;
        }
    }
}

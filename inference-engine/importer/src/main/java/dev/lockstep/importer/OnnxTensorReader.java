package dev.lockstep.importer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Parses ONNX's TensorProto: dims first, then exactly as many elements, from raw bytes or from a
 * typed list.
 */
final class OnnxTensorReader {
    private static final int RANK_MAX = 8;
    private static final long ELEMENTS_MAX = 1L << 27;
    private static final int EXTERNAL = 1;

    private final List<Long> dims = new ArrayList<>();
    private final List<Float> floatData = new ArrayList<>();
    private final List<Long> wholeData = new ArrayList<>();
    private final List<Double> doubleData = new ArrayList<>();
    private int type;
    private String name = "";
    private ByteBuffer raw = ByteBuffer.allocate(0);
    private boolean external;
    private boolean takesAny;

    private OnnxTensorReader() {}

    static OnnxTensor read(ProtoReader in) throws ImportException {
        return read(in, false);
    }

    /**
     * @param takesAny whether elements may be NaN
     */
    static OnnxTensor read(ProtoReader in, boolean takesAny) throws ImportException {
        OnnxTensorReader reader = new OnnxTensorReader();
        reader.takesAny = takesAny;
        reader.fields(in);
        return reader.tensor();
    }

    private void fields(ProtoReader in) throws ImportException {
        while (in.next()) {
            switch (in.field()) {
                case 1 -> varints(in, dims);
                case 2 -> type = (int) in.varint();
                case 3 ->
                        throw new ImportException(
                                "tensor '" + name + "' is segmented; segments are not supported");
                case 4 -> floats(in, floatData);
                case 5, 7, 11 -> varints(in, wholeData);
                case 8 -> name = in.string();
                case 9 -> raw = in.message().rest();
                case 10 -> doubles(in);
                case 13 -> {
                    external = true;
                    in.skip();
                }
                case 14 -> external |= in.varint() == EXTERNAL;
                default -> in.skip();
            }
        }
    }

    private OnnxTensor tensor() throws ImportException {
        if (external) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' keeps its data in another file; external data is not supported, save the model with its weights inside");
        }
        if (dims.size() > RANK_MAX) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' has "
                            + dims.size()
                            + " dimensions; at most "
                            + RANK_MAX
                            + " are supported");
        }
        long count = 1;
        for (long dim : dims) {
            if (dim < 0 || dim > ELEMENTS_MAX || count * dim > ELEMENTS_MAX) {
                throw new ImportException(
                        "tensor '"
                                + name
                                + "' has dims "
                                + dims
                                + "; each must be 0 or more and their product at most "
                                + ELEMENTS_MAX);
            }
            count *= dim;
        }
        int[] shape = dims.stream().mapToInt(Long::intValue).toArray();
        ElementType element = ElementType.of(type, "tensor '" + name + "'");
        int typed = floatData.size() + wholeData.size() + doubleData.size();
        if (raw.hasRemaining() && typed > 0) {
            throw new ImportException("tensor '" + name + "' gives its data twice, raw and typed");
        }
        return raw.hasRemaining() || count == 0
                ? fromRaw(name, element, shape, (int) count, raw, takesAny)
                : fromTyped(element, shape, (int) count, typed);
    }

    /**
     * Little-endian elements without gaps; those of less than 8 bits share one, the first its
     * lowest bits.
     */
    static OnnxTensor fromRaw(
            String name,
            ElementType element,
            int[] shape,
            int count,
            ByteBuffer raw,
            boolean takesAny)
            throws ImportException {
        long bytes = ((long) count * element.bits() + 7) / 8;
        if (raw.remaining() != bytes) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' of dims "
                            + Arrays.toString(shape)
                            + " needs "
                            + bytes
                            + " bytes of data and has "
                            + raw.remaining());
        }
        if (element.isReal()) {
            double[] values = new double[count];
            for (int i = 0; i < count; i++) {
                values[i] =
                        switch (element) {
                            case FLOAT -> raw.getFloat();
                            case FLOAT16 -> Float.float16ToFloat(raw.getShort());
                            case BFLOAT16 -> brain(raw.getShort());
                            default -> raw.getDouble();
                        };
            }
            return reals(name, element, shape, values, takesAny);
        }
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (element) {
                        case UINT8, BOOL -> raw.get() & 0xff;
                        case INT8 -> raw.get();
                        case UINT16 -> raw.getShort() & 0xffff;
                        case INT16 -> raw.getShort();
                        case INT32 -> raw.getInt();
                        case UINT32 -> raw.getInt() & 0xffffffffL;
                        case UINT4, INT4, UINT2, INT2 -> part(element, raw, i);
                        default -> inRange(name, element, raw.getLong());
                    };
        }
        return OnnxTensor.ofLongs(name, element, shape, values);
    }

    private static long part(ElementType element, ByteBuffer raw, int i) {
        int each = Byte.SIZE / element.bits();
        return part(element, raw.get(i / each), i % each);
    }

    /** Of several elements in a byte the first has the lowest bits. */
    private static long part(ElementType element, long all, int which) {
        long bits = all >> (element.bits() * which) & ((1 << element.bits()) - 1);
        return bits > element.max() ? bits - (1 << element.bits()) : bits;
    }

    private OnnxTensor fromTyped(ElementType element, int[] shape, int count, int typed)
            throws ImportException {
        int each = element.bits() < Byte.SIZE ? Byte.SIZE / element.bits() : 1;
        int needed = (count + each - 1) / each;
        if (typed != needed) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' of dims "
                            + dims
                            + " needs "
                            + needed
                            + " elements and has "
                            + typed);
        }
        int right =
                switch (element) {
                    case FLOAT -> floatData.size();
                    case DOUBLE -> doubleData.size();
                    default -> wholeData.size();
                };
        if (right != needed) {
            throw new ImportException(
                    "tensor '" + name + "' holds its data in a list of the wrong kind");
        }
        if (!element.isReal()) {
            long[] values = new long[count];
            for (int i = 0; i < count; i++) {
                values[i] =
                        each > 1
                                ? part(element, wholeData.get(i / each), i % each)
                                : inRange(name, element, wholeData.get(i));
            }
            return OnnxTensor.ofLongs(name, element, shape, values);
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (element) {
                        case FLOAT -> floatData.get(i);
                        case DOUBLE -> doubleData.get(i);
                        case BFLOAT16 -> brain(wholeData.get(i));
                        default -> Float.float16ToFloat((short) (long) wholeData.get(i));
                    };
        }
        return reals(name, element, shape, values, takesAny);
    }

    /** A bfloat16 is the upper half of a float. */
    private static float brain(long bits) {
        return Float.intBitsToFloat((int) bits << 16);
    }

    private static OnnxTensor reals(
            String name, ElementType element, int[] shape, double[] values, boolean takesAny)
            throws ImportException {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
            if (!takesAny && Float.isNaN(narrow[i])) {
                throw new ImportException("tensor '" + name + "' holds a value that is no number");
            }
        }
        OnnxTensor tensor = OnnxTensor.ofFloats(name, element, shape, narrow);
        return element == ElementType.DOUBLE ? tensor.withDoubles(values) : tensor;
    }

    private static long inRange(String name, ElementType element, long value)
            throws ImportException {
        if (value < element.min() || value > element.max()) {
            throw new ImportException(
                    "tensor '"
                            + name
                            + "' holds "
                            + value
                            + "; its type has "
                            + element.min()
                            + " to "
                            + element.max());
        }
        return value;
    }

    private void doubles(ProtoReader in) throws ImportException {
        ByteBuffer packed = in.message().rest();
        if (packed.remaining() % 8 != 0) {
            throw new ImportException(
                    "malformed ONNX: a packed list of doubles before offset "
                            + in.position()
                            + " is not a whole number of elements");
        }
        while (packed.hasRemaining()) {
            doubleData.add(packed.getDouble());
        }
    }

    /** A repeated whole number, packed or not. */
    static void varints(ProtoReader in, List<Long> out) throws ImportException {
        if (in.wireType() == ProtoReader.VARINT) {
            out.add(in.varint());
            return;
        }
        ProtoReader packed = in.message();
        while (!packed.atEnd()) {
            out.add(packed.rawVarint());
        }
    }

    /** A repeated float, packed or not. */
    static void floats(ProtoReader in, List<Float> out) throws ImportException {
        if (in.wireType() == ProtoReader.FIXED32) {
            out.add(in.fixed32());
            return;
        }
        ByteBuffer packed = in.message().rest();
        if (packed.remaining() % 4 != 0) {
            throw new ImportException(
                    "malformed ONNX: a packed list of floats before offset "
                            + in.position()
                            + " is not a whole number of elements");
        }
        while (packed.hasRemaining()) {
            out.add(packed.getFloat());
        }
    }

    static float[] floatArray(List<Float> values) {
        float[] out = new float[values.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = values.get(i);
        }
        return out;
    }
}

package dev.lockstep.importer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads protobuf fields from a slice of a file, strictly: every length is checked against what is
 * left, and every complaint names its offset in the file. It never calls itself, so nesting in the
 * file cannot exhaust the stack.
 */
final class ProtoReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private final byte[] data;
    private final int limit;
    private int position;
    private int field;
    private int wireType;

    ProtoReader(byte[] data) {
        this(data, 0, data.length);
    }

    private ProtoReader(byte[] data, int position, int limit) {
        this.data = data;
        this.position = position;
        this.limit = limit;
    }

    /** Moves to the next field; false at the end of the message. */
    boolean next() throws ImportException {
        if (position == limit) {
            return false;
        }
        int start = position;
        long key = rawVarint();
        if (key >>> 3 < 1 || key >>> 3 > 0x1fffffff) {
            throw malformed("field number " + (key >>> 3) + " at offset " + start);
        }
        field = (int) (key >>> 3);
        wireType = (int) (key & 7);
        return true;
    }

    int field() {
        return field;
    }

    int wireType() {
        return wireType;
    }

    int position() {
        return position;
    }

    int remaining() {
        return limit - position;
    }

    boolean atEnd() {
        return position == limit;
    }

    long varint() throws ImportException {
        expect(VARINT);
        return rawVarint();
    }

    /** A varint without a key, as in a packed list. */
    long rawVarint() throws ImportException {
        int start = position;
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position == limit) {
                throw malformed("number cut off at offset " + start);
            }
            byte b = data[position++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) {
                    break;
                }
                return value;
            }
        }
        throw malformed("number longer than 64 bits at offset " + start);
    }

    float fixed32() throws ImportException {
        expect(FIXED32);
        need(4);
        int bits = ByteBuffer.wrap(data, position, 4).order(ByteOrder.LITTLE_ENDIAN).getInt();
        position += 4;
        return Float.intBitsToFloat(bits);
    }

    /** The content of a length-delimited field, as a reader of its own. */
    ProtoReader message() throws ImportException {
        expect(BYTES);
        int start = position;
        long length = rawVarint();
        if (length < 0 || length > limit - position) {
            throw malformed(
                    "length "
                            + Long.toUnsignedString(length)
                            + " at offset "
                            + start
                            + ", "
                            + (limit - position)
                            + " bytes left");
        }
        ProtoReader inner = new ProtoReader(data, position, position + (int) length);
        position += (int) length;
        return inner;
    }

    /** What is left, little endian. */
    ByteBuffer rest() {
        ByteBuffer buffer =
                ByteBuffer.wrap(data, position, limit - position)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        position = limit;
        return buffer;
    }

    String string() throws ImportException {
        int start = position;
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(message().rest()).toString();
        } catch (CharacterCodingException e) {
            throw new ImportException(
                    "malformed ONNX: text at offset " + start + " is not UTF-8", e);
        }
    }

    void skip() throws ImportException {
        switch (wireType) {
            case VARINT -> rawVarint();
            case FIXED64 -> advance(8);
            case BYTES -> message();
            case FIXED32 -> advance(4);
            default ->
                    throw malformed(
                            "wire type "
                                    + wireType
                                    + " of field "
                                    + field
                                    + " at offset "
                                    + position);
        }
    }

    private void advance(int count) throws ImportException {
        need(count);
        position += count;
    }

    private void need(int count) throws ImportException {
        if (limit - position < count) {
            throw malformed(
                    "file cut off at offset "
                            + position
                            + ": "
                            + count
                            + " bytes expected, "
                            + (limit - position)
                            + " left");
        }
    }

    private void expect(int expected) throws ImportException {
        if (wireType != expected) {
            throw malformed(
                    "field "
                            + field
                            + " has wire type "
                            + wireType
                            + " instead of "
                            + expected
                            + " at offset "
                            + position);
        }
    }

    private static ImportException malformed(String what) {
        return new ImportException("malformed ONNX: " + what);
    }
}

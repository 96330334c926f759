package dev.lockstep.importer;

/**
 * ONNX's types of elements.
 *
 * @source onnx.proto, TensorProto.DataType
 */
enum ElementType {
    FLOAT(1, 32),
    UINT8(2, 8),
    INT8(3, 8),
    UINT16(4, 16),
    INT16(5, 16),
    INT32(6, 32),
    INT64(7, 64),
    BOOL(9, 8),
    FLOAT16(10, 16),
    DOUBLE(11, 64),
    UINT32(12, 32),
    UINT4(21, 4),
    INT4(22, 4);

    private final int code;
    private final int bits;

    ElementType(int code, int bits) {
        this.code = code;
        this.bits = bits;
    }

    /** Its number in a file. */
    int code() {
        return code;
    }

    int bits() {
        return bits;
    }

    boolean isReal() {
        return this == FLOAT || this == FLOAT16 || this == DOUBLE;
    }

    boolean isSigned() {
        return this != UINT8 && this != UINT16 && this != UINT32 && this != UINT4 && this != BOOL;
    }

    /** Least value of a type of whole numbers. */
    long min() {
        return isSigned() ? -1L << (bits - 1) : 0;
    }

    /** Greatest value of a type of whole numbers. */
    long max() {
        return isSigned() ? ~min() : (1L << bits) - 1;
    }

    /** The type of this number, where it is among those known here. */
    static ElementType of(long code, String where) throws ImportException {
        for (ElementType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new ImportException(
                where
                        + " has element type "
                        + code
                        + "; supported are float, double, float16, int4, int8, int16, int32, int64, bool"
                        + " and the unsigned ones up to uint32");
    }
}

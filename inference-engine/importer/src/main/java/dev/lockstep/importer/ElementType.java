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
    UINT64(13, 64),
    BFLOAT16(16, 16),
    UINT4(21, 4),
    INT4(22, 4),
    UINT2(25, 2),
    INT2(26, 2);

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
        return this == FLOAT || this == FLOAT16 || this == BFLOAT16 || this == DOUBLE;
    }

    boolean isSigned() {
        return switch (this) {
            case UINT2, UINT4, UINT8, UINT16, UINT32, UINT64, BOOL -> false;
            default -> true;
        };
    }

    /** Least value of a type of whole numbers. */
    long min() {
        return isSigned() ? -1L << (bits - 1) : 0;
    }

    /** Greatest value of a type of whole numbers; of 64 bits those are taken that Java has. */
    long max() {
        return isSigned() ? ~min() : -1L >>> Math.max(1, 64 - bits);
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
                        + "; supported are float, double, float16, bfloat16, bool, and integers of 2, 4, 8, 16, 32"
                        + " and 64 bits, signed and unsigned");
    }
}

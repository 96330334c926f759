package dev.lockstep.inference;

/**
 * Type of a tensor's elements. The code is part of the model format.
 *
 * <p>The lowest bit pattern of {@code I16} (-32768) and of {@code W8} (-128) is not a value: so
 * negation and the sum of two products never overflow.
 */
public enum DType {
    /** Activations of convolutional networks; any zero point. */
    I8(1, 1, Byte.MIN_VALUE, Byte.MAX_VALUE),
    /** Activations that need precision, lookup tables, probabilities; zero point 0. */
    I16(2, 2, -Short.MAX_VALUE, Short.MAX_VALUE),
    /** Logits, indices, residuals; zero point 0. */
    I32(3, 4, Integer.MIN_VALUE, Integer.MAX_VALUE),
    /** Weights, symmetric; never an input or a result. */
    W8(4, 1, -Byte.MAX_VALUE, Byte.MAX_VALUE),
    /**
     * Features of classical models, each a float32; only ever an input, with no scale. While a
     * model runs, and in an interval, an element is its {@link FloatKey}.
     */
    F32(5, 4, FloatKey.MISSING, FloatKey.INFINITY);

    private final int code;
    private final int bytes;
    private final int min;
    private final int max;

    DType(int code, int bytes, int min, int max) {
        this.code = code;
        this.bytes = bytes;
        this.min = min;
        this.max = max;
    }

    /** Number of this type in a model file. */
    public int code() {
        return code;
    }

    /** Bytes of one element in a model file, an input or an output. */
    public int bytes() {
        return bytes;
    }

    /** Least valid value. */
    public int min() {
        return min;
    }

    /** Greatest valid value. */
    public int max() {
        return max;
    }

    /** Whether elements are weights, as opposed to activations. */
    public boolean isWeights() {
        return this == W8;
    }

    /** The integer that a run computes with for an element as it stands in an input. */
    public int decode(int element) {
        return this == F32 ? FloatKey.ofBits(element) : element;
    }

    static DType of(int code) throws InvalidModelException {
        for (DType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new InvalidModelException("element type " + code + " is unknown; allowed are 1 to 5");
    }

    Interval range() {
        return new Interval(min, max);
    }
}

package dev.lockstep.importer;

import dev.lockstep.inference.DType;
import dev.lockstep.inference.Ints;
import dev.lockstep.inference.Quantization;
import java.math.BigDecimal;
import java.util.function.DoubleUnaryOperator;

/**
 * How a tensor's integers stand for its real values: {@code real = (q - zeroPoint) · scale}.
 *
 * @param scale positive; a float, hence an exact binary fraction
 */
record TensorScale(DType dtype, float scale, int zeroPoint) {
    /** Whole numbers that stand for themselves: indices and counts. */
    static final TensorScale WHOLE = new TensorScale(DType.I32, 1, 0);

    /** Truth: 1 or 0. */
    static final TensorScale BIT = new TensorScale(DType.I8, 1, 0);

    private static final int MANTISSA_BITS = 24;

    /** Fractional bits of results that keep their precision, unless their size asks for others. */
    private static final int OUTPUT_BITS = 16;

    /**
     * What 16 bits can hold beyond the range seen: one bit of fifteen, against inputs wilder than
     * the samples.
     */
    private static final float HEADROOM = 2;

    /**
     * A scale that a file gives. Unsigned integers become signed ones by taking half of their range
     * from them and from the zero point, which changes no value.
     *
     * @throws ImportException where this type of integers has no counterpart
     */
    static TensorScale given(ElementType type, float scale, long zeroPoint, String where)
            throws ImportException {
        if (!(scale >= Float.MIN_NORMAL && scale < Float.POSITIVE_INFINITY)) {
            throw new ImportException(where + ": scale is " + scale + "; it must be positive");
        }
        DType dtype =
                switch (type) {
                    case UINT8, INT8, UINT4, INT4, UINT2, INT2 -> DType.I8;
                    case UINT16, INT16 -> DType.I16;
                    case INT32 -> DType.I32;
                    default ->
                            throw new ImportException(
                                    where
                                            + ": activations of type "
                                            + type
                                            + " are not supported; supported are integers of 2, 4, 8 and 16 bits, and int32");
                };
        long signed = zeroPoint - offset(type);
        if (signed < dtype.min() || signed > dtype.max() || (dtype != DType.I8 && signed != 0)) {
            throw new ImportException(
                    where
                            + ": zero point "
                            + zeroPoint
                            + " of type "
                            + type
                            + "; 16- and 32-bit activations must have it in the middle of their range");
        }
        return new TensorScale(dtype, scale, (int) signed);
    }

    /** What is taken from integers of a type so that they are signed. */
    static int offset(ElementType type) {
        return switch (type) {
            case UINT8 -> 1 << 7;
            case UINT16 -> 1 << 15;
            default -> 0;
        };
    }

    /**
     * The real number that a number of the file stands for; where this type has the width of the
     * file's, unsigned numbers have lost half of their range.
     */
    double real(ElementType type, long number) {
        boolean shifted = dtype.bytes() * Byte.SIZE == type.bits();
        return real((int) (number - (shifted ? offset(type) : 0)));
    }

    /** The scale of an activation. */
    static TensorScale of(DType dtype, Range range) {
        return dtype == DType.I8 ? narrow(range) : wide(range);
    }

    /**
     * The scale of an input. In 8 bits, whole numbers that fit stand for themselves. 16 bits get a
     * power of two, so that whole numbers stay exact and a contract can form the integers by a
     * shift.
     */
    static TensorScale ofInput(DType dtype, Range range) {
        if (dtype == DType.I8) {
            if (range.wholeNumbers() && range.low() >= -128 && range.high() <= 127) {
                return new TensorScale(dtype, 1, 0);
            }
            if (range.wholeNumbers() && range.low() >= 0 && range.high() <= 255) {
                return new TensorScale(dtype, 1, -128);
            }
            return narrow(range);
        }
        float scale = wide(range).scale();
        if (range.wholeNumbers() && scale > 1 && range.magnitude() <= DType.I16.max()) {
            return new TensorScale(dtype, 1, 0);
        }
        int exponent = Math.getExponent(scale);
        boolean isPower = Math.scalb(1f, exponent) == scale;
        return new TensorScale(dtype, Math.scalb(1f, isPower ? exponent : exponent + 1), 0);
    }

    /**
     * The scale of a result in 32 bits: a power of two that leaves room for 128 times the range
     * seen.
     */
    static TensorScale precise(Range range) {
        int exponent = range.magnitude() == 0 ? 0 : Math.getExponent(range.magnitude()) + 1;
        boolean usual = exponent >= -3 && exponent <= 8;
        int bits = usual ? OUTPUT_BITS : Math.clamp(24 - exponent, -62, 40);
        return new TensorScale(DType.I32, Math.scalb(1f, -bits), 0);
    }

    private static TensorScale narrow(Range range) {
        float scale = (float) (((double) range.high() - range.low()) / 255);
        if (!(scale >= Float.MIN_NORMAL)) {
            return new TensorScale(DType.I8, 1, 0);
        }
        int zeroPoint =
                (int)
                        Math.clamp(
                                StrictMath.rint(-128 - range.low() / (double) scale),
                                -128.0,
                                127.0);
        return new TensorScale(DType.I8, scale, zeroPoint);
    }

    private static TensorScale wide(Range range) {
        float scale = HEADROOM * range.magnitude() / DType.I16.max();
        return new TensorScale(DType.I16, scale >= Float.MIN_NORMAL ? scale : 1, 0);
    }

    BigDecimal exact() {
        return new BigDecimal(scale);
    }

    /** The nearest integer, half to even, cut to the type. */
    int quantize(double real) {
        double q = StrictMath.rint(real / scale) + zeroPoint;
        return (int) Math.clamp(q, (double) dtype.min(), (double) dtype.max());
    }

    /** Whether a real value is beyond what the type can hold, by more than rounding. */
    boolean saturates(double real) {
        double q = StrictMath.rint(real / scale) + zeroPoint;
        return q < dtype.min() || q > dtype.max();
    }

    double real(int q) {
        return ((double) q - zeroPoint) * scale;
    }

    /**
     * A function as a table over this scale, with results in another: 256 entries for 8 bits, 513
     * points at every 128th integer for 16 bits.
     */
    Ints table(DoubleUnaryOperator function, TensorScale to) {
        boolean narrow = dtype == DType.I8;
        int[] entries = new int[narrow ? 256 : 513];
        for (int i = 0; i < entries.length; i++) {
            int q = narrow ? i - 128 : 128 * i - 32768;
            entries[i] = to.quantize(function.applyAsDouble(real(q)));
        }
        return Ints.of(entries);
    }

    /** As the model file has it: the float's mantissa and exponent, without trailing zeros. */
    Quantization quantization() {
        int exponent = Math.getExponent(scale) - MANTISSA_BITS + 1;
        long mantissa = (long) Math.scalb((double) scale, -exponent);
        int zeros = Long.numberOfTrailingZeros(mantissa);
        mantissa >>= zeros;
        exponent += zeros;
        return exponent >= 0
                ? new Quantization(mantissa << exponent, 0, zeroPoint)
                : new Quantization(mantissa, -exponent, zeroPoint);
    }
}

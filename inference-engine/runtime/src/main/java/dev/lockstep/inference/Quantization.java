package dev.lockstep.inference;

/**
 * How integers stand for real numbers: {@code real = (q - zeroPoint) * multiplier / 2^shift}.
 *
 * @param multiplier 1 to 2^62
 * @param shift 0 to 127
 * @param zeroPoint a valid value of the type; 0 unless the type is {@link DType#I8}
 */
public record Quantization(long multiplier, int shift, int zeroPoint) {
    /** Integers that stand for themselves. */
    public static final Quantization IDENTITY = new Quantization(1, 0, 0);

    /** Probabilities in Q15, as {@link Softmax} yields them. */
    public static final Quantization Q15 = new Quantization(1, 15, 0);

    static final long MULTIPLIER_MAX = 1L << 62;
    static final int SHIFT_MAX = 127;

    void check(DType dtype) throws InvalidModelException {
        if (multiplier < 1 || multiplier > MULTIPLIER_MAX) {
            throw new InvalidModelException(
                    "scale multiplier is " + multiplier + "; allowed 1.." + MULTIPLIER_MAX);
        }
        if (shift < 0 || shift > SHIFT_MAX) {
            throw new InvalidModelException(
                    "scale shift is " + shift + "; allowed 0.." + SHIFT_MAX);
        }
        if (dtype == DType.F32 && !equals(IDENTITY)) {
            throw new InvalidModelException(
                    "scale is " + multiplier + " / 2^" + shift + "; floats have none: 1 / 2^0");
        }
        int lo = dtype == DType.I8 ? dtype.min() : 0;
        int hi = dtype == DType.I8 ? dtype.max() : 0;
        if (zeroPoint < lo || zeroPoint > hi) {
            throw new InvalidModelException(
                    "zero point is " + zeroPoint + "; allowed for " + dtype + " " + lo + ".." + hi);
        }
    }
}

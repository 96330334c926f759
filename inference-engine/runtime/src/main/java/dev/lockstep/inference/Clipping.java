package dev.lockstep.inference;

/**
 * The end of a rescaling: the zero point is added, the result clipped.
 *
 * @param zeroPoint what stands for zero in the result
 * @param lo least result
 * @param hi greatest result
 */
public record Clipping(int zeroPoint, int lo, int hi) {
    /** The whole range of a type. */
    public static Clipping of(int zeroPoint, DType output) {
        return new Clipping(zeroPoint, output.min(), output.max());
    }

    static Clipping read(OpReader r) {
        return new Clipping(r.attribute(), r.attribute(), r.attribute());
    }

    Ints attributes() {
        return Ints.of(zeroPoint, lo, hi);
    }

    void check(DType output) throws InvalidModelException {
        new Quantization(1, 0, zeroPoint).check(output);
        Check.range("lower clip", lo, output.min(), output.max());
        Check.range("upper clip", hi, lo, output.max());
    }

    int apply(long rescaled) {
        return FixedPoint.clip(zeroPoint + rescaled, lo, hi);
    }
}

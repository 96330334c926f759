package dev.lockstep.inference;

/**
 * An input or output of a model.
 *
 * @param range the values that an input may hold, or that an output is proven to stay within
 */
public record TensorSpec(DType dtype, Shape shape, Quantization quantization, Interval range) {
    /** Bytes of this tensor in an input or output. */
    public int bytes() {
        return Math.multiplyExact(shape.elements(), dtype.bytes());
    }
}

package dev.lockstep.inference;

/** What a tensor's elements are and how many. */
public record TensorType(DType dtype, Shape shape) {
    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}

package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;

/**
 * A tensor while a model runs. Activations of every type are 32-bit integers in a shared array,
 * from {@code offset} on; weights are bytes.
 */
public final class Tensor {
    private final TensorType type;
    private final int[] data;
    private final int offset;
    private final MemorySegment weights;

    private Tensor(TensorType type, int[] data, int offset, MemorySegment weights) {
        this.type = type;
        this.data = data;
        this.offset = offset;
        this.weights = weights;
    }

    /** Activations in {@code data}, from {@code offset} on. */
    public static Tensor activations(TensorType type, int[] data, int offset) {
        return new Tensor(type, data, offset, MemorySegment.NULL);
    }

    /** Weights in {@code bytes}. */
    public static Tensor weights(TensorType type, MemorySegment bytes) {
        return new Tensor(type, new int[0], 0, bytes);
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return type.shape();
    }

    public int[] data() {
        return data;
    }

    public int offset() {
        return offset;
    }

    public MemorySegment weights() {
        return weights;
    }
}

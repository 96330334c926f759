package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * A tensor while a model runs. Activations of every type are 32-bit integers in a shared array,
 * from {@code offset} on; weights are bytes.
 */
public final class Tensor {
    private final TensorType type;
    private final int[] data;
    private final int offset;
    private final MemorySegment weights;
    private final Preparations preparations;

    private Tensor(
            TensorType type,
            int[] data,
            int offset,
            MemorySegment weights,
            Preparations preparations) {
        this.type = type;
        this.data = data;
        this.offset = offset;
        this.weights = weights;
        this.preparations = preparations;
    }

    /** Activations in {@code data}, from {@code offset} on. */
    public static Tensor activations(TensorType type, int[] data, int offset) {
        return activations(type, data, offset, new Preparations());
    }

    static Tensor activations(TensorType type, int[] data, int offset, Preparations preparations) {
        return new Tensor(type, data, offset, MemorySegment.NULL, preparations);
    }

    /** Weights in {@code bytes}. */
    public static Tensor weights(TensorType type, MemorySegment bytes) {
        return new Tensor(type, new int[0], 0, bytes, new Preparations());
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

    /**
     * What a backend prepared for an operation on these weights, or for the one without weights
     * that yields these activations: made at first need, then shared by all sessions of the model.
     */
    public <P extends Prepared> P prepared(
            Op op, Shape input, Class<P> type, Supplier<P> preparation) {
        return preparations.get(op, input, type, preparation);
    }

    /** Memory that backends prepared so far. */
    long preparedBytes() {
        return preparations.bytes();
    }
}

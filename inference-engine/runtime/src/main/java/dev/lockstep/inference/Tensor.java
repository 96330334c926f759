package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tensor while a model runs. Activations of every type are 32-bit integers in a shared array,
 * from {@code offset} on; weights are bytes.
 */
public final class Tensor {
    private final TensorType type;
    private final int[] data;
    private final int offset;
    private final MemorySegment weights;
    private volatile List<Use> uses = List.of();

    /** What one backend prepared for one operation and shape of its input. */
    private record Use(Op op, Shape input, Prepared prepared) {}

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

    /**
     * What a backend prepared of these weights for an operation: made at first need, then shared by
     * all sessions of the model.
     */
    public <P extends Prepared> P prepared(
            Op op, Shape input, Class<P> type, Supplier<P> preparation) {
        P found = find(op, input, type);
        return found != null ? found : prepare(op, input, type, preparation);
    }

    // One operation is one object: to compare parameters would cost more than some kernels.
    @SuppressWarnings("ReferenceEquality")
    private <P extends Prepared> @Nullable P find(Op op, Shape input, Class<P> type) {
        List<Use> present = uses;
        for (int i = 0; i < present.size(); i++) {
            Use use = present.get(i);
            if (use.op == op && type.isInstance(use.prepared) && use.input.equals(input)) {
                return type.cast(use.prepared);
            }
        }
        return null;
    }

    private synchronized <P extends Prepared> P prepare(
            Op op, Shape input, Class<P> type, Supplier<P> preparation) {
        P found = find(op, input, type);
        if (found != null) {
            return found;
        }
        P prepared = preparation.get();
        List<Use> more = new ArrayList<>(uses);
        more.add(new Use(op, input, prepared));
        uses = List.copyOf(more);
        return prepared;
    }

    /** Memory that backends prepared so far. */
    long preparedBytes() {
        return uses.stream().mapToLong(use -> use.prepared.bytes()).sum();
    }
}

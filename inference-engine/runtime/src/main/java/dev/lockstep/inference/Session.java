package dev.lockstep.inference;

import dev.lockstep.inference.kernels.ServingKernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model ready to run, with its working memory. One thread at a time; each thread opens its own.
 */
public final class Session {
    /** Sees each operation's result while a run goes on. */
    public interface Observer {
        /**
         * @param op index of the operation
         * @param type of its result
         * @param values elements of the result, fresh
         */
        void observed(int op, TensorType type, int[] values);
    }

    private record Step(Op op, List<Tensor> inputs, Tensor output) {}

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final Model model;
    private final Kernels kernels;
    private final int[] arena;
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();

    private Session(Model model, Kernels kernels) {
        this.model = model;
        this.kernels = kernels;
        this.arena = new int[model.plan().arenaElements()];
        Graph graph = model.graph();
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < graph.tensorCount(); i++) {
            int offset = model.plan().offsets().get(i);
            int node = i - graph.firstResult();
            if (graph.isWeights(i)) {
                tensors.add(model.weights().get(i - graph.inputs().size()));
            } else if (node < 0) {
                tensors.add(Tensor.activations(graph.type(i), arena, offset));
            } else {
                Preparations prepared = model.preparations().get(node);
                tensors.add(Tensor.activations(graph.type(i), arena, offset, prepared));
            }
        }
        inputs.addAll(tensors.subList(0, graph.inputs().size()));
        for (int i = 0; i < graph.nodes().size(); i++) {
            Graph.Node node = graph.nodes().get(i);
            List<Tensor> operands = new ArrayList<>();
            for (int tensor : node.inputs().array()) {
                operands.add(tensors.get(tensor));
            }
            steps.add(
                    new Step(
                            node.op(),
                            List.copyOf(operands),
                            tensors.get(graph.firstResult() + i)));
        }
        graph.outputs().forEach(port -> outputs.add(tensors.get(port.tensor())));
    }

    /** A session with the fastest kernels that are ready, call by call. */
    public static Session open(Model model) {
        return open(model, new ServingKernels());
    }

    /** A session with other kernels, which this session has to itself. */
    public static Session open(Model model, Kernels kernels) {
        return new Session(model, kernels);
    }

    public Model model() {
        return model;
    }

    /**
     * Runs the model once.
     *
     * @param input all elements of all inputs in declared order, row-major, big-endian two's
     *     complement
     */
    public InferenceResult run(byte[] input) {
        return run(input, null);
    }

    /** {@link #run(byte[])} with somebody watching, who may be slow but cannot change anything. */
    public InferenceResult run(byte[] input, @Nullable Observer observer) {
        if (input.length != model.inputBytes()) {
            return new InferenceResult.InputLength(model.inputBytes(), input.length);
        }
        do {
            InferenceResult refusal = take(input);
            if (refusal != null) {
                return refusal;
            }
            steps(observer);
        } while (kernels.differed());
        return new InferenceResult.Output(give());
    }

    private void steps(@Nullable Observer observer) {
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            step.op.run(kernels, step.inputs, step.output);
            if (observer != null) {
                Tensor output = step.output;
                int[] values = new int[output.shape().elements()];
                System.arraycopy(output.data(), output.offset(), values, 0, values.length);
                observer.observed(i, output.type(), values);
            }
        }
    }

    private @Nullable InferenceResult take(byte[] in) {
        int at = 0;
        for (int i = 0; i < inputs.size(); i++) {
            Tensor tensor = inputs.get(i);
            Interval range = model.inputs().get(i).range();
            int count = tensor.shape().elements();
            decode(tensor.type().dtype(), in, at, tensor.offset(), count);
            int wrong = outside(tensor.offset(), count, range);
            if (wrong >= 0) {
                int before = 0;
                for (Tensor earlier : inputs.subList(0, i)) {
                    before += earlier.shape().elements();
                }
                int value = arena[tensor.offset() + wrong];
                return new InferenceResult.InputOutOfRange(before + wrong, value, range);
            }
            at += model.inputs().get(i).bytes();
        }
        return null;
    }

    /** Puts {@code count} elements from {@code at} on into working memory. */
    private void decode(DType dtype, byte[] in, int at, int to, int count) {
        switch (dtype) {
            case I8, W8 -> {
                for (int i = 0; i < count; i++) {
                    arena[to + i] = in[at + i];
                }
            }
            case I16 -> {
                for (int i = 0; i < count; i++) {
                    arena[to + i] = (short) SHORTS.get(in, at + Short.BYTES * i);
                }
            }
            case I32 -> {
                for (int i = 0; i < count; i++) {
                    arena[to + i] = (int) INTS.get(in, at + Integer.BYTES * i);
                }
            }
            case F32 -> {
                for (int i = 0; i < count; i++) {
                    arena[to + i] = FloatKey.ofBits((int) INTS.get(in, at + Integer.BYTES * i));
                }
            }
        }
    }

    /** The first of {@code count} elements that is not in a range, or -1. */
    private int outside(int from, int count, Interval range) {
        for (int i = 0; i < count; i++) {
            int value = arena[from + i];
            if (value < range.lo() || value > range.hi()) {
                return i;
            }
        }
        return -1;
    }

    private byte[] give() {
        ByteBuffer out = ByteBuffer.allocate(model.outputBytes());
        for (Tensor tensor : outputs) {
            int end = tensor.offset() + tensor.shape().elements();
            for (int at = tensor.offset(); at < end; at++) {
                switch (tensor.type().dtype()) {
                    case I8, W8 -> out.put((byte) arena[at]);
                    case I16 -> out.putShort((short) arena[at]);
                    case I32, F32 -> out.putInt(arena[at]);
                }
            }
        }
        return out.array();
    }
}

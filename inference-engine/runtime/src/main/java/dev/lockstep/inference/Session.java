package dev.lockstep.inference;

import dev.lockstep.inference.kernels.ServingKernels;
import java.nio.ByteBuffer;
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
            tensors.add(
                    graph.isWeights(i)
                            ? model.weights().get(i - graph.inputs().size())
                            : Tensor.activations(
                                    graph.type(i), arena, model.plan().offsets().get(i)));
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
            InferenceResult refusal = take(ByteBuffer.wrap(input));
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

    private @Nullable InferenceResult take(ByteBuffer in) {
        int index = 0;
        for (int i = 0; i < inputs.size(); i++) {
            Tensor tensor = inputs.get(i);
            Interval range = model.inputs().get(i).range();
            DType dtype = tensor.type().dtype();
            int end = tensor.offset() + tensor.shape().elements();
            for (int at = tensor.offset(); at < end; at++, index++) {
                int value =
                        switch (dtype) {
                            case I8, W8 -> in.get();
                            case I16 -> in.getShort();
                            case I32, F32 -> dtype.decode(in.getInt());
                        };
                if (value < range.lo() || value > range.hi()) {
                    return new InferenceResult.InputOutOfRange(index, value, range);
                }
                arena[at] = value;
            }
        }
        return null;
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

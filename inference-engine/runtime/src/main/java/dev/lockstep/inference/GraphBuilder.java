package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles a model in memory. Each addition is checked at once as far as it can be; {@link #build}
 * proves the whole by the checks that reading a file makes.
 */
public final class GraphBuilder {
    /** A tensor of the graph under construction. */
    public static final class TensorRef {
        private final TensorType type;
        private final Interval interval;
        private final int index;
        private final byte[] weights;

        private TensorRef(TensorType type, Interval interval, int index, byte[] weights) {
            this.type = type;
            this.interval = interval;
            this.index = index;
            this.weights = weights;
        }

        public DType dtype() {
            return type.dtype();
        }

        public Shape shape() {
            return type.shape();
        }

        /** What its elements are proven to lie in. */
        public Interval interval() {
            return interval;
        }
    }

    /** An output: a tensor that an operation yields, and what its integers stand for. */
    public record Output(TensorRef tensor, Quantization quantization) {}

    private record Step(Op op, List<TensorRef> inputs, TensorRef result) {}

    private static final byte[] NO_WEIGHTS = new byte[0];

    private final List<TensorSpec> inputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** An input that may hold every value of its type. */
    public TensorRef input(DType dtype, Shape shape, Quantization quantization) {
        return input(dtype, shape, quantization, dtype.range());
    }

    /** An input whose values are promised to lie in a range: a run refuses others. */
    public TensorRef input(DType dtype, Shape shape, Quantization quantization, Interval range) {
        inputs.add(new TensorSpec(dtype, shape, quantization, range));
        return new TensorRef(new TensorType(dtype, shape), range, inputs.size() - 1, NO_WEIGHTS);
    }

    /** Weights of type {@link DType#W8}, row-major; the values are copied. */
    public TensorRef weights(Shape shape, byte[] values) {
        if (values.length != shape.elements()) {
            throw new IllegalArgumentException(
                    "weights "
                            + shape
                            + " need "
                            + shape.elements()
                            + " values, not "
                            + values.length);
        }
        return new TensorRef(new TensorType(DType.W8, shape), DType.W8.range(), -1, values.clone());
    }

    /**
     * The result of an operation.
     *
     * @fails where the operation does not fit its inputs, or a sum inside could overflow
     */
    public TensorRef add(Op op, TensorRef... operands) throws InvalidModelException {
        String place = "operation " + steps.size() + " (" + Ops.of(op).name() + ")";
        try {
            List<TensorRef> refs = List.of(operands);
            TensorType type = op.type(refs.stream().map(ref -> ref.type).toList());
            Interval interval = op.bounds(refs.stream().map(GraphBuilder::operand).toList(), type);
            TensorRef result = new TensorRef(type, interval, steps.size(), NO_WEIGHTS);
            steps.add(new Step(op, refs, result));
            return result;
        } catch (InvalidModelException e) {
            throw e.at(place);
        }
    }

    private static Operand operand(TensorRef ref) {
        return new Operand(ref.type, ref.interval, MemorySegment.ofArray(ref.weights));
    }

    /** The model with these outputs. Every input and every result must be of use to one of them. */
    public Model build(List<Output> outputs) throws InvalidModelException {
        List<TensorRef> weights = weightsByFirstUse();
        List<Graph.Weights> placed = new ArrayList<>();
        long length = 0;
        for (TensorRef ref : weights) {
            placed.add(new Graph.Weights(ref.type, length));
            length += Graph.aligned(ref.weights.length);
        }
        Check.range("bytes of weights", length, 0, Limits.V1.modelBytesMax());
        byte[] section = new byte[(int) length];
        for (int i = 0; i < weights.size(); i++) {
            byte[] values = weights.get(i).weights;
            System.arraycopy(values, 0, section, (int) placed.get(i).offset(), values.length);
        }
        List<Graph.Node> nodes = new ArrayList<>();
        for (Step step : steps) {
            int[] numbers = new int[step.inputs.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = number(step.inputs.get(i), weights);
            }
            nodes.add(new Graph.Node(step.op, Ints.of(numbers), step.result.type));
        }
        List<Graph.Port> ports = new ArrayList<>();
        for (Output output : outputs) {
            ports.add(new Graph.Port(number(output.tensor, weights), output.quantization));
        }
        MemorySegment segment = MemorySegment.ofArray(section).asReadOnly();
        return Verifier.verify(
                new Graph(
                        List.copyOf(inputs),
                        List.copyOf(placed),
                        segment,
                        List.copyOf(nodes),
                        List.copyOf(ports)));
    }

    private List<TensorRef> weightsByFirstUse() {
        List<TensorRef> ordered = new ArrayList<>();
        for (Step step : steps) {
            for (TensorRef ref : step.inputs) {
                if (ref.type.dtype().isWeights() && indexOf(ordered, ref) < 0) {
                    ordered.add(ref);
                }
            }
        }
        return ordered;
    }

    private int number(TensorRef ref, List<TensorRef> weights) {
        if (ref.type.dtype().isWeights()) {
            return inputs.size() + indexOf(weights, ref);
        }
        boolean result = ref.index < steps.size() && steps.get(ref.index).result == ref;
        return result ? inputs.size() + weights.size() + ref.index : ref.index;
    }

    private static int indexOf(List<TensorRef> refs, TensorRef wanted) {
        for (int i = 0; i < refs.size(); i++) {
            if (refs.get(i) == wanted) {
                return i;
            }
        }
        return -1;
    }
}

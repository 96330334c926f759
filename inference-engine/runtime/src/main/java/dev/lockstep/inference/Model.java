package dev.lockstep.inference;

import java.util.ArrayList;
import java.util.List;

/**
 * An immutable graph with its weights, and what was proven about it when it was made. Threads may
 * share it; each runs it in a {@link Session} of its own.
 */
public final class Model {
    private final Graph graph;
    private final List<Interval> intervals;
    private final Plan plan;
    private final Cost cost;
    private final List<Cost> opCosts;
    private final byte[] graphBytes;
    private final ModelId id;
    private final List<Tensor> weights;
    private final List<Preparations> preparations;

    Model(Graph graph, List<Interval> intervals, Plan plan, List<Cost> opCosts, byte[] graphBytes) {
        this.graph = graph;
        this.intervals = List.copyOf(intervals);
        this.plan = plan;
        this.opCosts = List.copyOf(opCosts);
        this.cost = opCosts.stream().reduce(Cost.NONE, Cost::plus);
        this.graphBytes = graphBytes;
        this.id = ModelFile.id(graphBytes, graph.section());
        this.weights =
                graph.weights().stream()
                        .map(w -> Tensor.weights(w.type(), w.in(graph.section())))
                        .toList();
        this.preparations = graph.nodes().stream().map(node -> new Preparations()).toList();
    }

    /** The hash that names this model. */
    public ModelId id() {
        return id;
    }

    /** Inputs in the order in which a run takes them. */
    public List<TensorSpec> inputs() {
        return graph.inputs();
    }

    /** Outputs in the order in which a run yields them. */
    public List<TensorSpec> outputs() {
        List<TensorSpec> specs = new ArrayList<>();
        for (Graph.Port port : graph.outputs()) {
            TensorType type = graph.type(port.tensor());
            specs.add(
                    new TensorSpec(
                            type.dtype(),
                            type.shape(),
                            port.quantization(),
                            intervals.get(port.tensor())));
        }
        return List.copyOf(specs);
    }

    /** What one run takes. */
    public Cost cost() {
        return cost;
    }

    /** What each operation of a run takes, in order. */
    public List<Cost> opCosts() {
        return opCosts;
    }

    /** Size of the file. */
    public long sizeBytes() {
        return graphBytes.length + graph.section().byteSize();
    }

    /** Bytes that a run takes: all elements of all inputs. */
    public int inputBytes() {
        return bytes(inputs());
    }

    /** Bytes that a run yields: all elements of all outputs. */
    public int outputBytes() {
        return bytes(outputs());
    }

    /** Bytes of working memory of one session. */
    public long arenaBytes() {
        return (long) plan.arenaElements() * Integer.BYTES;
    }

    /**
     * Bytes that backends made of weights and trees so far, for all sessions together: it grows
     * with the first runs.
     */
    public long preparedBytes() {
        return weights.stream().mapToLong(Tensor::preparedBytes).sum()
                + preparations.stream().mapToLong(Preparations::bytes).sum();
    }

    /** Operations in the order in which they run. */
    public List<OpInfo> ops() {
        List<OpInfo> infos = new ArrayList<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Graph.Node node = graph.nodes().get(i);
            infos.add(
                    new OpInfo(
                            i,
                            Ops.of(node.op()).name(),
                            node.op(),
                            node.inputs(),
                            graph.firstResult() + i,
                            node.type(),
                            intervals.get(graph.firstResult() + i),
                            opCosts.get(i)));
        }
        return List.copyOf(infos);
    }

    private static int bytes(List<TensorSpec> specs) {
        int bytes = 0;
        for (TensorSpec spec : specs) {
            bytes = Math.addExact(bytes, spec.bytes());
        }
        return bytes;
    }

    Graph graph() {
        return graph;
    }

    /** The weights, which all sessions share. */
    List<Tensor> weights() {
        return weights;
    }

    /** For the operation of each node, what backends prepare that is not of its weights. */
    List<Preparations> preparations() {
        return preparations;
    }

    Plan plan() {
        return plan;
    }

    /** Everything of the file before the weights. */
    byte[] graphBytes() {
        return graphBytes;
    }
}

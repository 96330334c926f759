package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Proves a {@link Graph} to be a {@link Model}: structure, shapes, cost, intervals, memory, in this
 * order, so that each step costs no more than what the one before has bounded.
 */
final class Verifier {
    private final Graph graph;

    private Verifier(Graph graph) {
        this.graph = graph;
    }

    static Model verify(Graph graph) throws InvalidModelException {
        Verifier verifier = new Verifier(graph);
        verifier.checkCounts();
        verifier.checkInputs();
        verifier.checkUses();
        List<Cost> costs = verifier.shapesAndCosts();
        verifier.checkWeights();
        List<Interval> intervals = verifier.intervals();
        verifier.checkOutputs();
        Plan plan = Plan.of(graph);
        return new Model(graph, intervals, plan, costs, GraphCodec.encode(graph));
    }

    private void checkCounts() throws InvalidModelException {
        Limits limits = Limits.V1;
        Check.range("number of inputs", graph.inputs().size(), 1, limits.portsMax());
        Check.range("number of outputs", graph.outputs().size(), 1, limits.portsMax());
        Check.range("number of operations", graph.nodes().size(), 1, limits.opsMax());
        Check.range("number of tensors", graph.tensorCount(), 1, limits.tensorsMax());
    }

    private void checkInputs() throws InvalidModelException {
        for (int i = 0; i < graph.inputs().size(); i++) {
            TensorSpec input = graph.inputs().get(i);
            try {
                Check.input(input.dtype());
                input.quantization().check(input.dtype());
                Check.range(
                        "lower bound",
                        input.range().lo(),
                        input.dtype().min(),
                        input.dtype().max());
                Check.range(
                        "upper bound",
                        input.range().hi(),
                        input.dtype().min(),
                        input.dtype().max());
            } catch (InvalidModelException e) {
                throw e.at("input " + i);
            }
        }
    }

    /**
     * Operations read only what exists before them; everything is read or is an output; weights
     * stand in order.
     */
    private void checkUses() throws InvalidModelException {
        boolean[] used = new boolean[graph.tensorCount()];
        int nextWeights = graph.inputs().size();
        for (int node = 0; node < graph.nodes().size(); node++) {
            Ints inputs = graph.nodes().get(node).inputs();
            for (int i = 0; i < inputs.length(); i++) {
                int tensor = inputs.get(i);
                if (tensor < 0 || tensor >= graph.firstResult() + node) {
                    Check.range(
                            place(node) + ": input " + i,
                            tensor,
                            0,
                            graph.firstResult() + node - 1L);
                }
                if (graph.isWeights(tensor) && !used[tensor]) {
                    Check.equal(place(node) + ": first use of weights", tensor, nextWeights++);
                }
                used[tensor] = true;
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            int tensor = graph.outputs().get(i).tensor();
            Check.range(
                    "output " + i + ": tensor",
                    tensor,
                    graph.firstResult(),
                    graph.tensorCount() - 1L);
            for (int j = 0; j < i; j++) {
                if (graph.outputs().get(j).tensor() == tensor) {
                    throw new InvalidModelException(
                            "output " + i + ": tensor " + tensor + " is output " + j + " too");
                }
            }
            used[tensor] = true;
        }
        for (int tensor = 0; tensor < used.length; tensor++) {
            if (!used[tensor]) {
                throw new InvalidModelException(
                        "tensor " + tensor + " is used by no operation and is no output");
            }
        }
    }

    private List<Cost> shapesAndCosts() throws InvalidModelException {
        List<Cost> costs = new ArrayList<>();
        Cost total = Cost.NONE;
        for (int node = 0; node < graph.nodes().size(); node++) {
            Graph.Node declared = graph.nodes().get(node);
            List<TensorType> inputs = new ArrayList<>();
            for (int tensor : declared.inputs().array()) {
                inputs.add(graph.type(tensor));
            }
            try {
                TensorType type = declared.op().type(inputs);
                if (!type.equals(declared.type())) {
                    throw new InvalidModelException(
                            "declared result is " + declared.type() + "; it is " + type);
                }
                Cost cost = declared.op().cost(inputs, type);
                checkCost(cost);
                total = total.plus(cost);
                checkCost(total);
                costs.add(cost);
            } catch (InvalidModelException e) {
                throw e.at(place(node));
            }
        }
        return costs;
    }

    private static void checkCost(Cost cost) throws InvalidModelException {
        Check.range("multiply-accumulates up to here", cost.macs(), 0, Limits.V1.macsMax());
        Check.range("element operations up to here", cost.elements(), 0, Limits.V1.elementOpsMax());
        Check.range("lookups up to here", cost.lookups(), 0, Limits.V1.elementOpsMax());
        Check.range("moved elements up to here", cost.moves(), 0, Limits.V1.elementOpsMax());
        Check.range("divisions up to here", cost.divisions(), 0, Limits.V1.elementOpsMax());
    }

    private void checkWeights() throws InvalidModelException {
        for (int i = 0; i < graph.weights().size(); i++) {
            MemorySegment bytes = graph.weights().get(i).in(graph.section());
            for (long at = 0; at < bytes.byteSize(); at++) {
                if (bytes.get(ValueLayout.JAVA_BYTE, at) == Byte.MIN_VALUE) {
                    throw new InvalidModelException(
                            "weights "
                                    + (graph.inputs().size() + i)
                                    + ": element "
                                    + at
                                    + " is -128; allowed -127..127");
                }
            }
        }
    }

    private List<Interval> intervals() throws InvalidModelException {
        List<Operand> operands = new ArrayList<>();
        for (TensorSpec input : graph.inputs()) {
            TensorType type = new TensorType(input.dtype(), input.shape());
            operands.add(new Operand(type, input.range(), MemorySegment.NULL));
        }
        for (Graph.Weights weights : graph.weights()) {
            operands.add(
                    new Operand(
                            weights.type(),
                            weights.type().dtype().range(),
                            weights.in(graph.section())));
        }
        for (int node = 0; node < graph.nodes().size(); node++) {
            Graph.Node declared = graph.nodes().get(node);
            List<Operand> inputs = new ArrayList<>();
            for (int tensor : declared.inputs().array()) {
                inputs.add(operands.get(tensor));
            }
            try {
                Interval interval = declared.op().bounds(inputs, declared.type());
                Check.range(
                        "least result",
                        interval.lo(),
                        declared.type().dtype().min(),
                        interval.hi());
                Check.range(
                        "greatest result",
                        interval.hi(),
                        interval.lo(),
                        declared.type().dtype().max());
                operands.add(new Operand(declared.type(), interval, MemorySegment.NULL));
            } catch (InvalidModelException e) {
                throw e.at(place(node));
            }
        }
        return operands.stream().map(Operand::interval).toList();
    }

    private void checkOutputs() throws InvalidModelException {
        for (int i = 0; i < graph.outputs().size(); i++) {
            Graph.Port port = graph.outputs().get(i);
            try {
                port.quantization().check(graph.type(port.tensor()).dtype());
            } catch (InvalidModelException e) {
                throw e.at("output " + i);
            }
        }
    }

    private String place(int node) {
        return "operation " + node + " (" + Ops.of(graph.nodes().get(node).op()).name() + ")";
    }
}

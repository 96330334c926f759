package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** ONNX's recurrent layers, step by step for the length that their input has. */
final class Recurrence {
    /** One step: sums of the gates from the input, state before, names to write to. */
    private interface Step {
        State run(Direction direction, String sums, State before, String base);
    }

    /** Hidden state, and the cell of an LSTM; empty names for zero. */
    private record State(String hidden, String cell) {}

    /**
     * @param weight [inputs, gates · hidden]
     * @param recurrent [hidden, gates · hidden]
     * @param recurrentBias [gates · hidden], what is added to the recurrent product alone
     * @param peepholes name of three constants [hidden] but for the gate's number; empty for none
     */
    private record Direction(
            String weight, String recurrent, String bias, String recurrentBias, String peepholes) {}

    private final OnnxNode node;
    private final Expansion to;
    private final OnnxGraphBuilder out;
    private final int gates;
    private final int hidden;
    private final int[] shape;
    private final String base;
    private final boolean batchFirst;
    private final long[] lengths;

    private Recurrence(OnnxNode node, Expansion to, int gates, Set<String> activations)
            throws ImportException {
        this.node = node;
        this.to = to;
        this.gates = gates;
        out = to.builder();
        batchFirst = node.whole("layout", 0) != 0;
        int[] dims = to.state().shape(to.state().activation(node, 0));
        shape = batchFirst && dims.length == 3 ? new int[] {dims[1], dims[0], dims[2]} : dims;
        hidden = to.state().constantInput(node, 2).dims()[2];
        base = node.outputs().stream().filter(name -> !name.isEmpty()).findFirst().orElse("");
        boolean usual =
                !node.has("activations")
                        || (node.attributes().get("activations")
                                        instanceof Attribute.Texts(List<String> given)
                                && Set.copyOf(given).equals(activations));
        if (shape.length != 3
                || (node.hasInput(7) && gates != 4)
                || node.has("clip")
                || node.whole("input_forget", 0) != 0
                || !usual) {
            throw new ImportException(
                    node.label()
                            + ": only the usual activations, without clip or coupled gates, are supported");
        }
        node.allowOnly(
                Set.of(
                        "activations",
                        "direction",
                        "hidden_size",
                        "input_forget",
                        "layout",
                        "linear_before_reset"));
        lengths = lengths();
    }

    static void lstm(OnnxNode node, Expansion to) throws ImportException {
        Recurrence all = new Recurrence(node, to, 4, Set.of("Sigmoid", "Tanh"));
        all.unroll(all::lstmStep, true);
    }

    static void gru(OnnxNode node, Expansion to) throws ImportException {
        Recurrence all = new Recurrence(node, to, 3, Set.of("Sigmoid", "Tanh"));
        boolean late = node.whole("linear_before_reset", 0) != 0;
        all.unroll(
                (direction, sums, before, name) -> all.gruStep(direction, sums, before, name, late),
                late);
    }

    static void rnn(OnnxNode node, Expansion to) throws ImportException {
        Recurrence all = new Recurrence(node, to, 1, Set.of("Tanh"));
        all.unroll(
                (direction, sums, before, name) -> {
                    String sum = all.plus(sums, all.recurrent(direction, before, name), name);
                    return new State(all.out.node("Tanh", name + "/hidden", sum), "");
                },
                false);
    }

    /** Steps of each sequence; none where all have the whole length. */
    private long[] lengths() throws ImportException {
        if (!node.hasInput(4)) {
            return new long[0];
        }
        long[] given = to.state().constantInput(node, 4).longs();
        boolean whole = true;
        for (long length : given) {
            if (given.length != shape[1] || length < 1 || length > shape[0]) {
                throw new ImportException(
                        node.label()
                                + ": lengths "
                                + Arrays.toString(given)
                                + " of "
                                + shape[1]
                                + " sequences of "
                                + shape[0]
                                + " steps");
            }
            whole &= length == shape[0];
        }
        return whole ? new long[0] : given;
    }

    /** A tensor as it was where a sequence has ended. */
    private String held(String fresh, String before, int t, String name) {
        boolean all = true;
        float[] runs = new float[shape[1]];
        for (int i = 0; i < lengths.length; i++) {
            runs[i] = t < lengths[i] ? 1 : 0;
            all &= t < lengths[i];
        }
        if (lengths.length == 0 || all) {
            return fresh;
        }
        String mask =
                out.constant(OnnxTensor.ofFloats(name + "/runs", new int[] {shape[1], 1}, runs));
        if (before.isEmpty()) {
            return out.node("Mul", name, fresh, mask);
        }
        String change = out.node("Sub", name + "/change", fresh, before);
        String kept = out.node("Mul", name + "/kept", change, mask);
        return out.node("Add", name, before, kept);
    }

    private void unroll(Step step, boolean separateBias) throws ImportException {
        String x = node.input(0);
        if (batchFirst) {
            x = out.transposed(x, base + "/input by steps", 1, 0, 2);
        }
        String way = node.text("direction", "forward");
        int directions = way.equals("bidirectional") ? 2 : 1;
        List<String> sequences = new ArrayList<>();
        List<String> lastHidden = new ArrayList<>();
        List<String> lastCell = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            boolean back = way.equals("reverse") || d == 1;
            String name = base + "/direction " + d;
            Direction direction = direction(d, name, separateBias && gates == 3);
            String product = out.node("MatMul", name + "/product", x, direction.weight());
            String all = out.node("Add", name + "/all sums", product, direction.bias());
            long rows = (long) shape[0] * shape[1];
            String sums = reshaped(all, name + "/sums", rows, (long) gates * hidden);
            State state = new State(initial(5, d, name), initial(6, d, name));
            String[] results = new String[shape[0]];
            for (int i = 0; i < shape[0]; i++) {
                int t = back ? shape[0] - 1 - i : i;
                String at = name + "/step " + t;
                String row = rows(sums, t, at);
                State next = step.run(direction, row, state, at);
                results[t] = held(next.hidden(), "", t, at + "/until");
                state =
                        new State(
                                held(next.hidden(), state.hidden(), t, at + "/held"),
                                held(next.cell(), state.cell(), t, at + "/held cell"));
            }
            String sequence =
                    shape[0] == 1
                            ? results[0]
                            : concat(name + "/results", Arrays.asList(results), 0);
            sequences.add(reshaped(sequence, name + "/sequence", shape[0], 1, shape[1], hidden));
            lastHidden.add(reshaped(state.hidden(), name + "/last", 1, shape[1], hidden));
            if (!state.cell().isEmpty()) {
                lastCell.add(reshaped(state.cell(), name + "/last cell", 1, shape[1], hidden));
            }
        }
        result(0, sequences, 1, 2, 0, 1, 3);
        result(1, lastHidden, 0, 1, 0, 2);
        result(2, lastCell, 0, 1, 0, 2);
    }

    /**
     * @param batchOrder order of axes where the batch is the first
     */
    private void result(int output, List<String> parts, int axis, long... batchOrder) {
        if (output >= node.outputs().size()
                || node.outputs().get(output).isEmpty()
                || parts.isEmpty()) {
            return;
        }
        String name = node.outputs().get(output);
        String whole = batchFirst ? name + "/steps first" : name;
        if (parts.size() == 1) {
            out.node("Identity", whole, parts.getFirst());
        } else {
            concat(whole, parts, axis);
        }
        if (batchFirst) {
            out.transposed(whole, name, batchOrder);
        }
    }

    private State lstmStep(Direction direction, String sums, State before, String name) {
        String sum = plus(sums, recurrent(direction, before, name), name);
        String peepholes = direction.peepholes();
        // Both curves over all gates are two tables; each gate then takes its part.
        String shares = peepholes.isEmpty() ? out.node("Sigmoid", name + "/shares", sum) : "";
        String input = share(shares, sum, 0, before.cell(), peepholes, name + "/input");
        String forget = share(shares, sum, 2, before.cell(), peepholes, name + "/forget");
        String fresh = part(out.node("Tanh", name + "/curves", sum), 3, name + "/fresh");
        String cell = out.node("Mul", name + "/new", input, fresh);
        if (!before.cell().isEmpty()) {
            String kept = out.node("Mul", name + "/kept", forget, before.cell());
            cell = out.node("Add", name + "/cell", kept, cell);
        }
        String output = share(shares, sum, 1, cell, peepholes, name + "/output");
        String bent = out.node("Tanh", name + "/tanh", cell);
        return new State(out.node("Mul", name + "/hidden", output, bent), cell);
    }

    /** A gate; where the node has weights for that it also sees the cell. */
    private String share(
            String shares, String sums, int gate, String cell, String peepholes, String name) {
        if (!shares.isEmpty()) {
            return part(shares, gate, name);
        }
        String sum = part(sums, gate, name + "/sum");
        if (!cell.isEmpty()) {
            String seen = out.node("Mul", name + "/seen", cell, peepholes + " " + gate);
            sum = out.node("Add", name + "/all", sum, seen);
        }
        return out.node("Sigmoid", name, sum);
    }

    private State gruStep(
            Direction direction, String sums, State before, String name, boolean late) {
        String own = recurrent(direction, before, name);
        String update = out.node("Sigmoid", name + "/update", plus2(sums, own, 0, name));
        String reset = out.node("Sigmoid", name + "/reset", plus2(sums, own, 1, name));
        String fresh = part(sums, 2, name + "/fresh sum");
        String h = before.hidden();
        if (late) {
            String linear =
                    own.isEmpty()
                            ? row(direction.recurrentBias(), name)
                            : part(own, 2, name + "/linear");
            fresh =
                    out.node(
                            "Add",
                            name + "/fresh all",
                            fresh,
                            out.node("Mul", name + "/gated", reset, linear));
        } else if (!h.isEmpty()) {
            String gated = out.node("Mul", name + "/gated", reset, h);
            String product =
                    out.node("MatMul", name + "/gated product", gated, direction.recurrent());
            fresh = out.node("Add", name + "/fresh all", fresh, part(product, 2, name + "/part"));
        }
        String candidate = out.node("Tanh", name + "/candidate", fresh);
        // (1 - z)·candidate + z·h, with one product: candidate + z·(h - candidate).
        String difference =
                h.isEmpty()
                        ? out.node("Neg", name + "/difference", candidate)
                        : out.node("Sub", name + "/difference", h, candidate);
        String moved = out.node("Mul", name + "/moved", update, difference);
        return new State(out.node("Add", name + "/hidden", candidate, moved), "");
    }

    /** A constant row of the last gate's recurrent bias, for every sequence. */
    private String row(String bias, String name) {
        String last = name + "/bias";
        return out.node(
                "Slice",
                last,
                bias,
                wholes(last + "/from", (gates - 1L) * hidden),
                wholes(last + "/to", (long) gates * hidden),
                wholes(last + "/axes", 0));
    }

    private String plus2(String sums, String own, int gate, String name) {
        String at = name + "/sum " + gate;
        String mine = part(sums, gate, at + " of input");
        return own.isEmpty() ? mine : out.node("Add", at, mine, part(own, gate, at + " of state"));
    }

    private String part(String sums, int gate, String name) {
        return out.node(
                "Slice",
                name,
                sums,
                wholes(name + "/from", (long) gate * hidden),
                wholes(name + "/to", (gate + 1L) * hidden),
                wholes(name + "/axes", 1));
    }

    private String plus(String sums, String own, String name) {
        return own.isEmpty() ? sums : out.node("Add", name + "/sum", sums, own);
    }

    private String recurrent(Direction direction, State before, String name) {
        if (before.hidden().isEmpty()) {
            return "";
        }
        String product =
                out.node("MatMul", name + "/own product", before.hidden(), direction.recurrent());
        return direction.recurrentBias().isEmpty()
                ? product
                : out.node("Add", name + "/own", product, direction.recurrentBias());
    }

    /** The sums of one step: a row for each sequence. */
    private String rows(String sums, int t, String name) {
        if (shape[0] == 1) {
            return sums;
        }
        return out.node(
                "Slice",
                name + "/rows",
                sums,
                wholes(name + "/from", (long) t * shape[1]),
                wholes(name + "/to", (t + 1L) * shape[1]),
                wholes(name + "/axes", 0));
    }

    /** State that the network is given for a direction; empty for zero. */
    private String initial(int input, int direction, String name) throws ImportException {
        if (!node.hasInput(input)) {
            return "";
        }
        OnnxTensor constant = to.state().constant(node.input(input));
        if (constant != null && isZero(constant)) {
            return "";
        }
        String at = name + "/initial " + input;
        String mine =
                out.node(
                        "Slice",
                        at + "/slice",
                        node.input(input),
                        wholes(at + "/from", direction),
                        wholes(at + "/to", direction + 1L),
                        wholes(at + "/axes", 0));
        return reshaped(mine, at, shape[1], hidden);
    }

    private static boolean isZero(OnnxTensor constant) {
        for (int i = 0; i < constant.size(); i++) {
            if (constant.real(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private Direction direction(int d, String name, boolean separateBias) throws ImportException {
        OnnxTensor weight = matrix(1, d, name + "/weight");
        OnnxTensor recurrent = matrix(2, d, name + "/recurrent");
        int width = gates * hidden;
        if (weight.dims()[0] != shape[2] || weight.dims()[1] != width) {
            throw new ImportException(
                    node.label()
                            + ": weights of "
                            + Arrays.toString(weight.dims())
                            + " for input "
                            + Arrays.toString(shape));
        }
        float[] bias = new float[width];
        float[] own = new float[width];
        if (node.hasInput(3)) {
            OnnxTensor given = to.state().constantInput(node, 3);
            if (given.size() < (d + 1) * 2 * width) {
                throw new ImportException(
                        node.label() + ": a bias of " + given.size() + " numbers");
            }
            for (int i = 0; i < width; i++) {
                bias[i] = given.real(d * 2 * width + i);
                own[i] = given.real(d * 2 * width + width + i);
            }
        }
        if (!separateBias) {
            for (int i = 0; i < width; i++) {
                bias[i] += own[i];
            }
        }
        String ownName =
                separateBias
                        ? out.constant(
                                OnnxTensor.ofFloats(name + "/own bias", new int[] {width}, own))
                        : "";
        return new Direction(
                out.constant(weight),
                out.constant(recurrent),
                out.constant(OnnxTensor.ofFloats(name + "/bias", new int[] {width}, bias)),
                ownName,
                peepholes(d, name));
    }

    private String peepholes(int direction, String name) throws ImportException {
        if (!node.hasInput(7)) {
            return "";
        }
        OnnxTensor all = to.state().constantInput(node, 7);
        int width = 3 * hidden;
        if (!all.isFloat() || all.size() < (direction + 1) * width) {
            throw new ImportException(
                    node.label() + ": peepholes of dims " + Arrays.toString(all.dims()));
        }
        String each = name + "/peepholes";
        for (int gate = 0; gate < 3; gate++) {
            int from = direction * width + gate * hidden;
            float[] one = Arrays.copyOfRange(all.floats(), from, from + hidden);
            out.constant(OnnxTensor.ofFloats(each + " " + gate, new int[] {hidden}, one));
        }
        return each;
    }

    /** One direction's matrix, rows and columns exchanged. */
    private OnnxTensor matrix(int input, int direction, String name) throws ImportException {
        OnnxTensor all = to.state().constantInput(node, input);
        int[] dims = all.dims();
        if (dims.length != 3 || direction >= dims[0] || !all.isFloat()) {
            throw new ImportException(node.label() + ": weights of dims " + Arrays.toString(dims));
        }
        int size = dims[1] * dims[2];
        OnnxTensor one =
                OnnxTensor.ofFloats(
                        name,
                        new int[] {dims[1], dims[2]},
                        Arrays.copyOfRange(all.floats(), direction * size, (direction + 1) * size));
        return ConstantFolder.transposed(one, name, new int[] {1, 0});
    }

    private String concat(String name, List<String> parts, int axis) {
        return out.node("Concat", name, parts, Map.of("axis", new Attribute.Whole(axis)));
    }

    private String reshaped(String values, String name, long... dims) {
        return out.node("Reshape", name, values, wholes(name + "/shape", dims));
    }

    private String wholes(String name, long... values) {
        return out.constant(OnnxTensor.ofLongs(name, new int[] {values.length}, values));
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that carry a state from step to step: it goes in and comes out as a tensor. */
final class StateExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "CausalConvWithState", StateExpansion::convolution,
                    "LinearAttention", StateExpansion::attention);

    private StateExpansion() {}

    /** A convolution of each channel over what came before, of which the last is the state. */
    private static void convolution(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = to.state().dims(node, 0);
        int[] weight = to.state().constantInput(node, 1).dims();
        if (dims.length != 3 || weight.length != 3) {
            throw new ImportException(
                    node.label()
                            + ": an input of "
                            + dims.length
                            + " and weights of "
                            + weight.length
                            + " axes; supported are 3");
        }
        String activation = node.text("activation", "none");
        if (!List.of("none", "", "silu", "swish").contains(activation)) {
            throw new ImportException(
                    node.label()
                            + ": activation is '"
                            + activation
                            + "'; supported are none, silu and swish");
        }
        int before = weight[2] - 1;
        String x = node.input(0);
        if (node.hasInput(3)) {
            x = out.concat(y + "/with state", List.of(node.input(3), x), 2);
        } else if (before > 0) {
            x = out.node("Pad", y + "/padded", x, out.wholes(y + "/pads", 0, 0, before, 0, 0, 0));
        }
        List<String> inputs = new ArrayList<>(List.of(x, node.input(1)));
        if (node.hasInput(2)) {
            inputs.add(node.input(2));
        }
        boolean bends = activation.equals("silu") || activation.equals("swish");
        String sum =
                out.node(
                        "Conv",
                        bends ? y + "/sum" : y,
                        inputs,
                        Map.of("group", new Attribute.Whole(dims[1])));
        if (bends) {
            out.node("Mul", y, sum, out.node("Sigmoid", y + "/share", sum));
        }
        String state = node.outputs().size() < 2 ? "" : node.outputs().get(1);
        if (!state.isEmpty()) {
            out.sliced(x, state, 2, dims[2], (long) dims[2] + before, 1);
        }
    }

    /** The parts of one step of linear attention. */
    private record Step(String query, String key, String value, String decay, String beta) {}

    /**
     * Attention without softmax, a step after the other: the state decays, takes up what the key
     * finds new in the value, and is read by the query.
     *
     * @source operator LinearAttention of ONNX 27, the body of its function
     */
    private static void attention(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] query = to.state().dims(node, 0);
        int[] key = to.state().dims(node, 1);
        int[] value = to.state().dims(node, 2);
        long heads = node.whole("q_num_heads", 0);
        long groups = node.whole("kv_num_heads", 0);
        if (query.length != 3
                || key.length != 3
                || value.length != 3
                || !Arrays.equals(Arrays.copyOf(query, 2), Arrays.copyOf(key, 2))
                || !Arrays.equals(Arrays.copyOf(query, 2), Arrays.copyOf(value, 2))
                || heads < 1
                || groups < 1
                || heads % groups != 0
                || query[2] % heads != 0
                || query[2] / heads != key[2] / groups
                || key[2] % groups != 0
                || value[2] % groups != 0) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + heads
                            + " heads of queries and "
                            + groups
                            + " of keys do not share "
                            + Arrays.toString(query)
                            + ", "
                            + Arrays.toString(key)
                            + " and "
                            + Arrays.toString(value));
        }
        long depth = query[2] / heads;
        long batch = query[0];
        String rule = node.text("update_rule", "gated_delta");
        boolean decays = rule.startsWith("gated");
        boolean learns = rule.endsWith("delta");
        if (!List.of("linear", "gated", "delta", "gated_delta").contains(rule)) {
            throw new ImportException(
                    node.label()
                            + ": update_rule is '"
                            + rule
                            + "'; allowed are linear, gated, delta and gated_delta");
        }
        float given = node.real("scale", 0);
        double scale = given == 0 ? 1 / StrictMath.sqrt((double) depth) : given;
        String scaled =
                out.node("Mul", y + "/query", node.input(0), out.number(y + "/scale", scale));
        String shares = decays ? out.node("Exp", y + "/shares", node.input(4)) : "";
        String state = node.hasInput(3) ? node.input(3) : "";
        List<String> results = new ArrayList<>();
        for (int t = 0; t < query[1]; t++) {
            String name = y + "/" + t;
            Step step =
                    new Step(
                            at(out, scaled, name + "/q", t, batch, groups, heads / groups, depth),
                            at(out, node.input(1), name + "/k", t, batch, groups, depth, 1),
                            at(out, node.input(2), name + "/v", t, batch, groups, 1, -1),
                            decays ? at(out, shares, name + "/decay", t, batch, groups, -1, 1) : "",
                            learns
                                    ? at(out, node.input(5), name + "/beta", t, batch, -1, 1, 1)
                                    : "");
            state = step(out, step, state, name);
            String read = out.node("MatMul", name + "/read", step.query, state);
            results.add(out.reshaped(read, name + "/result", batch, 1, -1));
        }
        out.concat(y, results, 1);
        if (node.outputs().size() > 1 && !node.outputs().get(1).isEmpty()) {
            out.node("Identity", node.outputs().get(1), state);
        }
    }

    /** One step of a sequence, as (batch, heads, rows, columns). */
    private static String at(OnnxGraphBuilder out, String all, String name, int t, long... dims) {
        return out.reshaped(out.sliced(all, name + "/at", 1, t, t + 1L, 1), name, dims);
    }

    /** The state after a step; before the first it is nothing. */
    private static String step(OnnxGraphBuilder out, Step step, String state, String name) {
        String kept = state;
        if (!state.isEmpty() && !step.decay.isEmpty()) {
            kept = out.node("Mul", name + "/kept", state, step.decay);
        }
        String news = step.value;
        if (!step.beta.isEmpty()) {
            if (!kept.isEmpty()) {
                String row = out.transposed(step.key, name + "/row", 0, 1, 3, 2);
                String known = out.node("MatMul", name + "/known", row, kept);
                news = out.node("Sub", name + "/differs", step.value, known);
            }
            news = out.node("Mul", name + "/news", news, step.beta);
        }
        String outer = out.node("Mul", name + "/outer", step.key, news);
        return kept.isEmpty() ? outer : out.node("Add", name + "/state", kept, outer);
    }
}

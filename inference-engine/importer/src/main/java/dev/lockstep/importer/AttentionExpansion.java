package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attention and rotary positions as products, sums and a softmax. */
final class AttentionExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "Attention", (node, to) -> new AttentionExpansion(node, to).attention(),
                    "RotaryEmbedding", (node, to) -> new AttentionExpansion(node, to).rotary());

    private final OnnxNode node;
    private final Expansion to;
    private final LoweringState state;
    private final OnnxGraphBuilder out;
    private final String y;

    private AttentionExpansion(OnnxNode node, Expansion to) {
        this.node = node;
        this.to = to;
        state = to.state();
        out = to.builder();
        y = node.outputs().getFirst();
    }

    private int[] shape(int input) throws ImportException {
        OnnxTensor constant = state.constant(node.input(input));
        return constant != null ? constant.dims() : state.shape(state.activation(node, input));
    }

    /**
     * An input of [batch, positions, heads · size] or [batch, heads, positions, size] as the
     * latter.
     */
    private String heads(int input, int[] shape, long heads, String name) throws ImportException {
        if (shape.length == 4) {
            return node.input(input);
        }
        if (shape.length != 3 || heads < 1 || shape[2] % heads != 0) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + input
                            + " of shape "
                            + Arrays.toString(shape)
                            + " has not "
                            + heads
                            + " heads");
        }
        String split =
                out.reshaped(
                        node.input(input),
                        name + "/split",
                        shape[0],
                        shape[1],
                        heads,
                        shape[2] / heads);
        return out.transposed(split, name, 0, 2, 1, 3);
    }

    private static int[] parts(int[] shape, long heads) {
        return shape.length == 4
                ? shape
                : new int[] {shape[0], (int) heads, shape[1], (int) (shape[2] / heads)};
    }

    private void attention() throws ImportException {
        node.allowOnly(
                Set.of(
                        "is_causal",
                        "kv_num_heads",
                        "q_num_heads",
                        "qk_matmul_output_mode",
                        "scale",
                        "softcap",
                        "softmax_precision"));
        long queryHeads = node.whole("q_num_heads", 0);
        long keyHeads = node.whole("kv_num_heads", 0);
        String q = heads(0, shape(0), queryHeads, y + "/q");
        String k = heads(1, shape(1), keyHeads, y + "/k");
        String v = heads(2, shape(2), keyHeads, y + "/v");
        int[] queries = parts(shape(0), queryHeads);
        int[] keys = parts(shape(1), keyHeads);
        int[] values = parts(shape(2), keyHeads);
        if (node.hasInput(3) && (shape(3).length < 1 || shape(3).length > 4)) {
            throw new ImportException(
                    node.label() + ": a mask of shape " + Arrays.toString(shape(3)));
        }
        int past = 0;
        if (node.hasInput(4) && node.hasInput(5)) {
            int[] cache = shape(4);
            if (cache.length != 4 || shape(5).length != 4) {
                throw new ImportException(
                        node.label() + ": a cache of shape " + Arrays.toString(cache));
            }
            past = cache[2];
            k = out.concat(output(1, y + "/keys"), List.of(node.input(4), k), 2);
            v = out.concat(output(2, y + "/values"), List.of(node.input(5), v), 2);
        } else {
            given(1, k);
            given(2, v);
        }
        int batch = queries[0];
        int all = queries[1];
        int rows = queries[2];
        int length = keys[2] + past;
        int groups = keys[1] < 1 || all % keys[1] != 0 ? 0 : all / keys[1];
        if (groups < 1 || keys[0] != batch || values[1] != keys[1]) {
            throw new ImportException(
                    node.label()
                            + ": queries of "
                            + Arrays.toString(queries)
                            + " do not go with keys of "
                            + Arrays.toString(keys));
        }
        if (groups > 1) {
            q = out.reshaped(q, y + "/q groups", batch, keys[1], groups, rows, queries[3]);
            k = out.reshaped(k, y + "/k groups", batch, keys[1], 1, length, keys[3]);
            v = out.reshaped(v, y + "/v groups", batch, keys[1], 1, length, values[3]);
        }
        String turned =
                groups > 1
                        ? out.transposed(k, y + "/k turned", 0, 1, 2, 4, 3)
                        : out.transposed(k, y + "/k turned", 0, 1, 3, 2);
        float factor = node.real("scale", 0);
        double scale = factor == 0 ? 1 / StrictMath.sqrt(queries[3]) : factor;
        String product = out.node("MatMul", y + "/product", q, turned);
        String scores = out.node("Mul", y + "/scores", product, out.number(y + "/scale", scale));
        if (groups > 1) {
            scores = out.reshaped(scores, y + "/all scores", batch, all, rows, length);
        }
        long mode = node.whole("qk_matmul_output_mode", 0);
        given(3, mode == 0 ? scores : "");
        scores = capped(scores);
        given(3, mode == 1 ? scores : "");
        int[] dims = {batch, all, rows, length};
        float[] hidden = hidden(dims, past);
        scores = masked(scores, dims, hidden);
        given(3, mode == 2 ? scores : "");
        String shares =
                out.node(
                        "Softmax",
                        y + "/shares",
                        List.of(scores),
                        Map.of("axis", new Attribute.Whole(-1)));
        shares = seen(shares, dims, hidden);
        given(3, mode == 3 ? shares : "");
        if (groups > 1) {
            shares =
                    out.reshaped(shares, y + "/share groups", batch, keys[1], groups, rows, length);
        }
        boolean flat = shape(0).length == 3;
        boolean last = groups == 1 && !flat;
        String sum = out.node("MatMul", last ? y : y + "/sum", shares, v);
        if (groups > 1) {
            sum = out.reshaped(sum, flat ? y + "/heads" : y, batch, all, rows, values[3]);
        }
        if (flat) {
            String straight = out.transposed(sum, y + "/straight", 0, 2, 1, 3);
            out.reshaped(straight, y, batch, rows, (long) all * values[3]);
        }
    }

    private String output(int index, String otherwise) {
        boolean named = node.outputs().size() > index && !node.outputs().get(index).isEmpty();
        return named ? node.outputs().get(index) : otherwise;
    }

    /** A tensor given out, where that is asked for. */
    private void given(int index, String tensor) {
        String name = output(index, "");
        if (!name.isEmpty() && !tensor.isEmpty()) {
            out.node("Identity", name, tensor);
        }
    }

    private String capped(String scores) throws ImportException {
        float cap = node.real("softcap", 0);
        if (cap == 0) {
            return scores;
        }
        String small =
                out.node("Mul", y + "/small", scores, out.number(y + "/one by cap", 1 / cap));
        String bent = out.node("Tanh", y + "/bent", small);
        return out.node("Mul", y + "/capped", bent, out.number(y + "/cap", cap));
    }

    /** Scores with what hides those that do not count. */
    private String masked(String scores, int[] dims, float @Nullable [] hidden)
            throws ImportException {
        String sum = scores;
        if (node.hasInput(3) && !state.isConstant(node.input(3))) {
            int[] mask = shape(3);
            if (mask[mask.length - 1] != dims[3]) {
                throw new ImportException(
                        node.label()
                                + ": a computed mask of "
                                + Arrays.toString(mask)
                                + " for "
                                + dims[3]
                                + " keys");
            }
            String more = node.input(3);
            if (isTruth()) {
                more =
                        out.node(
                                "Sub",
                                y + "/unseen",
                                bits(dims, hidden),
                                out.number(y + "/one", 1));
                more =
                        out.node(
                                "Mul",
                                y + "/far",
                                more,
                                out.number(y + "/hidden", -HiddenScores.HIDDEN));
                return out.node("Add", y + "/masked", sum, more);
            }
            sum = out.node("Add", y + "/with mask", sum, more);
        }
        if (hidden != null) {
            String name = y + "/all masks";
            sum =
                    out.node(
                            "Add",
                            y + "/masked",
                            sum,
                            out.constant(OnnxTensor.ofFloats(name, dims, hidden)));
        }
        return sum;
    }

    private boolean isTruth() throws ImportException {
        return state.inputType(state.resolve(node.input(3))) == ElementType.BOOL;
    }

    /** A computed mask of truths as ones and zeros, with what is known not to be seen. */
    private String bits(int[] dims, float @Nullable [] hidden) throws ImportException {
        Map<String, Attribute> real = Map.of("to", new Attribute.Whole(1));
        String name = y + "/bits";
        String mask = hidden == null ? name : y + "/mask";
        out.node("Cast", mask, List.of(node.input(3)), real);
        if (hidden == null) {
            return name;
        }
        float[] visible = new float[hidden.length];
        for (int i = 0; i < visible.length; i++) {
            visible[i] = hidden[i] > HiddenScores.HIDDEN ? 1 : 0;
        }
        String known = out.constant(OnnxTensor.ofFloats(y + "/visible", dims, visible));
        return out.node("Mul", name, mask, known);
    }

    /** Shares with those of rows that see nothing at all made zero. */
    private String seen(String shares, int[] dims, float @Nullable [] hidden)
            throws ImportException {
        if (node.hasInput(3) && !state.isConstant(node.input(3)) && isTruth()) {
            String any =
                    ReduceExpansion.reduced(
                            to, "ReduceMax", y + "/any", y + "/bits", new long[] {-1}, 1, null);
            return out.node("Mul", y + "/seen", shares, any);
        }
        if (hidden == null) {
            return shares;
        }
        float[] rows = new float[hidden.length / dims[3]];
        boolean blind = false;
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < dims[3]; i++) {
                rows[row] = hidden[row * dims[3] + i] > HiddenScores.HIDDEN ? 1 : rows[row];
            }
            blind |= rows[row] == 0;
        }
        if (!blind) {
            return shares;
        }
        int[] column = {dims[0], dims[1], dims[2], 1};
        String factor = out.constant(OnnxTensor.ofFloats(y + "/seeing", column, rows));
        return out.node("Mul", y + "/seen", shares, factor);
    }

    /** What is added to each score by what is known before a run; null for nothing. */
    private float @Nullable [] hidden(int[] dims, int past) throws ImportException {
        boolean causal = node.whole("is_causal", 0) != 0;
        OnnxTensor mask = node.hasInput(3) ? state.constant(node.input(3)) : null;
        OnnxTensor lengths = node.hasInput(6) ? state.constantInput(node, 6) : null;
        if (lengths != null && lengths.size() == 0) {
            throw new ImportException(node.label() + ": the list of lengths is empty");
        }
        if (!causal && mask == null && lengths == null) {
            return null;
        }
        float[] hidden = new float[(int) Shapes.size(dims)];
        int[] at = new int[4];
        int[] seen = dims.clone();
        if (mask != null) {
            seen[3] = mask.dims()[mask.dims().length - 1];
            if (!Arrays.equals(Shapes.broadcast(node, mask.dims(), seen), seen)) {
                throw new ImportException(
                        node.label() + ": a mask of " + Arrays.toString(mask.dims()));
            }
        }
        for (int i = 0; i < hidden.length; i++) {
            float more = 0;
            long keys = lengths == null ? dims[3] : lengths.longs()[at[0] % lengths.size()];
            long first = lengths == null ? past : keys - dims[2];
            if (at[3] >= keys || (causal && at[3] > at[2] + first)) {
                more = HiddenScores.HIDDEN;
            }
            if (mask != null && (at[3] >= seen[3] && seen[3] != 1)) {
                more = HiddenScores.HIDDEN;
            } else if (mask != null) {
                float value = mask.real(Shapes.broadcastIndex(mask.dims(), at));
                boolean truth = mask.type() == ElementType.BOOL;
                more += truth ? (value == 0 ? HiddenScores.HIDDEN : 0) : value;
            }
            hidden[i] = Math.max(more, HiddenScores.HIDDEN);
            Shapes.advance(at, dims);
        }
        return hidden;
    }

    private void rotary() throws ImportException {
        node.allowOnly(Set.of("interleaved", "num_heads", "rotary_embedding_dim"));
        int[] given = shape(0);
        long count = node.whole("num_heads", 0);
        String x = heads(0, given, count, y + "/heads");
        int[] dims = parts(given, count);
        int size = dims[3];
        int turned = (int) node.whole("rotary_embedding_dim", 0);
        turned = turned == 0 ? size : turned;
        if (turned < 2 || turned > size || turned % 2 != 0) {
            throw new ImportException(
                    node.label() + ": " + turned + " of " + size + " elements cannot be turned");
        }
        String[] angles = new String[2];
        for (int i = 0; i < 2; i++) {
            String table = node.input(1 + i);
            String name = y + "/angles " + i;
            if (node.hasInput(3)) {
                table = out.node("Gather", name + "/rows", table, node.input(3));
            }
            angles[i] = out.reshaped(table, name, dims[0], 1, dims[2], turned / 2);
        }
        boolean pairs = node.whole("interleaved", 0) != 0;
        int half = turned / 2;
        String first =
                pairs
                        ? out.sliced(x, y + "/first", 3, 0, turned, 2)
                        : out.sliced(x, y + "/first", 3, 0, half, 1);
        String second =
                pairs
                        ? out.sliced(x, y + "/second", 3, 1, turned, 2)
                        : out.sliced(x, y + "/second", 3, half, turned, 1);
        String real =
                out.node(
                        "Sub",
                        y + "/real",
                        out.node("Mul", y + "/first cos", first, angles[0]),
                        out.node("Mul", y + "/second sin", second, angles[1]));
        String imaginary =
                out.node(
                        "Add",
                        y + "/imaginary",
                        out.node("Mul", y + "/first sin", first, angles[1]),
                        out.node("Mul", y + "/second cos", second, angles[0]));
        String whole;
        if (pairs) {
            long[] one = {dims[0], dims[1], dims[2], half, 1};
            String both =
                    out.concat(
                            y + "/pairs",
                            List.of(
                                    out.reshaped(real, y + "/real column", one),
                                    out.reshaped(imaginary, y + "/imaginary column", one)),
                            4);
            whole = out.reshaped(both, y + "/turned", dims[0], dims[1], dims[2], turned);
        } else {
            whole = out.concat(y + "/turned", List.of(real, imaginary), 3);
        }
        if (turned < size) {
            String rest = out.sliced(x, y + "/rest", 3, turned, size, 1);
            whole = out.concat(y + "/whole", List.of(whole, rest), 3);
        }
        if (given.length == 4) {
            out.node("Identity", y, whole);
        } else {
            String straight = out.transposed(whole, y + "/straight", 0, 2, 1, 3);
            out.reshaped(straight, y, given[0], given[1], given[2]);
        }
    }
}

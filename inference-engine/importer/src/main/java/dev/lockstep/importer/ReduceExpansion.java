package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Reductions that are several steps, and what is put together from reductions. */
final class ReduceExpansion {
    /** Factors of one product; more are refused. */
    private static final int FACTORS_MAX = 256;

    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "ReduceL1", ReduceExpansion::sumOfSizes,
                    "ReduceL2", ReduceExpansion::rootOfSquares,
                    "ReduceSumSquare", ReduceExpansion::sumOfSquares,
                    "ReduceLogSum", ReduceExpansion::logOfSum,
                    "ReduceLogSumExp", ReduceExpansion::logOfExponentials,
                    "ReduceProd", ReduceExpansion::product,
                    "LpNormalization", ReduceExpansion::normalized,
                    "LpPool", (node, to) -> lengthPool(node, to, "AveragePool"),
                    "GlobalLpPool", (node, to) -> lengthPool(node, to, "GlobalAveragePool"),
                    "CumSum", ReduceExpansion::runningSum);

    private final OnnxNode node;
    private final Expansion to;
    private final OnnxGraphBuilder out;
    private final String x;
    private final String y;
    private final int[] shape;

    private ReduceExpansion(OnnxNode node, Expansion to) throws ImportException {
        this.node = node;
        this.to = to;
        out = to.builder();
        x = node.input(0);
        y = node.outputs().getFirst();
        shape = to.state().shape(to.state().activation(node, 0));
    }

    /** The axes that the node lists; none for all of them. */
    private long[] axes() throws ImportException {
        long[] given =
                node.hasInput(1) ? to.state().constantInput(node, 1).longs() : node.wholes("axes");
        return given == null ? new long[0] : given;
    }

    private String reduced(String op, String name, String from) throws ImportException {
        return reduced(to, op, name, from, axes(), node.whole("keepdims", 1), node);
    }

    /** A reduction in the form that the opset has: axes as an attribute, or later as an input. */
    static String reduced(
            Expansion to,
            String op,
            String name,
            String from,
            long[] axes,
            long keeps,
            @Nullable OnnxNode model)
            throws ImportException {
        Attribute kept = new Attribute.Whole(keeps);
        boolean asInput = to.state().opset() >= (op.equals("ReduceSum") ? 13 : 18);
        boolean nothing = model != null && model.whole("noop_with_empty_axes", 0) != 0;
        if (axes.length == 0) {
            return nothing
                    ? to.builder().node("Identity", name, from)
                    : to.builder().node(op, name, List.of(from), Map.of("keepdims", kept));
        }
        if (asInput) {
            String listed = to.builder().wholes(name + "/axes", axes);
            return to.builder().node(op, name, List.of(from, listed), Map.of("keepdims", kept));
        }
        return to.builder()
                .node(
                        op,
                        name,
                        List.of(from),
                        Map.of("keepdims", kept, "axes", new Attribute.Wholes(axes)));
    }

    private static void sumOfSizes(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        all.reduced("ReduceSum", all.y, all.out.node("Abs", all.y + "/size", all.x));
    }

    private static void sumOfSquares(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        all.reduced("ReduceSum", all.y, all.square());
    }

    private String square() {
        return out.node("Mul", y + "/square", x, x);
    }

    private static void rootOfSquares(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        String sum = all.reduced("ReduceSum", all.y + "/sum", all.square());
        all.out.node("Sqrt", all.y, sum);
    }

    private static void logOfSum(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        all.out.node("Log", all.y, all.reduced("ReduceSum", all.y + "/sum", all.x));
    }

    /** The greatest is taken away before the exponential, so that the sum is 1 to n. */
    private static void logOfExponentials(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        OnnxGraphBuilder out = all.out;
        String y = all.y;
        String kept = reduced(to, "ReduceMax", y + "/greatest", all.x, all.axes(), 1, node);
        String below = out.node("Sub", y + "/below", all.x, kept);
        String sum = all.reduced("ReduceSum", y + "/sum", out.node("Exp", y + "/powers", below));
        String greatest = all.reduced("ReduceMax", y + "/top", all.x);
        out.node("Add", y, out.node("Log", y + "/log", sum), greatest);
    }

    private static void product(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        int rank = all.shape.length;
        long[] axes = all.axes();
        if (axes.length == 0 && node.whole("noop_with_empty_axes", 0) != 0) {
            all.out.node("Identity", all.y, all.x);
            return;
        }
        boolean[] gone = new boolean[rank];
        Arrays.fill(gone, axes.length == 0);
        for (long axis : axes) {
            gone[Shapes.axis(node, axis, rank)] = true;
        }
        long factors = 1;
        String product = all.x;
        for (int axis = 0; axis < rank; axis++) {
            int extent = all.shape[axis];
            if (!gone[axis] || extent == 1) {
                continue;
            }
            factors *= extent;
            if (factors > FACTORS_MAX) {
                throw new ImportException(
                        node.label()
                                + ": a product of "
                                + factors
                                + " numbers; at most "
                                + FACTORS_MAX
                                + " are supported");
            }
            String one = all.y + "/axis " + axis;
            String whole = product;
            product = all.out.sliced(whole, one + "/0", axis, 0, 1, 1);
            for (int i = 1; i < extent; i++) {
                String next = all.out.sliced(whole, one + "/" + i, axis, i, i + 1L, 1);
                product = all.out.node("Mul", one + "/product " + i, product, next);
            }
        }
        long[] dims =
                LongStream.range(0, rank)
                        .filter(axis -> !gone[(int) axis])
                        .map(axis -> all.shape[(int) axis])
                        .toArray();
        if (node.whole("keepdims", 1) != 0) {
            dims = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                dims[axis] = gone[axis] ? 1 : all.shape[axis];
            }
        }
        all.out.reshaped(product, all.y, dims);
    }

    /** Elements over the sum of their sizes, or over the root of the sum of their squares. */
    private static void normalized(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        long p = node.whole("p", 2);
        int axis = Shapes.axis(node, node.whole("axis", -1), all.shape.length);
        if (p != 1 && p != 2) {
            throw new ImportException(node.label() + ": p is " + p + "; allowed are 1 and 2");
        }
        OnnxGraphBuilder out = all.out;
        String y = all.y;
        if (p == 1) {
            String sizes = out.node("Abs", y + "/size", all.x);
            String sum = reduced(to, "ReduceSum", y + "/sum", sizes, new long[] {axis}, 1, null);
            out.node("Mul", y, all.x, out.node("Reciprocal", y + "/inverse", sum));
            return;
        }
        // Brought to a mean square of one, elements are greater by the root of their number.
        int rank = all.shape.length;
        int n = all.shape[axis];
        float[] gains = new float[n];
        Arrays.fill(gains, (float) (1 / StrictMath.sqrt(n)));
        String gain = out.constant(OnnxTensor.ofFloats(y + "/gain", new int[] {n}, gains));
        long[] order = LongStream.range(0, rank).toArray();
        order[axis] = rank - 1L;
        order[rank - 1] = axis;
        boolean turns = axis != rank - 1;
        String rows = turns ? out.transposed(all.x, y + "/rows", order) : all.x;
        String normal =
                out.node(
                        "SimplifiedLayerNormalization",
                        turns ? y + "/normal" : y,
                        List.of(rows, gain),
                        Map.of("epsilon", new Attribute.Real(1e-12f)));
        if (turns) {
            out.transposed(normal, y, order);
        }
    }

    /** A sum is a mean times a count. */
    private static void lengthPool(OnnxNode node, Expansion to, String pool)
            throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        long p = node.whole("p", 2);
        // Of higher powers 16 bits would keep the greatest elements only.
        if (p < 1 || p > 2) {
            throw new ImportException(node.label() + ": p is " + p + "; allowed are 1 and 2");
        }
        OnnxGraphBuilder out = all.out;
        String y = all.y;
        String power = p == 2 ? all.square() : out.node("Abs", y + "/size", all.x);
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("p");
        long count = Shapes.size(Arrays.copyOfRange(all.shape, 2, all.shape.length));
        if (pool.equals("AveragePool")) {
            attributes.put("count_include_pad", new Attribute.Whole(1));
            long[] kernel = node.wholes("kernel_shape");
            count = kernel == null ? 1 : LongStream.of(kernel).reduce(1, (a, b) -> a * b);
        }
        String mean = out.node(pool, y + "/mean", List.of(power), attributes);
        String number = out.number(y + "/count", (double) count);
        String sum = out.node("Mul", p == 1 ? y : y + "/sum", mean, number);
        if (p == 2) {
            out.node("Sqrt", y, sum);
        }
    }

    /** A product with a triangular matrix of ones. */
    private static void runningSum(OnnxNode node, Expansion to) throws ImportException {
        ReduceExpansion all = new ReduceExpansion(node, to);
        long along = to.state().wholeConstant(node, 1);
        int rank = all.shape.length;
        int axis = Shapes.axis(node, along, rank);
        int n = all.shape[axis];
        if (n > 1 << 10) {
            throw new ImportException(
                    node.label() + ": sums of " + n + " elements; at most 1024 are supported");
        }
        boolean back = node.whole("reverse", 0) != 0;
        int skipped = node.whole("exclusive", 0) != 0 ? 1 : 0;
        float[] ones = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean counts = back ? i >= j + skipped : i + skipped <= j;
                ones[i * n + j] = counts ? 1 : 0;
            }
        }
        String matrix =
                all.out.constant(OnnxTensor.ofFloats(all.y + "/ones", new int[] {n, n}, ones));
        long[] order = LongStream.range(0, rank).toArray();
        order[axis] = rank - 1L;
        order[rank - 1] = axis;
        boolean turns = axis != rank - 1;
        String x = to.asReal(all.x);
        String rows = turns ? all.out.transposed(x, all.y + "/rows", order) : x;
        String sums = all.out.node("MatMul", turns ? all.y + "/sums" : all.y, rows, matrix);
        if (turns) {
            all.out.transposed(sums, all.y, order);
        }
    }
}

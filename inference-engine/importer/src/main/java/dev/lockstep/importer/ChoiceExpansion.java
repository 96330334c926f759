package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Elements chosen by truths, places or triangles. */
final class ChoiceExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "Where", ChoiceExpansion::where,
                    "Trilu", ChoiceExpansion::triangle,
                    "Hardmax", ChoiceExpansion::hardmax,
                    "OneHot", ChoiceExpansion::oneHot,
                    "GatherElements", ChoiceExpansion::gatherElements,
                    "GatherND", ChoiceExpansion::gatherBlocks,
                    "ScatterND", ChoiceExpansion::scatter);

    private static final int TABLE_MAX = 1 << 11;

    private ChoiceExpansion() {}

    private static int[] shape(OnnxNode node, int input, LoweringState state)
            throws ImportException {
        OnnxTensor constant = state.constant(node.input(input));
        return constant != null ? constant.dims() : state.shape(state.activation(node, input));
    }

    /**
     * By constant truths a selection among both; by computed ones the second plus a share of the
     * difference, or a share of each where one is a constant, whose size may be another.
     */
    private static void where(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        OnnxTensor truths = state.constant(node.input(0));
        if (truths == null) {
            OnnxTensor known = state.constant(node.input(1));
            known = known == null ? state.constant(node.input(2)) : known;
            boolean integers = state.isInteger(node.input(1));
            ElementType type =
                    !integers
                            ? ElementType.FLOAT
                            : known != null
                                    ? known.type()
                                    : state.inputType(state.resolve(node.input(1)));
            Map<String, Attribute> cast = Map.of("to", new Attribute.Whole(type.code()));
            String share = out.node("Cast", y + "/share", List.of(node.input(0)), cast);
            if (known != null && !integers) {
                String rest = out.node("Sub", y + "/rest", out.number(y + "/one", 1), share);
                String first = out.node("Mul", y + "/first", node.input(1), share);
                out.node("Add", y, first, out.node("Mul", y + "/second", node.input(2), rest));
                return;
            }
            String more = out.node("Sub", y + "/more", node.input(1), node.input(2));
            out.node("Add", y, node.input(2), out.node("Mul", y + "/chosen", share, more));
            return;
        }
        int[] a = shape(node, 1, state);
        int[] b = shape(node, 2, state);
        int[] dims = Shapes.broadcast(node, truths.dims(), Shapes.broadcast(node, a, b));
        for (int which = 1; which <= 2; which++) {
            if (isAll(truths, which == 1)) {
                long[] whole = Arrays.stream(dims).asLongStream().toArray();
                boolean fits = Arrays.equals(dims, which == 1 ? a : b);
                if (fits) {
                    out.node("Identity", y, node.input(which));
                } else {
                    out.node("Expand", y, node.input(which), out.wholes(y + "/dims", whole));
                }
                return;
            }
        }
        long[] order = new long[(int) Shapes.size(dims)];
        int[] at = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            boolean first = truths.real(Shapes.broadcastIndex(truths.dims(), at)) != 0;
            order[i] =
                    first
                            ? Shapes.broadcastIndex(a, at)
                            : Shapes.size(a) + Shapes.broadcastIndex(b, at);
            Shapes.advance(at, dims);
        }
        String left = out.reshaped(node.input(1), y + "/first", -1);
        String right = out.reshaped(node.input(2), y + "/second", -1);
        picked(out, y, out.concat(y + "/both", List.of(left, right), 0), order, dims);
    }

    private static boolean isAll(OnnxTensor truths, boolean value) {
        return Arrays.stream(truths.longs()).allMatch(truth -> (truth != 0) == value);
    }

    /** Elements at constant places of an axis. */
    private static void gatherElements(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor indices = to.state().constantInput(node, 1);
        int[] order = ConstantPicks.elements(node, shape(node, 0, to.state()), indices);
        line(node, to, order, indices.dims());
    }

    /** Blocks at constant places of the first axes. */
    private static void gatherBlocks(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor indices = to.state().constantInput(node, 1);
        ConstantPicks.Blocks blocks =
                ConstantPicks.blocks(node, shape(node, 0, to.state()), indices);
        line(node, to, blocks.order(), blocks.dims());
    }

    private static void line(OnnxNode node, Expansion to, int[] order, int[] dims) {
        String y = node.outputs().getFirst();
        String line = to.builder().reshaped(node.inputs().getFirst(), y + "/line", -1);
        long[] places = Arrays.stream(order).asLongStream().toArray();
        picked(to.builder(), y, line, places, dims);
    }

    /** Blocks at constant places replaced by others. */
    private static void scatter(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = shape(node, 0, to.state());
        int[] replaced =
                ConstantPicks.blocks(node, dims, to.state().constantInput(node, 1)).order();
        if (!node.text("reduction", "none").equals("none")
                || replaced.length != Shapes.size(shape(node, 2, to.state()))) {
            throw new ImportException(
                    node.label() + ": supported are replacements that fit the indices");
        }
        long[] order = LongStream.range(0, Shapes.size(dims)).toArray();
        for (int i = 0; i < replaced.length; i++) {
            order[replaced[i]] = (long) order.length + i;
        }
        String old = out.reshaped(node.input(0), y + "/old", -1);
        String fresh = out.reshaped(node.input(2), y + "/new", -1);
        picked(out, y, out.concat(y + "/both", List.of(old, fresh), 0), order, dims);
    }

    /** A tensor of elements picked from a line of them. */
    private static void picked(
            OnnxGraphBuilder out, String y, String line, long[] order, int[] dims) {
        String index = out.wholes(y + "/places", order);
        Map<String, Attribute> axis = Map.of("axis", new Attribute.Whole(0));
        String flat = out.node("Gather", y + "/picked", List.of(line, index), axis);
        out.reshaped(flat, y, Arrays.stream(dims).asLongStream().toArray());
    }

    private static void triangle(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = shape(node, 0, state);
        if (dims.length < 2) {
            throw new ImportException(
                    node.label()
                            + " has an input of "
                            + dims.length
                            + " axes; allowed are 2 or more");
        }
        boolean upper = node.whole("upper", 1) != 0;
        long k = node.hasInput(1) ? state.oneConstant(node, 1).longs()[0] : 0;
        int size = (int) Shapes.size(dims);
        int columns = dims[dims.length - 1];
        int rows = dims[dims.length - 2];
        long[] order = new long[size];
        for (int i = 0; i < size; i++) {
            long right = i % columns - (long) (i / columns % rows);
            boolean stays = upper ? right >= k : right <= k;
            order[i] = stays ? i : size;
        }
        ElementType type = state.inputType(state.resolve(node.input(0)));
        String zero =
                out.constant(
                        type.isReal()
                                ? OnnxTensor.ofFloats(
                                        y + "/zero", type, new int[] {1}, new float[1])
                                : OnnxTensor.ofLongs(
                                        y + "/zero", type, new int[] {1}, new long[1]));
        String line = out.reshaped(node.input(0), y + "/line", -1);
        picked(out, y, out.concat(y + "/with zero", List.of(line, zero), 0), order, dims);
    }

    /** One where the greatest element of an axis is, the first of equals, and zero elsewhere. */
    private static void hardmax(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = shape(node, 0, to.state());
        boolean flattens = to.state().opset() < 13;
        int axis = Shapes.axis(node, node.whole("axis", flattens ? 1 : -1), dims.length);
        String x = node.input(0);
        int[] taken = dims;
        if (flattens) {
            int rows = (int) Shapes.size(Arrays.copyOf(dims, axis));
            taken = new int[] {rows, (int) Shapes.size(dims) / rows};
            x = out.reshaped(x, y + "/rows", taken[0], taken[1]);
            axis = 1;
        }
        Map<String, Attribute> attributes =
                Map.of("axis", new Attribute.Whole(axis), "keepdims", new Attribute.Whole(0));
        String place = out.node("ArgMax", y + "/place", List.of(x), attributes);
        String rows = rows(node, out, place, taken[axis], 0, 1);
        String turned = along(out, rows, y + "/turned", axis, taken.length);
        out.reshaped(turned, y, Arrays.stream(dims).asLongStream().toArray());
    }

    private static void oneHot(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor values = to.state().constantInput(node, 2);
        if (values.size() != 2) {
            throw new ImportException(
                    node.label() + " has " + values.size() + " values; expected 2: off and on");
        }
        int depth = (int) Math.clamp(to.state().oneConstant(node, 1).real(0), 0, 1 << 20);
        int rank = shape(node, 0, to.state()).length + 1;
        int axis = Shapes.axis(node, node.whole("axis", -1), rank);
        String y = node.outputs().getFirst();
        String rows =
                rows(node, to.builder(), node.input(0), depth, values.real(0), values.real(1));
        String turned = along(to.builder(), rows, y + "/turned", axis, rank);
        to.builder().node("Identity", y, turned);
    }

    /** For each place the row of a table that has one number there and another elsewhere. */
    private static String rows(
            OnnxNode node, OnnxGraphBuilder out, String place, int depth, float off, float on)
            throws ImportException {
        if (depth < 1 || depth > TABLE_MAX) {
            throw new ImportException(
                    node.label() + ": depth " + depth + "; allowed are 1 to " + TABLE_MAX);
        }
        String y = node.outputs().getFirst();
        float[] table = new float[depth * depth];
        Arrays.fill(table, off);
        for (int i = 0; i < depth; i++) {
            table[i * depth + i] = on;
        }
        String rows =
                out.constant(OnnxTensor.ofFloats(y + "/table", new int[] {depth, depth}, table));
        Map<String, Attribute> first = Map.of("axis", new Attribute.Whole(0));
        return out.node("Gather", y + "/hot", List.of(rows, place), first);
    }

    /** The last axis put in the place of another. */
    private static String along(
            OnnxGraphBuilder out, String rows, String name, int axis, int rank) {
        if (axis == rank - 1) {
            return rows;
        }
        long[] order =
                LongStream.range(0, rank)
                        .map(i -> i < axis ? i : i == axis ? rank - 1L : i - 1)
                        .toArray();
        return out.transposed(rows, name, order);
    }
}

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
                    "Compress", ChoiceExpansion::compress,
                    "CenterCropPad", ChoiceExpansion::centre,
                    "ReverseSequence", ChoiceExpansion::reverse,
                    "Shrink", ChoiceExpansion::shrink);

    private static final int TABLE_MAX = 1 << 11;

    private static final int SIZE_MAX = 1 << 20;

    private ChoiceExpansion() {}

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
            boolean integers = known != null ? !known.isFloat() : state.isInteger(node.input(1));
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
        int[] a = state.dims(node, 1);
        int[] b = state.dims(node, 2);
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
        int[] order = ConstantPicks.elements(node, to.state().dims(node, 0), indices);
        line(node, to, order, indices.dims());
    }

    /** Blocks at constant places of the first axes. */
    private static void gatherBlocks(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor indices = to.state().constantInput(node, 1);
        ConstantPicks.Blocks blocks = ConstantPicks.blocks(node, to.state().dims(node, 0), indices);
        line(node, to, blocks.order(), blocks.dims());
    }

    private static void line(OnnxNode node, Expansion to, int[] order, int[] dims) {
        String y = node.outputs().getFirst();
        String line = to.builder().reshaped(node.inputs().getFirst(), y + "/line", -1);
        long[] places = Arrays.stream(order).asLongStream().toArray();
        picked(to.builder(), y, line, places, dims);
    }

    /** A tensor of elements picked from a line of them. */
    static void picked(OnnxGraphBuilder out, String y, String line, long[] order, int[] dims) {
        String index = out.wholes(y + "/places", order);
        Map<String, Attribute> axis = Map.of("axis", new Attribute.Whole(0));
        String flat = out.node("Gather", y + "/picked", List.of(line, index), axis);
        out.reshaped(flat, y, Arrays.stream(dims).asLongStream().toArray());
    }

    private static void triangle(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = state.dims(node, 0);
        long k = node.hasInput(1) ? state.wholeConstant(node, 1) : 0;
        boolean[] stays = ConstantPicks.triangle(node, dims, k);
        long[] order = new long[stays.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = stays[i] ? i : order.length;
        }
        OnnxTensor none = state.number(node.input(0), y + "/zero", 0);
        String zero = out.constant(none);
        String line = out.reshaped(node.input(0), y + "/line", -1);
        picked(out, y, out.concat(y + "/with zero", List.of(line, zero), 0), order, dims);
    }

    /** One where the greatest element of an axis is, the first of equals, and zero elsewhere. */
    private static void hardmax(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = to.state().dims(node, 0);
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
        int rank = to.state().dims(node, 0).length + 1;
        int axis = Shapes.axis(node, node.whole("axis", -1), rank);
        String y = node.outputs().getFirst();
        String place = node.input(0);
        if (!to.state().isInteger(place)) {
            Map<String, Attribute> whole =
                    Map.of("to", new Attribute.Whole(ElementType.INT64.code()));
            place = to.builder().node("Cast", y + "/place", List.of(place), whole);
        }
        String rows = rows(node, to.builder(), place, depth, values.real(0), values.real(1));
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

    /** Slices of an axis, or elements, where a constant says so. */
    private static void compress(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        OnnxTensor truths = to.state().constantInput(node, 1);
        long[] places =
                LongStream.range(0, truths.size())
                        .filter(i -> truths.longs()[(int) i] != 0)
                        .toArray();
        if (truths.isFloat() || places.length == 0) {
            throw new ImportException(node.label() + ": nothing is chosen");
        }
        String y = node.outputs().getFirst();
        boolean flat = !node.has("axis");
        String x = flat ? out.reshaped(node.input(0), y + "/line", -1) : node.input(0);
        int rank = to.state().dims(node, 0).length;
        int axis = flat ? 0 : Shapes.axis(node, node.whole("axis", 0), rank);
        out.node(
                "Gather",
                y,
                List.of(x, out.wholes(y + "/places", places)),
                Map.of("axis", new Attribute.Whole(axis)));
    }

    /** The middle of longer axes, and zeros around shorter ones. */
    private static void centre(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        int[] dims = to.state().dims(node, 0);
        long[] wanted = to.state().constantInput(node, 1).longs();
        long[] axes = node.wholes("axes");
        axes = axes == null ? LongStream.range(0, dims.length).toArray() : axes;
        if (wanted.length != axes.length) {
            throw new ImportException(
                    node.label() + ": " + wanted.length + " sizes for " + axes.length + " axes");
        }
        String y = node.outputs().getFirst();
        String x = node.input(0);
        long[] pads = new long[2 * dims.length];
        for (int i = 0; i < axes.length; i++) {
            int axis = Shapes.axis(node, axes[i], dims.length);
            if (wanted[i] < 1 || wanted[i] > SIZE_MAX) {
                throw new ImportException(
                        node.label() + ": size " + wanted[i] + "; allowed are 1 to " + SIZE_MAX);
            }
            long more = wanted[i] - dims[axis];
            if (more < 0) {
                x =
                        out.sliced(
                                x,
                                y + "/cropped " + axis,
                                axis,
                                -more / 2,
                                -more / 2 + wanted[i],
                                1);
            } else {
                pads[axis] = more / 2;
                pads[dims.length + axis] = more - more / 2;
            }
        }
        out.node("Pad", y, x, out.wholes(y + "/pads", pads));
    }

    /** The first elements of each sequence in reverse, as many as a constant says. */
    private static void reverse(OnnxNode node, Expansion to) throws ImportException {
        int[] dims = to.state().dims(node, 0);
        OnnxTensor lengths = to.state().constantInput(node, 1);
        int time = Shapes.axis(node, node.whole("time_axis", 0), dims.length);
        int batch = Shapes.axis(node, node.whole("batch_axis", 1), dims.length);
        if (lengths.isFloat() || lengths.size() != dims[batch] || time == batch) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + lengths.size()
                            + " lengths for axes "
                            + batch
                            + " and "
                            + time
                            + " of "
                            + Arrays.toString(dims));
        }
        int[] order = new int[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            long length = lengths.longs()[index[batch]];
            long at = index[time] < length ? length - 1 - index[time] : index[time];
            int[] from = index.clone();
            from[time] = ConstantPicks.place(node, at, dims[time]);
            order[i] = Shapes.broadcastIndex(dims, from);
            Shapes.advance(index, dims);
        }
        line(node, to, order, dims);
    }

    /** What is beyond a bound on either side, brought nearer to zero; zero between. */
    private static void shrink(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        String x = to.asReal(node.input(0));
        float bound = node.real("lambd", 0.5f);
        float bias = node.real("bias", 0);
        Map<String, Attribute> real = Map.of("to", new Attribute.Whole(ElementType.FLOAT.code()));
        String[] parts = new String[2];
        for (int i = 0; i < 2; i++) {
            String name = y + (i == 0 ? "/low" : "/high");
            String end = out.number(name + "/bound", i == 0 ? -bound : bound);
            String is = out.node(i == 0 ? "Less" : "Greater", name + "/is", x, end);
            String share = out.node("Cast", name + "/share", List.of(is), real);
            String moved =
                    out.node(
                            "Add",
                            name + "/moved",
                            x,
                            out.number(name + "/bias", i == 0 ? bias : -bias));
            parts[i] = out.node("Mul", name, moved, share);
        }
        out.node("Add", y, parts[0], parts[1]);
    }
}

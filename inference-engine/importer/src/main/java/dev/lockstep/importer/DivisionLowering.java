package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Whole;
import dev.lockstep.importer.OnnxNode.Attribute;
import dev.lockstep.inference.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Whole numbers over constant ones: quotients cut off towards zero, and remainders. */
final class DivisionLowering {
    /** Multiples of up to this have a scale that a float holds. */
    private static final long DIVISOR_MAX = 1 << 24;

    private static final int DIVISORS_MAX = 64;

    private DivisionLowering() {}

    /**
     * By several constants: the elements of each divisor for themselves, then laid together.
     *
     * @return whether that was so
     */
    static boolean splits(OnnxNode node, Expansion to) throws ImportException {
        OnnxTensor divisors = to.state().constant(node.input(1));
        if (divisors == null || divisors.isFloat()) {
            return false;
        }
        int[] from = to.state().dims(node, 0);
        if (divisors.size() == 1 && divisors.dims().length <= Math.max(1, from.length)) {
            return false;
        }
        int[] dims = Shapes.broadcast(node, from, divisors.dims());
        Set<Long> distinct = new TreeSet<>();
        Arrays.stream(divisors.longs()).forEach(distinct::add);
        if (distinct.isEmpty() || distinct.size() > DIVISORS_MAX) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + distinct.size()
                            + " different divisors; supported are 1 to "
                            + DIVISORS_MAX);
        }
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        String line = out.reshaped(node.input(0), y + "/line", -1);
        Map<String, Attribute> first = Map.of("axis", new Attribute.Whole(0));
        long[] order = new long[ConstantFolder.count(node, dims)];
        List<String> parts = new ArrayList<>();
        int laid = 0;
        for (long divisor : distinct) {
            String name = y + "/by " + divisor;
            List<Integer> places = new ArrayList<>();
            int[] index = new int[dims.length];
            for (int i = 0; i < order.length; i++) {
                if (divisors.longs()[Shapes.broadcastIndex(divisors.dims(), index)] == divisor) {
                    places.add(Shapes.broadcastIndex(from, index));
                    order[i] = laid++;
                }
                Shapes.advance(index, dims);
            }
            long[] picked = places.stream().mapToLong(Integer::longValue).toArray();
            String part =
                    out.node(
                            "Gather",
                            name + "/part",
                            List.of(line, out.wholes(name + "/places", picked)),
                            first);
            int[] one = {1};
            OnnxTensor number =
                    OnnxTensor.ofLongs(name + "/one", divisors.type(), one, new long[] {divisor});
            parts.add(
                    out.node(
                            node.op(),
                            name,
                            List.of(part, out.constant(number)),
                            node.attributes()));
        }
        ChoiceExpansion.picked(out, y, out.concat(y + "/all", parts, 0), order, dims);
        return true;
    }

    static void quotient(OnnxNode node, LoweringState state) throws ImportException {
        String x = whole(node, state);
        int divisor = divisor(node, state);
        String output = node.outputs().getFirst();
        if (!type(state, x).isSigned()) {
            state.add(new Whole(x, output, Whole.Kind.FLOOR, divisor), state.shape(x));
            return;
        }
        towardsZero(node, state, x, divisor);
    }

    /** Real numbers cut off towards zero. */
    static void truncated(OnnxNode node, LoweringState state, String x) throws ImportException {
        towardsZero(node, state, x, 1);
    }

    private static void towardsZero(OnnxNode node, LoweringState state, String x, int divisor)
            throws ImportException {
        String output = node.outputs().getFirst();
        String[] parts = parts(state, x, output, divisor, TensorScale.WHOLE);
        state.add(new FloatLayer.Sum(parts[0], parts[1], output, false, Clip.NONE), state.shape(x));
        state.give(output, TensorScale.WHOLE);
    }

    /** What is left of a quotient that is rounded down, or as in C towards zero. */
    static void remainder(OnnxNode node, LoweringState state) throws ImportException {
        String x = whole(node, state);
        int divisor = divisor(node, state);
        String output = node.outputs().getFirst();
        int[] shape = state.shape(x);
        TensorScale multiples = new TensorScale(DType.I32, Math.abs(divisor), 0);
        String rest = x;
        String[] taken;
        if (node.whole("fmod", 0) != 0 && type(state, x).isSigned()) {
            taken = parts(state, x, output, Math.abs(divisor), multiples);
            rest = state.fresh(output, "rest");
            state.add(new FloatLayer.Sum(x, taken[0], rest, true, Clip.NONE), shape);
            state.give(rest, TensorScale.WHOLE);
        } else {
            taken = new String[] {"", state.fresh(output, "multiple")};
            Whole.Kind kind = divisor < 0 ? Whole.Kind.CEILING : Whole.Kind.FLOOR;
            state.add(new Whole(x, taken[1], kind, Math.abs(divisor)), shape);
            state.give(taken[1], multiples);
        }
        state.add(new FloatLayer.Sum(rest, taken[1], output, true, Clip.NONE), shape);
        state.give(output, TensorScale.WHOLE);
    }

    /** The quotients of what is above zero, and of what is below, both towards zero. */
    private static String[] parts(
            LoweringState state, String x, String output, int divisor, TensorScale scale)
            throws ImportException {
        String[] parts = new String[2];
        state.readBy(x, 1);
        for (int i = 0; i < 2; i++) {
            boolean above = i == 0;
            String side = state.fresh(output, above ? "above" : "below");
            Clip half = above ? Clip.RELU : new Clip(Float.NEGATIVE_INFINITY, 0);
            state.add(new FloatLayer.Cut(x, side, half), state.shape(x));
            parts[i] = state.fresh(output, above ? "up" : "down");
            Whole.Kind kind = above == divisor > 0 ? Whole.Kind.FLOOR : Whole.Kind.CEILING;
            state.add(new Whole(side, parts[i], kind, divisor), state.shape(x));
            state.give(parts[i], scale);
        }
        return parts;
    }

    private static String whole(OnnxNode node, LoweringState state) throws ImportException {
        String x = state.activation(node, 0);
        if (!state.isInteger(node.input(0)) || !state.isWhole(x)) {
            throw new ImportException(
                    node.label()
                            + ": only whole numbers are divided here, and '"
                            + node.input(0)
                            + "' holds others");
        }
        return x;
    }

    private static ElementType type(LoweringState state, String x) {
        return state.isInput(x) ? state.inputType(x) : ElementType.INT64;
    }

    private static int divisor(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor constant = state.oneConstant(node, 1);
        long divisor = constant.isFloat() ? 0 : constant.longs()[0];
        if (divisor == 0 || Math.abs(divisor) > DIVISOR_MAX) {
            throw new ImportException(
                    node.label()
                            + ": divisor "
                            + divisor
                            + "; allowed are 1 to "
                            + DIVISOR_MAX
                            + " and their negatives");
        }
        return (int) divisor;
    }
}

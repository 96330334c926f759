package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Normalisations as that of the last axes, with gains and offsets after it. */
final class NormExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of(
                    "LayerNormalization", NormExpansion::layer,
                    "RMSNormalization", NormExpansion::layer,
                    "GroupNormalization", NormExpansion::groups,
                    "InstanceNormalization", NormExpansion::groups,
                    "MeanVarianceNormalization", NormExpansion::meanAndVariance);

    private NormExpansion() {}

    /** Gains that are computed, and the mean and deviation as results of their own. */
    private static void layer(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        boolean constant = true;
        for (int i = 1; i < 3; i++) {
            constant &= !node.hasInput(i) || state.isConstant(node.input(i));
        }
        boolean statistics = node.outputs().size() > 1;
        if (constant && !statistics) {
            to.builder().add(node);
            return;
        }
        OnnxGraphBuilder out = to.builder();
        String x = node.input(0);
        String y = node.outputs().getFirst();
        int[] shape = state.shape(state.activation(node, 0));
        int axis = Shapes.axis(node, node.whole("axis", -1), shape.length);
        if (constant) {
            out.node(node.op(), y, node.inputs(), node.attributes());
        } else {
            String normal =
                    out.node(
                            node.op(),
                            y + "/normal",
                            List.of(x, ones(out, y, Arrays.copyOfRange(shape, axis, shape.length))),
                            node.attributes());
            boolean shifts = node.hasInput(2);
            String scaled = out.node("Mul", shifts ? y + "/scaled" : y, normal, node.input(1));
            if (shifts) {
                out.node("Add", y, scaled, node.input(2));
            }
        }
        if (!statistics) {
            return;
        }
        long[] axes = LongStream.range(axis, shape.length).toArray();
        String given = node.outputs().get(1);
        String mean = given.isEmpty() ? y + "/mean" : given;
        ReduceExpansion.reduced(to, "ReduceMean", mean, x, axes, 1, null);
        if (node.outputs().size() > 2) {
            String deviation = out.node("Sub", y + "/deviation", x, mean);
            String squares = out.node("Mul", y + "/squares", deviation, deviation);
            String variance =
                    ReduceExpansion.reduced(
                            to, "ReduceMean", y + "/variance", squares, axes, 1, null);
            String more =
                    out.node(
                            "Add",
                            y + "/more",
                            variance,
                            out.number(y + "/epsilon", node.real("epsilon", 1e-5f)));
            out.node("Pow", node.outputs().get(2), more, out.number(y + "/power", -0.5));
        }
    }

    private static String ones(OnnxGraphBuilder out, String name, int[] dims) {
        float[] ones = new float[(int) Shapes.size(dims)];
        Arrays.fill(ones, 1);
        return out.constant(OnnxTensor.ofFloats(name + "/ones", dims, ones));
    }

    /** Groups of channels, each brought to one size; an instance is a group of one channel. */
    private static void groups(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        int[] shape = to.state().shape(to.state().activation(node, 0));
        int channels = shape.length < 2 ? 0 : shape[1];
        boolean instance = node.op().equals("InstanceNormalization");
        long groups = instance ? channels : node.whole("num_groups", 0);
        if (channels == 0 || groups < 1 || channels % groups != 0) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + groups
                            + " groups of the channels of "
                            + Arrays.toString(shape));
        }
        String y = node.outputs().getFirst();
        int each = (int) (Shapes.size(shape) / shape[0] / groups);
        String rows = out.reshaped(node.input(0), y + "/groups", shape[0], groups, each);
        String normal =
                out.node(
                        "LayerNormalization",
                        y + "/normal",
                        List.of(rows, ones(out, y, new int[] {each})),
                        Map.of("epsilon", new Attribute.Real(node.real("epsilon", 1e-5f))));
        long[] dims = LongStream.range(0, shape.length).map(i -> shape[(int) i]).toArray();
        String straight = out.reshaped(normal, y + "/straight", dims);
        // Before opset 21 a group has one gain, since then each channel has its own.
        List<String> numbers = new ArrayList<>();
        for (int i = 1; i < 3; i++) {
            long[] spread = new long[shape.length - 1];
            Arrays.fill(spread, 1);
            OnnxTensor given = to.state().constant(node.input(i));
            int size =
                    given != null
                            ? given.size()
                            : (int) Shapes.size(to.state().shape(node.input(i)));
            spread[0] = channels;
            String number = node.input(i);
            if (size != channels) {
                long[] repeated = {groups, channels / groups};
                String column = out.reshaped(number, y + "/column " + i, groups, 1);
                number =
                        out.node(
                                "Expand",
                                y + "/repeated " + i,
                                column,
                                out.wholes(y + "/repeats " + i, repeated));
            }
            numbers.add(out.reshaped(number, y + "/channels " + i, spread));
        }
        String scaled = out.node("Mul", y + "/scaled", straight, numbers.get(0));
        out.node("Add", y, scaled, numbers.get(1));
    }

    private static void meanAndVariance(OnnxNode node, Expansion to) throws ImportException {
        OnnxGraphBuilder out = to.builder();
        int[] shape = to.state().shape(to.state().activation(node, 0));
        int rank = shape.length;
        long[] given = node.wholes("axes");
        boolean[] together = new boolean[rank];
        for (long axis : given == null ? new long[] {0, 2, 3} : given) {
            together[Shapes.axis(node, axis, rank)] = true;
        }
        long[] order = new long[rank];
        int[] back = new int[rank];
        int next = 0;
        int apart = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (int axis = 0; axis < rank; axis++) {
                if (together[axis] == (pass == 1)) {
                    back[axis] = next;
                    order[next++] = axis;
                    apart += pass == 0 ? 1 : 0;
                }
            }
        }
        String y = node.outputs().getFirst();
        int[] turned =
                Shapes.permuted(shape, Arrays.stream(order).mapToInt(i -> (int) i).toArray());
        String moved = out.transposed(node.input(0), y + "/turned", order);
        String normal =
                out.node(
                        "LayerNormalization",
                        y + "/normal",
                        List.of(moved, ones(out, y, Arrays.copyOfRange(turned, apart, rank))),
                        Map.of(
                                "axis",
                                new Attribute.Whole(apart),
                                "epsilon",
                                new Attribute.Real(1e-9f)));
        out.transposed(normal, y, Arrays.stream(back).asLongStream().toArray());
    }
}

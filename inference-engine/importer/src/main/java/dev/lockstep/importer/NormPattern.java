package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A normalisation as exporters write it for opsets that have no operator for it: the deviation from
 * the mean, or the tensor itself, over the root of the mean of its square. As one operation its
 * squares are never rounded.
 */
final class NormPattern {
    private final LoweringState state;
    private final Map<String, OnnxNode> makers = new HashMap<>();

    NormPattern(OnnxGraph graph, LoweringState state) {
        this.state = state;
        for (OnnxNode node : graph.nodes()) {
            node.outputs().forEach(output -> makers.put(output, node));
        }
    }

    /**
     * What is divided, and by the root of what.
     *
     * @param over the mean of squares and epsilon
     */
    private record Quotient(String part, String over) {}

    /** A mean over the last axes. */
    private record Mean(String of, int axis) {}

    /**
     * The normalisation that a node ends.
     *
     * @param axis the first of the axes over which the mean is taken
     */
    private record Found(String input, boolean centred, int axis, double epsilon) {}

    /** Adds one node for a product or quotient that ends a normalisation; false for others. */
    boolean replace(OnnxNode node, OnnxGraphBuilder out) throws ImportException {
        Found found = found(node);
        if (found == null) {
            return false;
        }
        String y = node.outputs().getFirst();
        int[] shape = state.shape(state.resolve(found.input()));
        int[] dims = Arrays.copyOfRange(shape, found.axis(), shape.length);
        float[] ones = new float[(int) Shapes.size(dims)];
        Arrays.fill(ones, 1);
        String gain = out.constant(OnnxTensor.ofFloats(y + "/ones", dims, ones));
        out.node(
                found.centred() ? "LayerNormalization" : "SimplifiedLayerNormalization",
                y,
                List.of(found.input(), gain),
                Map.of(
                        "axis",
                        new Attribute.Whole(found.axis()),
                        "epsilon",
                        new Attribute.Real((float) found.epsilon())));
        return true;
    }

    private @Nullable Found found(OnnxNode node) throws ImportException {
        for (int side = 0; side < 2; side++) {
            Quotient quotient = quotient(node, side);
            OnnxNode sum = quotient == null ? null : made(quotient.over(), "Add");
            if (quotient == null || sum == null) {
                continue;
            }
            for (int i = 0; i < 2; i++) {
                Double epsilon = number(sum.input(i));
                Mean mean = epsilon == null ? null : mean(sum.input(1 - i));
                String root = mean == null ? null : square(mean.of());
                if (epsilon == null || mean == null || root == null || !(epsilon > 0)) {
                    continue;
                }
                if (root.equals(quotient.part()) && state.isComputed(root)) {
                    Found centred = centred(root, mean.axis(), epsilon);
                    return centred != null ? centred : new Found(root, false, mean.axis(), epsilon);
                }
                // The deviation may be computed twice.
                Found one = centred(root, mean.axis(), epsilon);
                if (one != null && one.equals(centred(quotient.part(), mean.axis(), epsilon))) {
                    return one;
                }
            }
        }
        return null;
    }

    /** A difference of a tensor and its own mean. */
    private @Nullable Found centred(String deviation, int axis, double epsilon)
            throws ImportException {
        OnnxNode difference = made(deviation, "Sub");
        Mean mean = difference == null ? null : mean(difference.input(1));
        if (difference == null || mean == null || mean.axis() != axis) {
            return null;
        }
        String of = state.resolve(mean.of());
        return of.equals(state.resolve(difference.input(0)))
                ? new Found(of, true, axis, epsilon)
                : null;
    }

    /** Division by a root, or a product with what is one over a root. */
    private @Nullable Quotient quotient(OnnxNode node, int side) throws ImportException {
        if (node.op().equals("Div")) {
            String root = side == 0 ? root(node.input(1)) : null;
            return root == null ? null : new Quotient(state.resolve(node.input(0)), root);
        }
        String factor = node.input(side);
        String part = state.resolve(node.input(1 - side));
        OnnxNode reciprocal = made(factor, "Reciprocal");
        OnnxNode division = made(factor, "Div");
        if (division != null && Double.valueOf(1).equals(number(division.input(0)))) {
            String root = root(division.input(1));
            return root == null ? null : new Quotient(part, root);
        }
        if (reciprocal != null) {
            String root = root(reciprocal.input(0));
            return root == null ? null : new Quotient(part, root);
        }
        OnnxNode power = made(factor, "Pow");
        boolean inverse = power != null && Double.valueOf(-0.5).equals(number(power.input(1)));
        return power != null && inverse ? new Quotient(part, power.input(0)) : null;
    }

    private @Nullable String root(String tensor) throws ImportException {
        OnnxNode root = made(tensor, "Sqrt");
        OnnxNode power = made(tensor, "Pow");
        if (root != null) {
            return root.input(0);
        }
        boolean half = power != null && Double.valueOf(0.5).equals(number(power.input(1)));
        return power != null && half ? power.input(0) : null;
    }

    /** The tensor whose square another is. */
    private @Nullable String square(String tensor) throws ImportException {
        OnnxNode power = made(tensor, "Pow");
        if (power != null && Double.valueOf(2).equals(number(power.input(1)))) {
            return state.resolve(power.input(0));
        }
        OnnxNode product = made(tensor, "Mul");
        boolean same =
                product != null
                        && state.resolve(product.input(0)).equals(state.resolve(product.input(1)));
        return product != null && same ? state.resolve(product.input(0)) : null;
    }

    private @Nullable Mean mean(String tensor) throws ImportException {
        OnnxNode mean = made(tensor, "ReduceMean");
        if (mean == null || mean.whole("keepdims", 1) == 0 || !state.isComputed(mean.input(0))) {
            return null;
        }
        OnnxTensor listed = mean.hasInput(1) ? state.constant(mean.input(1)) : null;
        long[] axes = listed != null ? listed.longs() : mean.wholes("axes");
        int rank = state.shape(mean.input(0)).length;
        if (axes == null || axes.length == 0 || axes.length > rank) {
            return null;
        }
        boolean[] taken = new boolean[rank];
        for (long axis : axes) {
            taken[Shapes.axis(mean, axis, rank)] = true;
        }
        int first = rank - axes.length;
        for (int axis = first; axis < rank; axis++) {
            if (!taken[axis]) {
                return null;
            }
        }
        return new Mean(mean.input(0), first);
    }

    private @Nullable Double number(String tensor) {
        OnnxTensor constant = state.constant(tensor);
        return constant == null || constant.size() != 1 ? null : constant.wide()[0];
    }

    private @Nullable OnnxNode made(String tensor, String op) {
        OnnxNode maker = makers.get(tensor);
        while (maker != null && (maker.op().equals("Identity") || isRealCast(maker))) {
            maker = makers.get(maker.inputs().getFirst());
        }
        return maker != null && maker.operator().equals(op) ? maker : null;
    }

    /** Half precision is cast to single around a normalisation, and back. */
    private static boolean isRealCast(OnnxNode node) {
        return node.op().equals("Cast")
                && node.attributes().get("to") instanceof Attribute.Whole(long to)
                && (to == 1 || to == 10 || to == 11);
    }
}

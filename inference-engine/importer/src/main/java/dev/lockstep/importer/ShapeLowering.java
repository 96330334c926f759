package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.ArgMax;
import dev.lockstep.importer.FloatLayer.Concat;
import dev.lockstep.importer.FloatLayer.Pad;
import dev.lockstep.importer.FloatLayer.Reshape;
import dev.lockstep.importer.FloatLayer.Softmax;
import dev.lockstep.importer.FloatLayer.Transpose;
import dev.lockstep.inference.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that move elements without computing, and the two that look along an axis. */
final class ShapeLowering {
    private ShapeLowering() {}

    static void reshape(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        to(
                node,
                state,
                input,
                Shapes.reshape(node, state.shape(input), state.constantInput(node, 1).longs()));
    }

    static void flatten(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        to(node, state, input, Shapes.flatten(node, state.shape(input)));
    }

    static void squeeze(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        long[] axes = node.hasInput(1) ? state.constantInput(node, 1).longs() : node.wholes("axes");
        to(node, state, input, Shapes.squeeze(node, state.shape(input), axes));
    }

    static void unsqueeze(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        long[] axes = node.hasInput(1) ? state.constantInput(node, 1).longs() : node.wholes("axes");
        to(node, state, input, Shapes.unsqueeze(node, state.shape(input), axes));
    }

    static void transpose(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int[] permutation = Shapes.permutation(node, shape.length);
        int[] out = Shapes.permuted(shape, permutation);
        // Where only axes of one element move, the elements stay where they are.
        int[] long0 = Arrays.stream(permutation).filter(axis -> shape[axis] > 1).toArray();
        boolean moves = false;
        for (int i = 1; i < long0.length; i++) {
            moves |= long0[i] < long0[i - 1];
        }
        state.add(
                moves
                        ? new Transpose(input, node.outputs().getFirst(), permutation)
                        : new Reshape(input, node.outputs().getFirst()),
                out);
    }

    static void concat(OnnxNode node, LoweringState state) throws ImportException {
        List<String> inputs = new ArrayList<>();
        int axis = -1;
        int[] out = new int[0];
        for (int i = 0; i < node.inputs().size(); i++) {
            String input = state.activation(node, i);
            int[] shape = state.shape(input);
            if (i == 0) {
                axis = Shapes.axis(node, node.whole("axis", 0), shape.length);
                out = shape.clone();
            } else {
                int[] same = shape.clone();
                if (same.length == out.length) {
                    same[axis] = out[axis];
                }
                if (!Arrays.equals(same, out)) {
                    throw new ImportException(
                            node.label()
                                    + ": shape "
                                    + Arrays.toString(shape)
                                    + " of input "
                                    + i
                                    + " does not fit along axis "
                                    + axis);
                }
                out[axis] += shape[axis];
            }
            inputs.add(input);
        }
        state.add(new Concat(inputs, node.outputs().getFirst(), axis), out);
    }

    static void pad(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        long[] pads = node.hasInput(1) ? state.constantInput(node, 1).longs() : node.wholes("pads");
        float value =
                node.hasInput(2) ? state.constantInput(node, 2).real(0) : node.real("value", 0);
        String mode = node.text("mode", "constant");
        if (!mode.equals("constant") || value != 0 || node.hasInput(3)) {
            throw new ImportException(
                    node.label()
                            + ": only borders of zeros around all axes are supported (mode '"
                            + mode
                            + "', value "
                            + value
                            + ")");
        }
        if (pads == null || pads.length != 2 * shape.length) {
            throw new ImportException(
                    node.label()
                            + ": pads "
                            + Arrays.toString(pads)
                            + " for an input of rank "
                            + shape.length);
        }
        int[] before = new int[shape.length];
        int[] after = new int[shape.length];
        int[] out = new int[shape.length];
        for (int axis = 0; axis < shape.length; axis++) {
            long first = pads[axis];
            long last = pads[axis + shape.length];
            if (first < 0
                    || last < 0
                    || first + last + shape[axis] > Integer.MAX_VALUE
                    || first > Integer.MAX_VALUE) {
                throw new ImportException(
                        node.label()
                                + ": pads "
                                + Arrays.toString(pads)
                                + "; each must be 0 or more");
            }
            before[axis] = (int) first;
            after[axis] = (int) last;
            out[axis] = (int) (shape[axis] + first + last);
        }
        state.add(new Pad(input, node.outputs().getFirst(), before, after), out);
    }

    static void softmax(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        boolean flattens = state.opset() < 13;
        int axis = Shapes.axis(node, node.whole("axis", flattens ? 1 : -1), shape.length);
        int inner = (int) Shapes.size(Arrays.copyOfRange(shape, axis + 1, shape.length));
        if (inner != 1 && !flattens) {
            throw new ImportException(
                    node.label()
                            + ": softmax along axis "
                            + axis
                            + " of "
                            + Arrays.toString(shape)
                            + "; only the last axis is supported");
        }
        int[] rows = {(int) Shapes.size(Arrays.copyOf(shape, axis)), shape[axis] * inner};
        String output = node.outputs().getFirst();
        if (Arrays.equals(rows, shape)) {
            state.add(new Softmax(input, output), shape);
            return;
        }
        String flat = state.fresh(output, "rows");
        String result = state.fresh(output, "softmax");
        state.add(new Reshape(input, flat), rows);
        state.add(new Softmax(flat, result), rows);
        state.add(new Reshape(result, output), shape);
    }

    static void argMax(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, node.whole("axis", 0), shape.length);
        if (axis != shape.length - 1 || node.whole("select_last_index", 0) != 0) {
            throw new ImportException(
                    node.label() + ": only the last axis with the first of equals is supported");
        }
        int[] kept = shape.clone();
        kept[axis] = 1;
        String output = node.outputs().getFirst();
        if (node.whole("keepdims", 1) != 0) {
            state.add(new ArgMax(input, output), kept);
            return;
        }
        String indices = state.fresh(output, "index");
        state.add(new ArgMax(input, indices), kept);
        state.add(new Reshape(indices, output), Arrays.copyOf(shape, shape.length - 1));
    }

    static void unchanged(OnnxNode node, LoweringState state) throws ImportException {
        if (state.readsOutput(node, 1)) {
            throw new ImportException(node.label() + ": the mask output is not supported");
        }
        state.alias(state.activation(node, 0), node.outputs().getFirst());
    }

    /**
     * To real numbers nothing changes. To whole numbers only what is whole already can be cast,
     * since nothing here cuts off fractions.
     */
    static void cast(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        ElementType to = ElementType.of(node.whole("to", 0), node.label());
        if (state.isOpenInteger(input)) {
            state.give(input, QuantizeLowering.plain(state.inputType(input), node.label()));
        }
        TensorScale scale = state.scale(input);
        boolean whole =
                scale != null ? scale.scale() == 1 : isSumOfWholes(state, input) && to.bits() >= 32;
        if (!to.isReal() && !whole) {
            throw new ImportException(
                    node.label()
                            + ": cast of a computed tensor to "
                            + to
                            + " is not supported, only to float");
        }
        if (!to.isReal()) {
            state.settle(input, new TensorScale(DType.I32, 1, 0));
        }
        unchanged(node, state);
    }

    /** Whether a tensor is a sum of products of whole numbers. */
    private static boolean isSumOfWholes(LoweringState state, String tensor) {
        if (!(state.solelyFor(tensor) instanceof FloatLayer.Linear linear)
                || linear.given() == null) {
            return false;
        }
        TensorScale from = state.scale(linear.inputs().getFirst());
        if (from == null || from.scale() != 1) {
            return false;
        }
        for (float scale : linear.given().scale()) {
            if (scale != 1) {
                return false;
            }
        }
        for (float bias : linear.bias()) {
            if (bias != StrictMath.rint(bias)) {
                return false;
            }
        }
        return true;
    }

    static void shape(OnnxNode node, LoweringState state) throws ImportException {
        int[] shape = state.shape(state.activation(node, 0));
        int from = clamp(node.whole("start", 0), shape.length);
        int to = clamp(node.whole("end", shape.length), shape.length);
        long[] dims =
                Arrays.stream(shape)
                        .asLongStream()
                        .skip(from)
                        .limit(Math.max(0, to - from))
                        .toArray();
        state.addConstant(
                node.outputs().getFirst(),
                OnnxTensor.ofLongs(node.outputs().getFirst(), new int[] {dims.length}, dims));
    }

    private static int clamp(long index, int rank) {
        return Math.clamp(index < 0 ? index + rank : index, 0, rank);
    }

    private static void to(OnnxNode node, LoweringState state, String input, int[] shape)
            throws ImportException {
        if (Arrays.equals(shape, state.shape(input))) {
            state.alias(input, node.outputs().getFirst());
        } else {
            state.add(new Reshape(input, node.outputs().getFirst()), shape);
        }
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Concat;
import dev.lockstep.importer.FloatLayer.Pad;
import dev.lockstep.importer.FloatLayer.Reshape;
import dev.lockstep.importer.FloatLayer.Transpose;
import dev.lockstep.inference.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Operators that move elements without computing. */
final class ShapeLowering {
    private static final int PAD_MAX = 1 << 20;

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
        transposed(state, input, node.outputs().getFirst(), permutation);
    }

    /** Turns after one another are one turn; one that changes nothing is none. */
    private static void transposed(LoweringState state, String given, String output, int[] wanted)
            throws ImportException {
        String input = given;
        int[] permutation = wanted;
        if (state.producer(given) instanceof Transpose(String before, String _, int[] first)) {
            input = before;
            permutation = Arrays.stream(wanted).map(axis -> first[axis]).toArray();
            state.readBy(before, 1);
        }
        int[] shape = state.shape(input);
        int[] out = Shapes.permuted(shape, permutation);
        if (Arrays.equals(permutation, IntStream.range(0, shape.length).toArray())) {
            state.alias(input, output);
            return;
        }
        // Where only axes of one element move, the elements stay where they are.
        int[] long0 = Arrays.stream(permutation).filter(axis -> shape[axis] > 1).toArray();
        boolean moves = false;
        for (int i = 1; i < long0.length; i++) {
            moves |= long0[i] < long0[i - 1];
        }
        state.add(
                moves ? new Transpose(input, output, permutation) : new Reshape(input, output),
                out);
    }

    static void concat(OnnxNode node, LoweringState state) throws ImportException {
        List<String> inputs = new ArrayList<>();
        int axis = -1;
        int[] out = new int[0];
        for (int i = 0; i < node.inputs().size(); i++) {
            OnnxTensor constant = state.constant(node.input(i));
            if (constant != null && constant.size() == 0) {
                continue;
            }
            String input = state.activation(node, i);
            int[] shape = state.shape(input);
            if (inputs.isEmpty()) {
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
        String output = node.outputs().getFirst();
        Columns columns = FeatureLowering.joined(state, inputs);
        if (columns != null && axis == out.length - 1) {
            FeatureLowering.add(node, state, columns);
            return;
        }
        if (inputs.stream().allMatch(state::isExact)) {
            TensorScale coarsest = TensorScale.WHOLE;
            for (int i = 0; i < inputs.size(); i++) {
                TensorScale scale = ClassicalLowering.scale(state, inputs.get(i));
                coarsest = i == 0 || scale.scale() > coarsest.scale() ? scale : coarsest;
            }
            state.give(output, coarsest);
        } else if (areWhole(node, state)) {
            state.give(output, TensorScale.WHOLE);
        }
        state.add(new Concat(inputs, output, axis), out);
    }

    /** Whether all inputs are whole numbers by the file, and stand for themselves. */
    private static boolean areWhole(OnnxNode node, LoweringState state) throws ImportException {
        for (String input : node.inputs()) {
            boolean constant = state.isConstant(input);
            if (!state.isInteger(input) || (!constant && !state.isWhole(state.resolve(input)))) {
                return false;
            }
        }
        return true;
    }

    static void pad(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        long[] pads = node.hasInput(1) ? state.constantInput(node, 1).longs() : node.wholes("pads");
        float value = node.hasInput(2) ? state.oneConstant(node, 2).real(0) : node.real("value", 0);
        String mode = node.text("mode", "constant");
        int rank = shape.length;
        int[] axes = IntStream.range(0, rank).toArray();
        if (node.hasInput(3)) {
            long[] given = state.constantInput(node, 3).longs();
            axes = new int[given.length];
            for (int i = 0; i < axes.length; i++) {
                axes[i] = Shapes.axis(node, given[i], rank);
            }
        }
        if (pads == null || pads.length != 2 * axes.length) {
            throw new ImportException(
                    node.label()
                            + ": pads "
                            + Arrays.toString(pads)
                            + " for "
                            + axes.length
                            + " axes");
        }
        int[] before = new int[rank];
        int[] after = new int[rank];
        int[] out = shape.clone();
        for (int i = 0; i < axes.length; i++) {
            long first = pads[i];
            long last = pads[i + axes.length];
            if (first < 0 || last < 0 || first > PAD_MAX || last > PAD_MAX) {
                throw new ImportException(
                        node.label()
                                + ": pads "
                                + Arrays.toString(pads)
                                + "; each must be 0 to "
                                + PAD_MAX);
            }
            before[axes[i]] = (int) first;
            after[axes[i]] = (int) last;
            out[axes[i]] += (int) (first + last);
        }
        String output = node.outputs().getFirst();
        if (mode.equals("constant")) {
            state.add(new Pad(input, output, before, after, value), out);
            return;
        }
        int[][] indices = new int[rank][];
        for (int axis = 0; axis < rank; axis++) {
            indices[axis] = new int[out[axis]];
            int size = shape[axis];
            for (int i = 0; i < out[axis]; i++) {
                int at = i - before[axis];
                int turn = Math.max(1, 2 * (size - 1));
                indices[axis][i] =
                        switch (mode) {
                            case "edge" -> Math.clamp(at, 0, size - 1);
                            case "wrap" -> Math.floorMod(at, size);
                            case "reflect" ->
                                    size - 1 - Math.abs(size - 1 - Math.floorMod(at, turn));
                            default ->
                                    throw new ImportException(
                                            node.label() + ": mode '" + mode + "' is unknown");
                        };
            }
        }
        state.add(new FloatLayer.Select(input, output, indices), out);
    }

    static void dropout(OnnxNode node, LoweringState state) throws ImportException {
        if (node.hasInput(2) && state.oneConstant(node, 2).real(0) != 0) {
            throw new ImportException(node.label() + ": only the form for inference is supported");
        }
        String input = state.activation(node, 0);
        if (state.readsOutput(node, 1)) {
            long[] kept = new long[(int) Shapes.size(state.shape(input))];
            Arrays.fill(kept, 1);
            String mask = node.outputs().get(1);
            state.addConstant(
                    mask, OnnxTensor.ofLongs(mask, ElementType.BOOL, state.shape(input), kept));
        }
        unchanged(node, state);
    }

    static void unchanged(OnnxNode node, LoweringState state) throws ImportException {
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
        if (state.columns(input) != null) {
            unchanged(node, state);
            return;
        }
        TensorScale scale = state.scale(input);
        boolean whole =
                scale != null ? scale.scale() == 1 : isSumOfWholes(state, input) && to.bits() >= 32;
        if (!to.isReal() && !whole && to != ElementType.BOOL && to.bits() >= Byte.SIZE) {
            DivisionLowering.truncated(node, state, input);
            return;
        }
        if (!to.isReal() && !whole) {
            throw new ImportException(
                    node.label()
                            + ": cast of a computed tensor to "
                            + to
                            + " is not supported; supported are floats and whole numbers of 8 bits and more");
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

    /** Channels become squares of pixels. */
    static void depthToSpace(OnnxNode node, LoweringState state) throws ImportException {
        int[] shape = state.picture(node, state.activation(node, 0));
        int b = block(node, shape[1] % square(node) == 0);
        int c = shape[1] / b / b;
        boolean columns = node.text("mode", "DCR").equals("CRD");
        int[] split =
                columns
                        ? new int[] {shape[0], c, b, b, shape[2], shape[3]}
                        : new int[] {shape[0], b, b, c, shape[2], shape[3]};
        int[] order = columns ? new int[] {0, 1, 4, 2, 5, 3} : new int[] {0, 3, 4, 1, 5, 2};
        blocks(node, state, split, order, shape[0], c, shape[2] * b, shape[3] * b);
    }

    static void spaceToDepth(OnnxNode node, LoweringState state) throws ImportException {
        int[] shape = state.picture(node, state.activation(node, 0));
        int size = (int) node.whole("blocksize", 1);
        int b = block(node, size > 0 && shape[2] % size == 0 && shape[3] % size == 0);
        int[] split = {shape[0], shape[1], shape[2] / b, b, shape[3] / b, b};
        int[] order = {0, 3, 5, 1, 2, 4};
        blocks(node, state, split, order, shape[0], shape[1] * b * b, shape[2] / b, shape[3] / b);
    }

    private static int square(OnnxNode node) throws ImportException {
        return Math.clamp(node.whole("blocksize", 1), 1, 1024)
                * Math.clamp(node.whole("blocksize", 1), 1, 1024);
    }

    private static int block(OnnxNode node, boolean fits) throws ImportException {
        long size = node.whole("blocksize", 0);
        if (!fits || size < 1 || size > 1024) {
            throw new ImportException(node.label() + ": blocksize " + size + " does not fit");
        }
        return (int) size;
    }

    private static void blocks(
            OnnxNode node, LoweringState state, int[] split, int[] order, int... result)
            throws ImportException {
        String output = node.outputs().getFirst();
        String parts = state.fresh(output, "parts");
        String turned = state.fresh(output, "turned");
        state.add(new Reshape(state.activation(node, 0), parts), split);
        state.add(new Transpose(parts, turned, order), Shapes.permuted(split, order));
        state.add(new Reshape(turned, output), result);
    }

    static void shape(OnnxNode node, LoweringState state) throws ImportException {
        int[] shape = state.shape(state.activation(node, 0));
        int from = Shapes.clamp(node.whole("start", 0), shape.length);
        int to = Shapes.clamp(node.whole("end", shape.length), shape.length);
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

    /** The number of elements. */
    static void size(OnnxNode node, LoweringState state) throws ImportException {
        String output = node.outputs().getFirst();
        long size = Shapes.size(state.shape(state.activation(node, 0)));
        state.addConstant(output, OnnxTensor.ofLongs(output, new int[0], new long[] {size}));
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

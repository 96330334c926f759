package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Embedding;
import dev.lockstep.importer.FloatLayer.Gather;
import dev.lockstep.importer.FloatLayer.Reshape;
import dev.lockstep.importer.FloatLayer.Select;
import dev.lockstep.importer.FloatLayer.Slice;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Operators that pick elements: parts, repetitions, enlargements, tables. */
final class PickLowering {
    private PickLowering() {}

    static void slice(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        Shapes.Part part =
                Shapes.part(
                        node,
                        shape,
                        list(node, state, 1, "starts"),
                        list(node, state, 2, "ends"),
                        list(node, state, 3, "axes"),
                        list(node, state, 4, "steps"));
        for (int axis = 0; axis < shape.length; axis++) {
            if (part.dims()[axis] < 1) {
                throw new ImportException(
                        node.label()
                                + ": nothing is left of axis "
                                + axis
                                + " of "
                                + Arrays.toString(shape));
            }
        }
        String output = node.outputs().getFirst();
        part(state, input, output, part.first(), part.step(), part.dims());
    }

    private static void part(
            LoweringState state, String input, String output, int[] first, int[] step, int[] out)
            throws ImportException {
        if (Arrays.equals(out, state.shape(input)) && Arrays.stream(step).allMatch(by -> by == 1)) {
            state.alias(input, output);
        } else {
            state.add(new Slice(input, output, first, step), out);
        }
    }

    /** A list given as a constant input, as newer versions have it, or as an attribute. */
    private static long @Nullable [] list(
            OnnxNode node, LoweringState state, int input, String attribute)
            throws ImportException {
        return node.hasInput(input)
                ? state.constantInput(node, input).longs()
                : node.wholes(attribute);
    }

    static void split(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, node.whole("axis", 0), shape.length);
        long[] sizes = list(node, state, 1, "split");
        int count = node.outputs().size();
        if (sizes == null) {
            sizes = new long[count];
            long each = Math.ceilDiv(shape[axis], count);
            Arrays.fill(sizes, each);
            sizes[count - 1] = shape[axis] - each * (count - 1);
        }
        if (sizes.length != count || Arrays.stream(sizes).sum() != shape[axis]) {
            throw new ImportException(
                    node.label()
                            + ": parts of "
                            + Arrays.toString(sizes)
                            + " do not make up axis "
                            + axis
                            + " of "
                            + Arrays.toString(shape));
        }
        state.readBy(input, count - 1);
        int[] first = new int[shape.length];
        int[] step = new int[shape.length];
        Arrays.fill(step, 1);
        for (int i = 0; i < count; i++) {
            int[] out = shape.clone();
            out[axis] = (int) sizes[i];
            part(state, input, node.outputs().get(i), first.clone(), step, out);
            first[axis] += (int) sizes[i];
        }
    }

    /**
     * Constant indices are a selection; computed ones pick from a constant or a computed tensor.
     */
    static void gather(OnnxNode node, LoweringState state) throws ImportException {
        String output = node.outputs().getFirst();
        long along = node.whole("axis", 0);
        if (!state.isConstant(node.input(0)) && state.isConstant(node.input(1))) {
            String input = state.activation(node, 0);
            int[] shape = state.shape(input);
            int axis = Shapes.axis(node, along, shape.length);
            OnnxTensor index = state.constantInput(node, 1);
            int[][] indices = everything(shape);
            indices[axis] = new int[index.size()];
            for (int i = 0; i < index.size(); i++) {
                long at = index.longs()[i] < 0 ? index.longs()[i] + shape[axis] : index.longs()[i];
                if (at < 0 || at >= shape[axis]) {
                    throw new ImportException(
                            node.label() + ": index " + at + " of " + shape[axis] + " elements");
                }
                indices[axis][i] = (int) at;
            }
            int[] out = around(shape, axis, index.dims());
            int[] picked = shape.clone();
            picked[axis] = index.size();
            if (Arrays.equals(out, picked)) {
                state.add(new Select(input, output, indices), out);
            } else {
                String flat = state.fresh(output, "picked");
                state.add(new Select(input, flat, indices), picked);
                state.add(new Reshape(flat, output), out);
            }
            return;
        }
        String index = state.activation(node, 1);
        TensorScale scale = state.isWhole(index) ? state.scale(index) : null;
        if (scale == null) {
            throw new ImportException(node.label() + ": indices must be whole numbers");
        }
        if (scale.zeroPoint() != 0) {
            String plain = state.fresh(output, "index");
            state.give(plain, TensorScale.WHOLE);
            state.add(new FloatLayer.Requantize(index, plain), state.shape(index));
            index = plain;
        }
        if (state.isConstant(node.input(0))) {
            OnnxTensor table = state.constantInput(node, 0);
            int[] dims = table.dims();
            if (dims.length == 0 || Shapes.axis(node, along, dims.length) != 0) {
                throw new ImportException(
                        node.label()
                                + ": a table of dims "
                                + Arrays.toString(dims)
                                + " along axis "
                                + along
                                + "; only the first axis of a table is supported");
            }
            float[] rows = new float[table.size()];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = table.real(i);
            }
            state.add(
                    new Embedding(index, output, rows, dims[0]),
                    around(dims, 0, state.shape(index)));
            return;
        }
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, along, shape.length);
        state.add(new Gather(input, index, output, axis), around(shape, axis, state.shape(index)));
    }

    /** The dims with those of an index in the place of an axis. */
    private static int[] around(int[] shape, int axis, int[] index) {
        int[] out = new int[shape.length - 1 + index.length];
        System.arraycopy(shape, 0, out, 0, axis);
        System.arraycopy(index, 0, out, axis, index.length);
        System.arraycopy(shape, axis + 1, out, axis + index.length, shape.length - axis - 1);
        return out;
    }

    private static int[][] everything(int[] shape) {
        int[][] indices = new int[shape.length][];
        for (int axis = 0; axis < shape.length; axis++) {
            indices[axis] = new int[shape[axis]];
            for (int i = 0; i < shape[axis]; i++) {
                indices[axis][i] = i;
            }
        }
        return indices;
    }

    /** Extents of 1 repeated to those of a constant shape. */
    static void expand(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        long[] wanted = state.constantInput(node, 1).longs();
        int[] dims = Shapes.extents(node, wanted);
        int[] out = Shapes.broadcast(node, shape, dims);
        repeat(node, state, input, Shapes.padded(shape, out.length), out);
    }

    static void tile(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        long[] repeats = state.constantInput(node, 1).longs();
        int[] out = shape.clone();
        if (repeats.length != shape.length) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + repeats.length
                            + " repetitions of "
                            + shape.length
                            + " axes");
        }
        for (int axis = 0; axis < out.length; axis++) {
            if (repeats[axis] < 1 || repeats[axis] * out[axis] > 1 << 20) {
                throw new ImportException(node.label() + ": " + repeats[axis] + " repetitions");
            }
            out[axis] *= (int) repeats[axis];
        }
        repeat(node, state, input, shape, out);
    }

    private static void repeat(
            OnnxNode node, LoweringState state, String input, int[] shape, int[] out)
            throws ImportException {
        String output = node.outputs().getFirst();
        String from = input;
        if (!Arrays.equals(shape, state.shape(input))) {
            from = Arrays.equals(shape, out) ? output : state.fresh(output, "axes");
            state.add(new Reshape(input, from), shape);
        }
        if (Arrays.equals(shape, out)) {
            if (!from.equals(output)) {
                state.alias(input, output);
            }
            return;
        }
        int[][] indices = everything(out);
        for (int axis = 0; axis < out.length; axis++) {
            for (int i = 0; i < out[axis]; i++) {
                indices[axis][i] = i % shape[axis];
            }
        }
        state.add(new Select(from, output, indices), out);
    }

    /** Nearest neighbour: a selection of rows and columns. */
    static void resize(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        boolean old = node.op().equals("Upsample") || state.opset() < 11;
        String nearest = old ? "floor" : node.text("nearest_mode", "round_prefer_floor");
        ResizeGeometry to = ResizeGeometry.of(node, state, shape);
        int[][] indices = new int[shape.length][];
        for (int axis = 0; axis < shape.length; axis++) {
            indices[axis] = new int[to.out()[axis]];
            for (int i = 0; i < to.out()[axis]; i++) {
                double at = to.coordinate(node, axis, i);
                indices[axis][i] = Math.clamp(rounded(node, nearest, at), 0, shape[axis] - 1);
            }
        }
        state.add(new Select(input, node.outputs().getFirst(), indices), to.out());
    }

    private static int rounded(OnnxNode node, String mode, double at) throws ImportException {
        return (int)
                switch (mode) {
                    case "floor" -> StrictMath.floor(at);
                    case "ceil" -> StrictMath.ceil(at);
                    case "round_prefer_floor" -> StrictMath.ceil(at - 0.5);
                    case "round_prefer_ceil" -> StrictMath.floor(at + 0.5);
                    default ->
                            throw new ImportException(
                                    node.label()
                                            + ": nearest_mode '"
                                            + mode
                                            + "' is not supported");
                };
    }
}

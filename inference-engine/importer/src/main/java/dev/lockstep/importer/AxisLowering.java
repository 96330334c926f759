package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.ArgMax;
import dev.lockstep.importer.FloatLayer.LogSoftmax;
import dev.lockstep.importer.FloatLayer.Norm;
import dev.lockstep.importer.FloatLayer.Reshape;
import dev.lockstep.importer.FloatLayer.Softmax;
import dev.lockstep.importer.FloatLayer.TopK;
import dev.lockstep.importer.FloatLayer.Transpose;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Operators that look along an axis: it becomes the last one, where it is not. */
final class AxisLowering {
    private AxisLowering() {}

    /** Makes the layer that reads one tensor and writes another along the last axis. */
    private interface Along {
        FloatLayer layer(String input, String output);
    }

    /** A layer along an axis of a tensor, whose extent along it becomes {@code extent}. */
    private static void along(
            LoweringState state, String input, String output, int axis, int extent, Along along)
            throws ImportException {
        int[] shape = state.shape(input);
        int[] out = shape.clone();
        out[axis] = extent;
        int last = shape.length - 1;
        if (axis == last) {
            state.add(along.layer(input, output), out);
            return;
        }
        int[] turn = IntStream.range(0, shape.length).toArray();
        turn[axis] = last;
        turn[last] = axis;
        String turned = state.fresh(output, "turned");
        String result = state.fresh(output, "along");
        state.add(new Transpose(input, turned, turn), Shapes.permuted(shape, turn));
        state.add(along.layer(turned, result), Shapes.permuted(out, turn));
        state.add(new Transpose(result, output, turn), out);
    }

    /** Softmax and LogSoftmax. */
    static void softmax(OnnxNode node, LoweringState state) throws ImportException {
        Along along = node.op().equals("Softmax") ? Softmax::new : LogSoftmax::new;
        String input = state.activation(node, 0);
        String output = node.outputs().getFirst();
        int[] shape = state.shape(input);
        boolean flattens = state.opset() < 13;
        int axis = Shapes.axis(node, node.whole("axis", flattens ? 1 : -1), shape.length);
        int inner = (int) Shapes.size(Arrays.copyOfRange(shape, axis + 1, shape.length));
        if (node.op().equals("Softmax") && state.isExact(input) && axis == shape.length - 1) {
            ClassicalLowering.probabilities(state, input, output, "SOFTMAX");
            return;
        }
        if (inner != 1 && !flattens) {
            along(state, input, output, axis, shape[axis], along);
            return;
        }
        rows(state, input, output, axis, along);
    }

    /** A layer on all axes from one on, taken as one. */
    private static void rows(
            LoweringState state, String input, String output, int axis, Along along)
            throws ImportException {
        int[] shape = state.shape(input);
        int length = (int) Shapes.size(Arrays.copyOfRange(shape, axis, shape.length));
        int[] rows = {(int) Shapes.size(Arrays.copyOf(shape, axis)), length};
        if (axis == shape.length - 1) {
            state.add(along.layer(input, output), shape);
            return;
        }
        String flat = state.fresh(output, "rows");
        String result = state.fresh(output, "along");
        state.add(new Reshape(input, flat), rows);
        state.add(along.layer(flat, result), rows);
        state.add(new Reshape(result, output), shape);
    }

    /** ArgMax and ArgMin. */
    static void argMax(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, node.whole("axis", 0), shape.length);
        var op =
                new dev.lockstep.inference.ArgMax(
                        node.op().equals("ArgMin"), node.whole("select_last_index", 0) != 0);
        String output = node.outputs().getFirst();
        boolean keeps = node.whole("keepdims", 1) != 0;
        String kept = keeps ? output : state.fresh(output, "kept");
        along(state, input, kept, axis, 1, (from, to) -> new ArgMax(from, to, op));
        if (!keeps) {
            int[] left =
                    IntStream.range(0, shape.length)
                            .filter(i -> i != axis)
                            .map(i -> shape[i])
                            .toArray();
            state.add(new Reshape(kept, output), left);
        }
    }

    static void topK(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, node.whole("axis", -1), shape.length);
        long k = node.hasInput(1) ? state.wholeConstant(node, 1) : node.whole("k", 0);
        if (k < 1 || k > shape[axis]) {
            throw new ImportException(
                    node.label() + ": k is " + k + "; allowed are 1 to " + shape[axis]);
        }
        int count = (int) k;
        boolean greatest = node.whole("largest", 1) != 0;
        var places = new dev.lockstep.inference.TopK(count, greatest, true);
        Along[] parts = {
            (from, to) -> new TopK(from, to, count, greatest),
            (from, to) -> new ArgMax(from, to, places)
        };
        for (int i = 0; i < 2 && i < node.outputs().size(); i++) {
            if (state.readsOutput(node, i)) {
                state.readBy(input, i);
                along(state, input, node.outputs().get(i), axis, count, parts[i]);
            }
        }
    }

    /** LayerNormalization and RMSNormalization with constant gains and offsets. */
    static void normalization(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        int axis = Shapes.axis(node, node.whole("axis", -1), shape.length);
        int[] normal = Arrays.copyOfRange(shape, axis, shape.length);
        boolean centred = node.op().equals("LayerNormalization");
        double epsilon = node.real("epsilon", 1e-5f);
        if (!(epsilon >= 0 && epsilon <= Float.MAX_VALUE)) {
            throw new ImportException(node.label() + ": epsilon is " + epsilon);
        }
        float[] gain = spread(node, state, 1, normal, 1);
        float[] offset = spread(node, state, 2, normal, 0);
        rows(
                state,
                input,
                node.outputs().getFirst(),
                axis,
                (from, to) -> new Norm(from, to, centred, epsilon, gain, offset));
    }

    /** A number for each of the elements that are brought to one size together. */
    private static float[] spread(
            OnnxNode node, LoweringState state, int index, int[] shape, float otherwise)
            throws ImportException {
        float[] values = new float[(int) Shapes.size(shape)];
        Arrays.fill(values, otherwise);
        if (!node.hasInput(index)) {
            return values;
        }
        OnnxTensor given = state.constantInput(node, index);
        if (!given.isFloat()
                || !Arrays.equals(Shapes.broadcast(node, given.dims(), shape), shape)) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " of dims "
                            + Arrays.toString(given.dims())
                            + " does not fit "
                            + Arrays.toString(shape));
        }
        int[] at = new int[shape.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = given.real(Shapes.broadcastIndex(given.dims(), at));
            Shapes.advance(at, shape);
        }
        return values;
    }
}

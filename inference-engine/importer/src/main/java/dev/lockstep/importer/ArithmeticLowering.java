package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Conv;
import dev.lockstep.importer.FloatLayer.Curve;
import dev.lockstep.importer.FloatLayer.Linear;
import dev.lockstep.importer.FloatLayer.Product;
import dev.lockstep.importer.FloatLayer.Reshape;
import dev.lockstep.importer.FloatLayer.Sum;
import dev.lockstep.inference.DType;
import java.util.Arrays;

/**
 * Sums and products. With a constant they are y = scale·x + shift, taken into the layer before
 * where that is possible; between two computed tensors they are layers.
 */
final class ArithmeticLowering {
    /** Numbers of a row of exact results that are multiplied as by a matrix. */
    private static final int EXACT_ROW_MAX = 64;

    private ArithmeticLowering() {}

    static void add(OnnxNode node, LoweringState state) throws ImportException {
        binary(node, state, 2);
        int at = constantOperand(node, state);
        if (at >= 0) {
            withConstant(node, state, 1 - at, new float[] {1}, values(state, node, at));
            return;
        }
        sum(node, state, false);
    }

    static void subtract(OnnxNode node, LoweringState state) throws ImportException {
        binary(node, state, 2);
        int at = constantOperand(node, state);
        if (at == 0) {
            withConstant(node, state, 1, new float[] {-1}, values(state, node, 0));
        } else if (at == 1) {
            withConstant(node, state, 0, new float[] {1}, mapped(values(state, node, 1), -1, 1));
        } else {
            sum(node, state, true);
        }
    }

    static void multiply(OnnxNode node, LoweringState state) throws ImportException {
        binary(node, state, 2);
        int at = constantOperand(node, state);
        if (at >= 0) {
            withConstant(node, state, 1 - at, values(state, node, at), new float[] {0});
            return;
        }
        String[] operands = operands(node, state);
        keepWhole(node, state, operands);
        state.add(
                new Product(operands[0], operands[1], node.outputs().getFirst(), Clip.NONE),
                Shapes.broadcast(node, state.shape(operands[0]), state.shape(operands[1])));
    }

    /** Sums and products of whole numbers are whole, and exact. */
    private static void keepWhole(OnnxNode node, LoweringState state, String... operands)
            throws ImportException {
        for (String operand : operands) {
            if (!state.isWhole(operand)) {
                return;
            }
        }
        state.give(node.outputs().getFirst(), TensorScale.WHOLE);
    }

    private static void sum(OnnxNode node, LoweringState state, boolean subtracts)
            throws ImportException {
        String[] operands = operands(node, state);
        keepWhole(node, state, operands);
        state.add(
                new Sum(operands[0], operands[1], node.outputs().getFirst(), subtracts, Clip.NONE),
                Shapes.broadcast(node, state.shape(operands[0]), state.shape(operands[1])));
    }

    static void divide(OnnxNode node, LoweringState state) throws ImportException {
        binary(node, state, 2);
        if (!state.isConstant(node.input(1))) {
            throw new ImportException(
                    node.label() + ": whole numbers are divided by constants only");
        }
        if (state.isInteger(node.input(0))) {
            DivisionLowering.quotient(node, state);
            return;
        }
        float[] divisor = values(state, node, 1);
        for (float value : divisor) {
            if (value == 0) {
                throw new ImportException(node.label() + ": division by zero");
            }
        }
        withConstant(node, state, 0, mapped(divisor, 1, -1), new float[] {0});
    }

    /** y = scale·x + shift with a number for each channel of an axis. */
    static void affine(
            OnnxNode node,
            LoweringState state,
            String input,
            float[] scale,
            float[] shift,
            int axis)
            throws ImportException {
        String output = node.outputs().getFirst();
        int[] shape = state.shape(input);
        if (state.solelyFor(input) instanceof Linear linear && folds(state, input, axis)) {
            state.replace(input, linear.then(scale, shift, output));
            return;
        }
        int channels = scale.length;
        boolean picture = shape.length == 4 && axis == 1;
        int inner = (int) (Shapes.size(shape) / channels);
        String from = input;
        if (!picture) {
            if (Shapes.size(Arrays.copyOf(shape, axis)) != 1) {
                throw new ImportException(
                        node.label()
                                + ": a constant along axis "
                                + axis
                                + " of shape "
                                + Arrays.toString(shape)
                                + " is not supported");
            }
            from = state.fresh(output, "picture");
            state.add(new Reshape(input, from), new int[] {1, channels, 1, inner});
        }
        String to = picture ? output : state.fresh(output, "scaled");
        Conv conv = new Conv(from, to, scale, shift, channels, channels, Window.point(), Clip.NONE);
        state.add(conv, state.shape(from));
        if (!picture) {
            state.add(new Reshape(to, output), shape);
        }
    }

    /** Which operand is a constant that can go into a layer; -1 for none. */
    private static int constantOperand(OnnxNode node, LoweringState state) throws ImportException {
        int at = state.isConstant(node.input(0)) ? 0 : state.isConstant(node.input(1)) ? 1 : -1;
        // Whole numbers are an operand of their own, so that the result is exact.
        if (at < 0 || !state.constantInput(node, at).isFloat()) {
            return -1;
        }
        int[] shape = state.shape(state.activation(node, 1 - at));
        int[] dims = state.constantInput(node, at).dims();
        return Arrays.equals(Shapes.broadcast(node, shape, dims), shape) ? at : -1;
    }

    private static void withConstant(
            OnnxNode node, LoweringState state, int activation, float[] scale, float[] shift)
            throws ImportException {
        String input = state.activation(node, activation);
        int[] shape = state.shape(input);
        OnnxTensor constant = state.constantInput(node, 1 - activation);
        int last = shape.length == 0 ? 1 : shape[shape.length - 1];
        boolean row = constant.size() == 1 || constant.size() == last;
        if (state.isExact(input) && row && last <= EXACT_ROW_MAX) {
            LinearModelLowering.affine(
                    state,
                    input,
                    spread(scale, last),
                    spread(shift, last),
                    node.outputs().getFirst());
            return;
        }
        if (state.solelyFor(input) instanceof FloatLayer.Norm norm
                && row
                && last == norm.gain().length
                && Shapes.perChannel(constant, shape, shape.length - 1) != null) {
            String output = node.outputs().getFirst();
            state.replace(input, norm.then(spread(scale, last), spread(shift, last), output));
            return;
        }
        if (constant.size() == 1) {
            scalar(node, state, input, scale[0], shift[0]);
            return;
        }
        for (int axis = 0; axis < shape.length; axis++) {
            if (Shapes.perChannel(constant, shape, axis) != null
                    && shape[axis] == constant.size()
                    && (shape[axis] == Shapes.size(Arrays.copyOf(shape, axis + 1))
                            || folds(state, input, axis))) {
                affine(
                        node,
                        state,
                        input,
                        spread(scale, shape[axis]),
                        spread(shift, shape[axis]),
                        axis);
                return;
            }
        }
        if (scale.length == 1 && scale[0] == 1) {
            String addend = state.fresh(node.outputs().getFirst(), "addend");
            int[] dims = Shapes.padded(constant.dims(), shape.length);
            state.add(new FloatLayer.Constant(addend, shift), dims);
            state.give(addend, TensorScale.precise(Range.of(shift)));
            state.add(new Sum(input, addend, node.outputs().getFirst(), false, Clip.NONE), shape);
            return;
        }
        elementwise(node, state, input, constant.dims(), scale, shift);
    }

    /** Whether a number for each channel of an axis can go into the layer before. */
    private static boolean folds(LoweringState state, String input, int axis) {
        return state.solelyFor(input) instanceof Linear linear
                && unclipped(linear)
                && isChannelAxis(linear, state.shape(input), axis);
    }

    /**
     * A scale and a shift for each element: a depthwise convolution of one point with as many
     * channels.
     */
    private static void elementwise(
            OnnxNode node,
            LoweringState state,
            String input,
            int[] dims,
            float[] scale,
            float[] shift)
            throws ImportException {
        int[] shape = state.shape(input);
        int count = (int) Shapes.size(shape);
        String flat = state.fresh(node.outputs().getFirst(), "flat");
        String scaled = state.fresh(node.outputs().getFirst(), "scaled");
        int[] points = {1, count, 1, 1};
        state.add(new Reshape(input, flat), points);
        state.add(
                new Conv(
                        flat,
                        scaled,
                        broadcast(scale, dims, shape),
                        broadcast(shift, dims, shape),
                        count,
                        count,
                        Window.point(),
                        Clip.NONE),
                points);
        state.add(new Reshape(scaled, node.outputs().getFirst()), shape);
    }

    private static float[] broadcast(float[] values, int[] dims, int[] shape) {
        if (values.length == 1) {
            return spread(values, (int) Shapes.size(shape));
        }
        float[] out = new float[(int) Shapes.size(shape)];
        int[] index = new int[shape.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = values[Shapes.broadcastIndex(dims, index)];
            Shapes.advance(index, shape);
        }
        return out;
    }

    private static void scalar(
            OnnxNode node, LoweringState state, String input, float scale, float shift)
            throws ImportException {
        String output = node.outputs().getFirst();
        if (state.solelyFor(input) instanceof Linear linear && unclipped(linear)) {
            state.replace(
                    input,
                    linear.then(
                            spread(new float[] {scale}, linear.channels()),
                            spread(new float[] {shift}, linear.channels()),
                            output));
        } else {
            state.add(
                    new Curve(input, output, "scale", x -> x * scale + shift), state.shape(input));
        }
    }

    private static boolean unclipped(Linear layer) {
        return switch (layer) {
            case Conv conv -> conv.clip().isNone();
            case FloatLayer.Dense dense -> dense.clip().isNone();
            case FloatLayer.TransposedConv conv -> conv.clip().isNone();
        };
    }

    private static boolean isChannelAxis(Linear layer, int[] shape, int axis) {
        return switch (layer) {
            case Conv _, FloatLayer.TransposedConv _ -> axis == 1;
            case FloatLayer.Dense _ -> axis == shape.length - 1;
        };
    }

    private static void binary(OnnxNode node, LoweringState state, int count)
            throws ImportException {
        if (node.inputs().size() != count) {
            throw new ImportException(
                    node.label()
                            + " has "
                            + node.inputs().size()
                            + " inputs; "
                            + count
                            + " are supported");
        }
        if (node.whole("broadcast", 0) != 0 && state.opset() < 7) {
            throw new ImportException(
                    node.label() + ": the broadcasting of opsets before 7 is not supported");
        }
    }

    /** Both operands with one rank: the one of fewer axes gets extents of 1 before them. */
    static String[] operands(OnnxNode node, LoweringState state) throws ImportException {
        String[] operands = {state.activation(node, 0), state.activation(node, 1)};
        for (int i = 0; i < 2; i++) {
            OnnxTensor constant = state.constant(node.input(i));
            if (constant != null && !constant.isFloat() && state.scale(operands[i]) == null) {
                long most = 0;
                for (long value : constant.longs()) {
                    most = Math.max(most, Math.abs(value));
                }
                TensorScale narrow = new TensorScale(DType.I16, 1, 0);
                boolean fits = most <= DType.I16.max();
                state.give(operands[i], fits ? narrow : TensorScale.WHOLE);
            }
        }
        int rank = Math.max(state.shape(operands[0]).length, state.shape(operands[1]).length);
        for (int i = 0; i < 2; i++) {
            int[] shape = state.shape(operands[i]);
            if (shape.length < rank) {
                String name = state.fresh(node.outputs().getFirst(), "operand" + i);
                state.add(new Reshape(operands[i], name), Shapes.padded(shape, rank));
                operands[i] = name;
            }
        }
        return operands;
    }

    private static float[] values(LoweringState state, OnnxNode node, int index)
            throws ImportException {
        OnnxTensor constant = state.constantInput(node, index);
        float[] values = new float[constant.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = constant.real(i);
            if (!Float.isFinite(values[i])) {
                throw new ImportException(
                        node.label()
                                + ": "
                                + values[i]
                                + " is supported on the way to a softmax only");
            }
        }
        return values;
    }

    private static float[] mapped(float[] values, float factor, int power) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = power == 1 ? factor * values[i] : factor / values[i];
        }
        return out;
    }

    private static float[] spread(float[] values, int length) {
        if (values.length == length) {
            return values;
        }
        float[] out = new float[length];
        Arrays.fill(out, values[0]);
        return out;
    }
}

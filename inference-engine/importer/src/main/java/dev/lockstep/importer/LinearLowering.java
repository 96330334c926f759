package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Conv;
import dev.lockstep.importer.FloatLayer.Dense;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Operators that are weighted sums: convolution, matrix products with constant weights, batch
 * normalisation.
 */
final class LinearLowering {
    private LinearLowering() {}

    static void conv(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        OnnxTensor weight = state.constantInput(node, 1);
        int groups = (int) node.whole("group", 1);
        int[] dims = weight.dims();
        if (dims.length != 4
                || groups < 1
                || dims[0] % groups != 0
                || dims[1] * (long) groups != shape[1]
                || !weight.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": weight of dims "
                            + Arrays.toString(dims)
                            + " with "
                            + groups
                            + " groups does not fit input "
                            + Arrays.toString(shape));
        }
        Window window = PoolLowering.window(node, shape, new int[] {dims[2], dims[3]});
        float[] bias =
                node.hasInput(2)
                        ? vector(node, state.constantInput(node, 2), dims[0])
                        : new float[dims[0]];
        int[] out = {
            shape[0], dims[0], window.outputHeight(shape[2]), window.outputWidth(shape[3])
        };
        state.add(
                new Conv(
                        input,
                        node.outputs().getFirst(),
                        weight.floats(),
                        bias,
                        shape[1],
                        groups,
                        window,
                        Clip.NONE,
                        given(state.quantized(node.input(1)), dims[0], node, state)),
                out);
    }

    static void gemm(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        OnnxTensor weight = state.constantInput(node, 1);
        int[] shape = state.shape(input);
        if (node.whole("transA", 0) != 0 || shape.length != 2 || weight.dims().length != 2) {
            throw new ImportException(
                    node.label()
                            + ": only [rows, n] times a constant matrix is supported, without transA");
        }
        boolean transposed = node.whole("transB", 0) != 0;
        int channels = weight.dims()[transposed ? 0 : 1];
        float[] rows =
                scaled(transposed ? weight.floats() : columnsToRows(weight), node.real("alpha", 1));
        QuantizedTensor integers =
                node.real("alpha", 1) == 1 ? state.quantized(node.input(1)) : null;
        if (integers != null && !transposed) {
            integers = integers.transposed(new int[] {1, 0});
        }
        float[] bias = new float[channels];
        if (node.hasInput(2)) {
            float[] given =
                    Shapes.perChannel(
                            state.constantInput(node, 2), new int[] {shape[0], channels}, 1);
            if (given == null) {
                throw new ImportException(
                        node.label()
                                + ": bias must be one number or one for each of "
                                + channels
                                + " channels");
            }
            bias = scaled(given, node.real("beta", 1));
        }
        GivenWeights given = given(integers, channels, node, state);
        addDense(node, state, input, rows, bias, given, weight.dims()[transposed ? 1 : 0]);
    }

    /** The integers of weights whose output channels are their first axis, where there are such. */
    private static @Nullable GivenWeights given(
            @Nullable QuantizedTensor weight, int channels, OnnxNode node, LoweringState state)
            throws ImportException {
        if (weight == null) {
            return null;
        }
        boolean scaled = node.real("beta", 1) != 1;
        QuantizedTensor bias = node.hasInput(2) && !scaled ? state.quantized(node.input(2)) : null;
        return weight.weights(channels, bias);
    }

    /** Weights [inputChannels, channels / groups, height, width]. */
    static void convTranspose(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        OnnxTensor weight = state.constantInput(node, 1);
        int groups = (int) node.whole("group", 1);
        int[] dims = weight.dims();
        String auto = node.text("auto_pad", "NOTSET");
        if (dims.length != 4
                || dims[0] != shape[1]
                || groups < 1
                || dims[0] % groups != 0
                || !auto.equals("NOTSET")) {
            throw new ImportException(
                    node.label()
                            + ": weight of dims "
                            + Arrays.toString(dims)
                            + " with "
                            + groups
                            + " groups and auto_pad "
                            + auto
                            + " for input "
                            + Arrays.toString(shape)
                            + "; supported are given pads");
        }
        Window window = PoolLowering.openWindow(node, new int[] {dims[2], dims[3]});
        long[] more = node.wholes("output_padding");
        int channels = dims[1] * groups;
        int[] out = {shape[0], channels, 0, 0};
        int[] rest = {more == null ? 0 : (int) more[0], more == null ? 0 : (int) more[1]};
        long[] wanted = node.wholes("output_shape");
        int[] strides = {window.strideHeight(), window.strideWidth()};
        int[] reach = {
            window.dilationHeight() * (dims[2] - 1) + 1, window.dilationWidth() * (dims[3] - 1) + 1
        };
        int[] before = {window.top(), window.left()};
        int[] after = {window.bottom(), window.right()};
        for (int axis = 0; axis < 2; axis++) {
            int full = (shape[axis + 2] - 1) * strides[axis] + reach[axis] + rest[axis];
            if (wanted != null) {
                int cut = full - (int) wanted[wanted.length - 2 + axis];
                before[axis] = cut > 0 ? cut / 2 : 0;
                after[axis] = cut > 0 ? cut - before[axis] : 0;
                rest[axis] += cut < 0 ? -cut : 0;
                full += cut < 0 ? -cut : 0;
            }
            out[axis + 2] = full - before[axis] - after[axis];
        }
        QuantizedTensor integers = state.quantized(node.input(1));
        float[] bias =
                node.hasInput(2)
                        ? vector(node, state.constantInput(node, 2), channels)
                        : new float[channels];
        boolean wholeScale = integers != null && (groups == 1 || integers.scale().length == 1);
        state.add(
                new FloatLayer.TransposedConv(
                        input,
                        node.outputs().getFirst(),
                        byOutput(weight, groups).floats(),
                        bias,
                        shape[1],
                        groups,
                        new Window(
                                dims[2],
                                dims[3],
                                strides[0],
                                strides[1],
                                window.dilationHeight(),
                                window.dilationWidth(),
                                before[0],
                                before[1],
                                after[0],
                                after[1]),
                        rest[0],
                        rest[1],
                        Clip.NONE,
                        given(
                                wholeScale ? byOutput(integers, groups) : null,
                                channels,
                                node,
                                state)),
                out);
    }

    /** Weights [inputChannels, channels / groups, …] with their output channels first. */
    private static OnnxTensor byOutput(OnnxTensor weight, int groups) {
        int[] d = weight.dims();
        int[] split = {groups, d[0] / groups, d[1], d[2] * d[3]};
        OnnxTensor parts = weight.reshaped(weight.name(), split);
        int[] dims = {groups * d[1], d[0] / groups, d[2], d[3]};
        return ConstantFolder.transposed(parts, weight.name(), new int[] {0, 2, 1, 3})
                .reshaped(weight.name(), dims);
    }

    private static @Nullable QuantizedTensor byOutput(
            @Nullable QuantizedTensor weight, int groups) {
        if (weight == null) {
            return null;
        }
        return groups == 1
                ? weight.transposed(new int[] {1, 0, 2, 3})
                : new QuantizedTensor(
                        byOutput(weight.q(), groups), weight.scale(), weight.zeroPoint(), 0);
    }

    /** Both factors are computed: the last two axes are multiplied, those before are a batch. */
    private static void matMulOfActivations(OnnxNode node, LoweringState state)
            throws ImportException {
        String[] operands = {state.activation(node, 0), state.activation(node, 1)};
        int[] a = state.shape(operands[0]);
        int[] b = state.shape(operands[1]);
        int rank = Math.max(a.length, b.length);
        if (Math.min(a.length, b.length) < 2 || a[a.length - 1] != b[b.length - 2]) {
            throw new ImportException(
                    node.label()
                            + ": matrices of "
                            + Arrays.toString(a)
                            + " and "
                            + Arrays.toString(b)
                            + " cannot be multiplied");
        }
        int[][] shapes = {a, b};
        for (int i = 0; i < 2; i++) {
            if (shapes[i].length < rank) {
                int[] padded = Shapes.padded(shapes[i], rank);
                String name = state.fresh(node.outputs().getFirst(), "operand" + i);
                state.add(new FloatLayer.Reshape(operands[i], name), padded);
                operands[i] = name;
                shapes[i] = padded;
            }
        }
        int[] out =
                Shapes.broadcast(
                        node,
                        Arrays.copyOf(shapes[0], rank - 2),
                        Arrays.copyOf(shapes[1], rank - 2));
        out = Arrays.copyOf(out, rank);
        out[rank - 2] = a[a.length - 2];
        out[rank - 1] = b[b.length - 1];
        state.add(
                new FloatLayer.MatMul(
                        operands[0], operands[1], node.outputs().getFirst(), Clip.NONE),
                out);
    }

    /** Whether a constant is a single matrix that adds no axis; a vector is refused later. */
    private static boolean isOne(OnnxTensor matrices, int most) {
        int rank = matrices.dims().length;
        return rank < 2
                || (rank <= most && Shapes.size(Arrays.copyOf(matrices.dims(), rank - 2)) == 1);
    }

    static void matMul(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor matrices = state.constant(node.input(1));
        if (matrices == null || !isOne(matrices, state.shape(state.activation(node, 0)).length)) {
            matMulOfActivations(node, state);
            return;
        }
        String input = state.activation(node, 0);
        OnnxTensor weight = state.constantInput(node, 1);
        int[] dims = weight.dims();
        if (dims.length < 2
                || Shapes.size(dims) != (long) dims[dims.length - 2] * dims[dims.length - 1]) {
            throw new ImportException(
                    node.label()
                            + ": weight has dims "
                            + Arrays.toString(dims)
                            + "; only one matrix is supported");
        }
        OnnxTensor matrix =
                weight.reshaped(
                        weight.name(), Arrays.copyOfRange(dims, dims.length - 2, dims.length));
        QuantizedTensor integers = dims.length == 2 ? state.quantized(node.input(1)) : null;
        addDense(
                node,
                state,
                input,
                columnsToRows(matrix),
                new float[matrix.dims()[1]],
                integers == null
                        ? null
                        : integers.transposed(new int[] {1, 0}).weights(dims[1], null),
                matrix.dims()[0]);
    }

    private static void addDense(
            OnnxNode node,
            LoweringState state,
            String input,
            float[] weight,
            float[] bias,
            @Nullable GivenWeights given,
            int inputs)
            throws ImportException {
        int[] shape = state.shape(input);
        if (shape.length == 0 || shape[shape.length - 1] != inputs || bias.length == 0) {
            throw new ImportException(
                    node.label()
                            + ": weight of "
                            + inputs
                            + " inputs does not fit an input of shape "
                            + Arrays.toString(shape));
        }
        int[] out = shape.clone();
        out[out.length - 1] = bias.length;
        state.add(new Dense(input, node.outputs().getFirst(), weight, bias, Clip.NONE, given), out);
    }

    static void batchNormalization(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        if (shape.length < 2
                || node.whole("training_mode", 0) != 0
                || node.whole("spatial", 1) != 1) {
            throw new ImportException(
                    node.label()
                            + ": only the form for inference, with one set of numbers for each channel, is supported");
        }
        int channels = shape[1];
        float[] gain = vector(node, state.constantInput(node, 1), channels);
        float[] offset = vector(node, state.constantInput(node, 2), channels);
        float[] mean = vector(node, state.constantInput(node, 3), channels);
        float[] variance = vector(node, state.constantInput(node, 4), channels);
        float epsilon = node.real("epsilon", 1e-5f);
        float[] scale = new float[channels];
        float[] shift = new float[channels];
        for (int c = 0; c < channels; c++) {
            double factor = gain[c] / StrictMath.sqrt((double) variance[c] + epsilon);
            scale[c] = (float) factor;
            shift[c] = (float) (offset[c] - mean[c] * factor);
            if (!Float.isFinite(scale[c]) || !Float.isFinite(shift[c])) {
                throw new ImportException(
                        node.label()
                                + ": variance "
                                + variance[c]
                                + " of channel "
                                + c
                                + " cannot be normalised");
            }
        }
        ArithmeticLowering.affine(node, state, input, scale, shift, 1);
    }

    private static float[] vector(OnnxNode node, OnnxTensor tensor, int length)
            throws ImportException {
        if (tensor.size() != length || !tensor.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": constant '"
                            + tensor.name()
                            + "' of dims "
                            + Arrays.toString(tensor.dims())
                            + " should hold "
                            + length
                            + " numbers");
        }
        return tensor.floats();
    }

    private static float[] scaled(float[] values, float factor) {
        float[] out = values.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] *= factor;
        }
        return out;
    }

    private static float[] columnsToRows(OnnxTensor matrix) {
        int rows = matrix.dims()[0];
        int columns = matrix.dims()[1];
        float[] out = new float[matrix.size()];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out[j * rows + i] = matrix.floats()[i * columns + j];
            }
        }
        return out;
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.AveragePool;
import dev.lockstep.importer.FloatLayer.MaxPool;
import dev.lockstep.importer.FloatLayer.Reshape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Operators that walk a window over a picture without weights, and the reading of windows for all.
 */
final class PoolLowering {
    private static final int SIZE_MAX = 1 << 20;

    /** Elements of an average: each number of elements in sight may need a factor of its own. */
    private static final long AREA_MAX = 1 << 16;

    private PoolLowering() {}

    static void maxPool(OnnxNode node, LoweringState state) throws ImportException {
        if (state.readsOutput(node, 1)) {
            throw new ImportException(node.label() + ": the indices output is not supported");
        }
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        Window window = window(node, shape, kernel(node));
        state.add(new MaxPool(input, node.outputs().getFirst(), window), pooled(shape, window));
    }

    static void averagePool(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        Window window = window(node, shape, kernel(node));
        boolean countsBorder = node.whole("count_include_pad", 0) != 0;
        long area = (long) window.kernelHeight() * window.kernelWidth();
        if (area > AREA_MAX) {
            throw new ImportException(
                    node.label()
                            + ": a window of "
                            + area
                            + " elements; at most "
                            + AREA_MAX
                            + " are supported");
        }
        if (node.whole("ceil_mode", 0) != 0
                && countsBorder
                && !window.equals(window(node, shape, kernel(node), false))) {
            throw new ImportException(
                    node.label() + ": ceil_mode together with count_include_pad is not supported");
        }
        state.add(
                new AveragePool(input, node.outputs().getFirst(), window, countsBorder),
                pooled(shape, window));
    }

    static void globalMaxPool(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        state.add(
                new MaxPool(input, node.outputs().getFirst(), Window.whole(shape[2], shape[3])),
                new int[] {shape[0], shape[1], 1, 1});
    }

    static void globalAveragePool(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.picture(node, input);
        state.add(
                new AveragePool(
                        input, node.outputs().getFirst(), Window.whole(shape[2], shape[3]), false),
                new int[] {shape[0], shape[1], 1, 1});
    }

    /** Sums, means and extremes over axes; a mean over height and width is an average pool. */
    static void reduce(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        int[] shape = state.shape(input);
        long[] given =
                node.hasInput(1) ? state.constantInput(node, 1).longs() : node.wholes("axes");
        long[] listed = given == null ? new long[0] : given;
        boolean all = listed.length == 0;
        String output = node.outputs().getFirst();
        if (all && node.whole("noop_with_empty_axes", 0) != 0) {
            state.alias(input, output);
            return;
        }
        boolean[] reduced = new boolean[shape.length];
        Arrays.fill(reduced, all);
        for (long axis : listed) {
            reduced[Shapes.axis(node, axis, shape.length)] = true;
        }
        int[] axes = IntStream.range(0, shape.length).filter(axis -> reduced[axis]).toArray();
        int[] kept = shape.clone();
        for (int axis : axes) {
            kept[axis] = 1;
        }
        boolean keeps = node.whole("keepdims", 1) != 0;
        String to = keeps ? output : state.fresh(output, "kept");
        boolean picture =
                shape.length == 4
                        && Arrays.equals(axes, new int[] {2, 3})
                        && (long) shape[2] * shape[3] <= AREA_MAX;
        FloatLayer layer =
                switch (node.op()) {
                    case "ReduceMean" ->
                            picture
                                    ? new AveragePool(
                                            input, to, Window.whole(shape[2], shape[3]), false)
                                    : new FloatLayer.Reduce(input, to, axes, true);
                    case "ReduceSum" -> new FloatLayer.Reduce(input, to, axes, false);
                    default ->
                            new FloatLayer.Extreme(input, to, axes, node.op().equals("ReduceMin"));
                };
        state.add(layer, kept);
        if (!keeps) {
            int[] left =
                    IntStream.range(0, shape.length)
                            .filter(axis -> !reduced[axis])
                            .map(axis -> shape[axis])
                            .toArray();
            state.add(new Reshape(to, output), left);
        }
    }

    static int[] kernel(OnnxNode node) throws ImportException {
        long[] kernel = node.wholes("kernel_shape");
        if (kernel == null) {
            throw new ImportException(node.label() + " lacks kernel_shape");
        }
        return pair(node, "kernel_shape", kernel, 1);
    }

    private static int[] pooled(int[] shape, Window window) {
        return new int[] {
            shape[0], shape[1], window.outputHeight(shape[2]), window.outputWidth(shape[3])
        };
    }

    /** The window of an operator whose result does not follow from sliding it over the input. */
    static Window openWindow(OnnxNode node, int[] kernel) throws ImportException {
        int[] strides = pair(node, "strides", orOnes(node.wholes("strides")), 1);
        int[] dilations = pair(node, "dilations", orOnes(node.wholes("dilations")), 1);
        long[] pads = node.wholes("pads");
        int[] before = new int[2];
        int[] after = new int[2];
        if (pads != null) {
            before = pair(node, "pads", Arrays.copyOf(pads, pads.length - pads.length / 2), 0);
            after = pair(node, "pads", Arrays.copyOfRange(pads, pads.length / 2, pads.length), 0);
        }
        return Window.of(kernel, strides, dilations, before, after);
    }

    static Window window(OnnxNode node, int[] shape, int[] kernel) throws ImportException {
        return window(node, shape, kernel, node.whole("ceil_mode", 0) != 0);
    }

    private static Window window(OnnxNode node, int[] shape, int[] kernel, boolean ceil)
            throws ImportException {
        long[] given = node.wholes("kernel_shape");
        if (given != null && !Arrays.equals(pair(node, "kernel_shape", given, 1), kernel)) {
            throw new ImportException(
                    node.label()
                            + ": kernel_shape "
                            + Arrays.toString(given)
                            + " differs from the weight's "
                            + Arrays.toString(kernel));
        }
        int[] strides = pair(node, "strides", orOnes(node.wholes("strides")), 1);
        int[] dilations = pair(node, "dilations", orOnes(node.wholes("dilations")), 1);
        int[] before = new int[2];
        int[] after = new int[2];
        for (int axis = 0; axis < 2; axis++) {
            int size = shape[axis + 2];
            long reach = (long) dilations[axis] * (kernel[axis] - 1) + 1;
            pads(node, axis, size, reach, strides[axis], before, after);
            long room = size + before[axis] + after[axis] - reach;
            if (room < 0) {
                throw new ImportException(
                        node.label()
                                + ": a window of "
                                + reach
                                + " does not fit "
                                + size
                                + " elements with "
                                + (before[axis] + after[axis])
                                + " of border");
            }
            if (ceil && room % strides[axis] != 0) {
                long outputs = room / strides[axis] + 2;
                // A last window that would start in the border after the picture is not made.
                if ((outputs - 1) * strides[axis] < size + before[axis]) {
                    after[axis] += (int) (strides[axis] - room % strides[axis]);
                }
            }
        }
        return Window.of(kernel, strides, dilations, before, after);
    }

    private static void pads(
            OnnxNode node, int axis, int size, long reach, int stride, int[] before, int[] after)
            throws ImportException {
        String auto = node.text("auto_pad", "NOTSET");
        switch (auto) {
            case "NOTSET" -> {
                long[] pads = node.wholes("pads");
                if (pads != null) {
                    before[axis] =
                            pair(
                                    node,
                                    "pads",
                                    Arrays.copyOf(pads, pads.length - pads.length / 2),
                                    0)[axis];
                    after[axis] =
                            pair(
                                    node,
                                    "pads",
                                    Arrays.copyOfRange(pads, pads.length / 2, pads.length),
                                    0)[axis];
                }
            }
            case "VALID" -> {}
            case "SAME_UPPER", "SAME_LOWER" -> {
                long outputs = (size + stride - 1L) / stride;
                int total =
                        (int)
                                Math.min(
                                        SIZE_MAX,
                                        Math.max(0, (outputs - 1) * stride + reach - size));
                before[axis] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                after[axis] = total - before[axis];
            }
            default ->
                    throw new ImportException(
                            node.label()
                                    + ": auto_pad is '"
                                    + auto
                                    + "'; supported are NOTSET, VALID, SAME_UPPER, SAME_LOWER");
        }
    }

    private static long[] orOnes(long @Nullable [] values) {
        return values == null ? new long[] {1, 1} : values;
    }

    private static int[] pair(OnnxNode node, String what, long[] values, int least)
            throws ImportException {
        if (values.length != 2) {
            throw new ImportException(
                    node.label()
                            + ": "
                            + what
                            + " for "
                            + values.length
                            + " axes; only height and width are supported");
        }
        for (long value : values) {
            if (value < least || value > SIZE_MAX) {
                throw new ImportException(
                        node.label()
                                + ": "
                                + what
                                + " has "
                                + value
                                + "; allowed are "
                                + least
                                + " to "
                                + SIZE_MAX);
            }
        }
        return new int[] {(int) values[0], (int) values[1]};
    }
}

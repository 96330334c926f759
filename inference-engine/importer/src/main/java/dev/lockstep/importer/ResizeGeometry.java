package dev.lockstep.importer;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How Resize and Upsample bring each axis to another extent.
 *
 * @param coordinates how a place in the result says one in the input
 * @param starts and {@code ends}: what is cut out of each axis before, in parts of it
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record ResizeGeometry(
        int[] shape,
        int[] out,
        double[] scales,
        String coordinates,
        double[] starts,
        double[] ends) {
    private static final int EXTENT_MAX = 1 << 20;

    static ResizeGeometry of(OnnxNode node, LoweringState state, int[] shape)
            throws ImportException {
        boolean old = node.op().equals("Upsample") || state.opset() < 11;
        int rank = shape.length;
        double[] scales = new double[rank];
        int[] out = shape.clone();
        Arrays.fill(scales, 1);
        OnnxTensor factors = factors(node, state, old);
        long[] given = node.wholes("axes");
        long[] axes = given != null ? given : LongStream.range(0, rank).toArray();
        String policy = node.text("keep_aspect_ratio_policy", "stretch");
        double common = policy.equals("not_smaller") ? 0 : Double.MAX_VALUE;
        for (int i = 0; i < axes.length; i++) {
            int axis = Shapes.axis(node, axes[i], rank);
            if (factors != null && factors.size() == axes.length) {
                scales[axis] = factors.real(i);
                out[axis] = (int) StrictMath.floor(shape[axis] * scales[axis]);
                continue;
            }
            OnnxTensor sizes = state.constantInput(node, 3);
            if (sizes.size() != axes.length) {
                throw new ImportException(
                        node.label() + ": " + sizes.size() + " sizes of " + axes.length + " axes");
            }
            out[axis] = (int) Math.clamp((double) sizes.real(i), 0, EXTENT_MAX);
            scales[axis] = (double) out[axis] / shape[axis];
            common =
                    policy.equals("not_smaller")
                            ? Math.max(common, scales[axis])
                            : Math.min(common, scales[axis]);
        }
        boolean sized = factors == null || factors.size() != axes.length;
        for (int i = 0; i < axes.length && sized && !policy.equals("stretch"); i++) {
            int axis = Shapes.axis(node, axes[i], rank);
            scales[axis] = common;
            out[axis] = (int) StrictMath.floor(common * shape[axis] + 0.5);
        }
        for (int size : out) {
            if (size < 1 || size > EXTENT_MAX) {
                throw new ImportException(node.label() + ": size " + Arrays.toString(out));
            }
        }
        String coordinates =
                old ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
        double[] starts = new double[rank];
        double[] ends = new double[rank];
        Arrays.fill(ends, 1);
        if (coordinates.equals("tf_crop_and_resize")) {
            OnnxTensor cut = state.constantInput(node, 1);
            if (cut.size() != 2 * axes.length) {
                throw new ImportException(node.label() + ": a roi of " + cut.size() + " numbers");
            }
            for (int i = 0; i < axes.length; i++) {
                int axis = Shapes.axis(node, axes[i], rank);
                starts[axis] = cut.real(i);
                ends[axis] = cut.real(axes.length + i);
            }
        }
        return new ResizeGeometry(shape, out, scales, coordinates, starts, ends);
    }

    private static @Nullable OnnxTensor factors(OnnxNode node, LoweringState state, boolean old)
            throws ImportException {
        if (node.has("scales")
                && node.attributes().get("scales") instanceof OnnxNode.Attribute.Reals(var given)) {
            return OnnxTensor.ofFloats("scales", new int[] {given.length}, given);
        }
        int at = old ? 1 : 2;
        return node.hasInput(at) ? state.constantInput(node, at) : null;
    }

    /** Where in the input a place in the result is, in elements. */
    double coordinate(OnnxNode node, int axis, int i) throws ImportException {
        double scale = scales[axis];
        int size = shape[axis];
        int wanted = out[axis];
        return switch (coordinates) {
            case "asymmetric" -> i / scale;
            case "half_pixel" -> (i + 0.5) / scale - 0.5;
            case "pytorch_half_pixel" -> wanted > 1 ? (i + 0.5) / scale - 0.5 : 0;
            // The extent that would be wanted before it is cut to a whole one.
            case "align_corners" -> wanted == 1 ? 0 : i * (size - 1) / (scale * size - 1);
            case "half_pixel_symmetric" -> {
                double adjustment = wanted / (scale * size);
                double offset = size / 2.0 * (1 - adjustment);
                yield offset + (i + 0.5) / scale - 0.5;
            }
            case "tf_crop_and_resize" ->
                    wanted > 1
                            ? starts[axis] * (size - 1)
                                    + i * (ends[axis] - starts[axis]) * (size - 1) / (wanted - 1)
                            : 0.5 * (starts[axis] + ends[axis]) * (size - 1);
            default ->
                    throw new ImportException(
                            node.label()
                                    + ": coordinate_transformation_mode '"
                                    + coordinates
                                    + "' is not supported");
        };
    }

    /** Whether a place lies outside of the input, which only a cut out one can. */
    boolean isOutside(int axis, double at) {
        return coordinates.equals("tf_crop_and_resize") && (at < 0 || at > shape[axis] - 1);
    }
}

package dev.lockstep.importer;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;

/** Linear and cubic resizing: along each axis a product with a matrix of shares. */
final class ResizeExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of("Resize", ResizeExpansion::resize, "Upsample", ResizeExpansion::resize);

    /** Elements of an axis that a result may be mixed of. */
    private static final int EXTENT_MAX = 1 << 11;

    private static final int SHARE_MAX = 127;

    private ResizeExpansion() {}

    static void resize(OnnxNode node, Expansion to) throws ImportException {
        String mode = node.text("mode", "nearest");
        if (mode.equals("nearest")) {
            to.builder().add(node);
            return;
        }
        // Upsample called linear what acts on the last two axes, as everything here does on all.
        if (!mode.equals("linear") && !mode.equals("cubic")) {
            throw new ImportException(
                    node.label()
                            + ": mode '"
                            + mode
                            + "'; nearest, linear and cubic are supported");
        }
        OnnxGraphBuilder out = to.builder();
        int[] shape = to.state().shape(to.state().activation(node, 0));
        ResizeGeometry geometry = ResizeGeometry.of(node, to.state(), shape);
        String y = node.outputs().getFirst();
        String x = node.input(0);
        int rank = shape.length;
        boolean[][] outside = new boolean[rank][];
        boolean leaves = false;
        for (int axis = 0; axis < rank; axis++) {
            double[][] shares = new double[geometry.out()[axis]][];
            outside[axis] = new boolean[shares.length];
            boolean same = shares.length == shape[axis];
            for (int i = 0; i < shares.length; i++) {
                double at = geometry.coordinate(node, axis, i);
                outside[axis][i] = geometry.isOutside(axis, at);
                leaves |= outside[axis][i];
                shares[i] =
                        outside[axis][i]
                                ? new double[shape[axis]]
                                : shares(node, at, shape[axis], geometry.scales()[axis]);
                same &= i < shape[axis] && shares[i][i] == 1;
            }
            if (same) {
                continue;
            }
            if (Math.max(shape[axis], shares.length) > EXTENT_MAX) {
                throw new ImportException(
                        node.label()
                                + ": "
                                + mode
                                + " from "
                                + shape[axis]
                                + " to "
                                + shares.length
                                + " elements; at most "
                                + EXTENT_MAX
                                + " are supported");
            }
            x = product(out, x, y + "/axis " + axis, axis, rank, shares);
        }
        float value = node.real("extrapolation_value", 0);
        if (!leaves || value == 0) {
            out.node("Identity", y, x);
            return;
        }
        float[] fill = new float[(int) Shapes.size(geometry.out())];
        int[] at = new int[rank];
        for (int i = 0; i < fill.length; i++) {
            for (int axis = 0; axis < rank; axis++) {
                fill[i] = outside[axis][at[axis]] ? value : fill[i];
            }
            Shapes.advance(at, geometry.out());
        }
        String filled = out.constant(OnnxTensor.ofFloats(y + "/fill", geometry.out(), fill));
        out.node("Add", y, x, filled);
    }

    /** What each element of an axis gives to a place between them. */
    private static double[] shares(OnnxNode node, double at, int size, double scale)
            throws ImportException {
        boolean cubic = node.text("mode", "").equals("cubic");
        double bend = node.real("cubic_coeff_a", -0.75f);
        boolean smooth = node.whole("antialias", 0) != 0 && scale < 1;
        boolean excludes = node.whole("exclude_outside", 0) != 0;
        double wide = smooth ? 1 / scale : 1;
        double reach = (cubic ? 2 : 1) * wide;
        double[] shares = new double[size];
        double sum = 0;
        double all = 0;
        for (long j = (long) StrictMath.floor(at - reach);
                j <= (long) StrictMath.ceil(at + reach);
                j++) {
            double weight = weight((j - at) / wide, cubic, bend);
            boolean inside = j >= 0 && j < size;
            all += weight;
            if (inside || !excludes) {
                shares[(int) Math.clamp(j, 0, size - 1L)] += weight;
                sum += weight;
            }
        }
        double whole = excludes ? sum : all;
        for (int j = 0; j < size; j++) {
            shares[j] /= whole;
        }
        return shares;
    }

    private static double weight(double distance, boolean cubic, double a) {
        double d = Math.abs(distance);
        if (!cubic) {
            return Math.max(0, 1 - d);
        }
        if (d < 1) {
            return ((a + 2) * d - (a + 3)) * d * d + 1;
        }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    }

    private static String product(
            OnnxGraphBuilder out, String x, String name, int axis, int rank, double[][] shares) {
        int columns = shares.length;
        int rows = shares[0].length;
        long[] units = new long[rows * columns];
        float[] scales = new float[columns];
        for (int c = 0; c < columns; c++) {
            int parts = parts(shares[c]);
            scales[c] = (float) (1.0 / parts);
            for (int r = 0; r < rows; r++) {
                units[r * columns + c] = Math.round(shares[c][r] * parts);
            }
        }
        int[] dims = {rows, columns};
        String q = out.constant(OnnxTensor.ofLongs(name + "/parts", ElementType.INT8, dims, units));
        String scale =
                out.constant(OnnxTensor.ofFloats(name + "/part", new int[] {columns}, scales));
        String matrix = out.scaled("DequantizeLinear", name + "/shares", q, scale, "", 1);
        long[] order = LongStream.range(0, rank).toArray();
        order[axis] = rank - 1L;
        order[rank - 1] = axis;
        if (axis == rank - 1) {
            return out.node("MatMul", name, x, matrix);
        }
        String turned = out.transposed(x, name + "/turned", order);
        return out.transposed(out.node("MatMul", name + "/mixed", turned, matrix), name, order);
    }

    /**
     * Into how many parts the whole is best divided so that every share is nearly a number of them.
     */
    private static int parts(double[] shares) {
        double largest = Arrays.stream(shares).map(Math::abs).max().orElse(0);
        int best = 1;
        double least = Double.MAX_VALUE;
        for (int parts = SHARE_MAX; parts > SHARE_MAX / 3; parts--) {
            if (largest * parts > SHARE_MAX + 0.5) {
                continue;
            }
            double worst = 0;
            double sum = 0;
            for (double share : shares) {
                double off = StrictMath.rint(share * parts) / parts - share;
                worst = Math.max(worst, Math.abs(off));
                sum += off;
            }
            if (worst + Math.abs(sum) < least - 1e-12) {
                least = worst + Math.abs(sum);
                best = parts;
            }
        }
        return best;
    }
}

package dev.lockstep.importer;

import dev.lockstep.importer.OnnxNode.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Discrete Fourier transforms, of an axis or of frames of a signal, as products with a matrix. */
final class SignalExpansion {
    static final Map<String, Expansion.Body> ROWS =
            Map.of("DFT", SignalExpansion::transform, "STFT", SignalExpansion::frames);

    /** Elements of one matrix. */
    private static final long MATRIX_MAX = 1 << 24;

    private SignalExpansion() {}

    /**
     * A transform as a matrix.
     *
     * @param signal numbers that go in
     * @param length of the transform: signals are cut to it, or zeros follow
     * @param parts 1 for real numbers, 2 for complex ones, as real and imaginary part
     * @param bins that come out
     * @param results as parts
     */
    private record Transform(
            int signal, int length, int parts, int bins, int results, boolean inverse) {

        /**
         * (signal · parts, bins · results), row-major. Where an inverse gives real numbers its
         * signal is the first half of one that is symmetric.
         */
        float[] matrix(float[] window) {
            float[] matrix = new float[signal * parts * bins * results];
            boolean half = inverse && results == 1;
            int read = Math.min(signal, half ? length / 2 + 1 : length);
            for (int i = 0; i < read; i++) {
                boolean counts = half && i > 0 && 2 * i < length;
                double size = (counts ? 2 : 1) * (inverse ? 1.0 / length : 1) * window[i];
                for (int k = 0; k < bins; k++) {
                    double angle =
                            (inverse ? 2 : -2) * StrictMath.PI * ((long) i * k % length) / length;
                    double cosine = size * StrictMath.cos(angle);
                    double sine = size * StrictMath.sin(angle);
                    int at = i * parts * bins * results + k * results;
                    int below = at + bins * results;
                    matrix[at] = (float) cosine;
                    if (results == 2) {
                        matrix[at + 1] = (float) sine;
                    }
                    if (parts == 2) {
                        matrix[below] = (float) -sine;
                    }
                    if (parts == 2 && results == 2) {
                        matrix[below + 1] = (float) cosine;
                    }
                }
            }
            return matrix;
        }
    }

    private static void transform(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = state.dims(node, 0);
        int rank = dims.length;
        if (rank < 2) {
            throw new ImportException(node.label() + ": an input of " + rank + " axes");
        }
        long named = state.opset() < 20 ? node.whole("axis", 1) : -2;
        named = node.hasInput(2) ? state.wholeConstant(node, 2) : named;
        int axis = Shapes.axis(node, named, rank);
        int parts = dims[rank - 1];
        boolean inverse = node.whole("inverse", 0) != 0;
        boolean half = node.whole("onesided", 0) != 0;
        if (parts > 2 || axis == rank - 1 || (half && parts != (inverse ? 2 : 1))) {
            throw new ImportException(
                    node.label()
                            + ": axis "
                            + axis
                            + " of numbers of "
                            + parts
                            + " parts; supported are 1 part and 2, real numbers where onesided");
        }
        int length = half && inverse ? 2 * (dims[axis] - 1) : dims[axis];
        if (node.hasInput(1)) {
            length = Math.clamp(state.wholeConstant(node, 1), 0, 1 << 20);
        }
        int bins = half && !inverse ? length / 2 + 1 : length;
        int results = half && inverse ? 1 : 2;
        Transform transform = new Transform(dims[axis], length, parts, bins, results, inverse);
        long[] order =
                LongStream.range(0, rank)
                        .map(i -> i < axis || i == rank - 1 ? i : i == rank - 2 ? axis : i + 1)
                        .toArray();
        String turned =
                axis == rank - 2
                        ? node.input(0)
                        : out.transposed(node.input(0), y + "/turned", order);
        String rows = out.reshaped(turned, y + "/rows", -1, (long) dims[axis] * parts);
        String product = product(node, out, rows, transform, ones(dims[axis]));
        long[] after = new long[rank];
        for (int i = 0; i < rank - 2; i++) {
            after[i] = dims[(int) order[i]];
        }
        after[rank - 2] = bins;
        after[rank - 1] = results;
        boolean turns = axis != rank - 2;
        String shaped = out.reshaped(product, turns ? y + "/shaped" : y, after);
        if (turns) {
            long[] back =
                    LongStream.range(0, rank)
                            .map(i -> i < axis || i == rank - 1 ? i : i == axis ? rank - 2L : i - 1)
                            .toArray();
            out.transposed(shaped, y, back);
        }
    }

    private static void frames(OnnxNode node, Expansion to) throws ImportException {
        LoweringState state = to.state();
        OnnxGraphBuilder out = to.builder();
        String y = node.outputs().getFirst();
        int[] dims = state.dims(node, 0);
        int parts = dims.length == 3 ? dims[2] : 1;
        long step = state.wholeConstant(node, 1);
        float[] window = node.hasInput(2) ? state.constantInput(node, 2).floats() : new float[0];
        long given = node.hasInput(3) ? state.wholeConstant(node, 3) : window.length;
        boolean half = node.whole("onesided", 1) != 0 && parts == 1;
        if (dims.length < 2
                || dims.length > 3
                || parts > 2
                || step < 1
                || given < 1
                || given > dims[1]
                || (window.length > 0 && window.length != given)) {
            throw new ImportException(
                    node.label()
                            + ": frames of "
                            + given
                            + " every "
                            + step
                            + ", with a window of "
                            + window.length
                            + ", of a signal of "
                            + Arrays.toString(dims));
        }
        int length = (int) given;
        int count = (int) ((dims[1] - length) / step + 1);
        long[] places = new long[ConstantFolder.count(node, new int[] {count, length, parts})];
        for (int i = 0; i < places.length; i++) {
            int frame = i / (length * parts);
            places[i] = frame * step * parts + i % (length * parts);
        }
        String line = out.reshaped(node.input(0), y + "/line", dims[0], (long) dims[1] * parts);
        String picked =
                out.node(
                        "Gather",
                        y + "/frames",
                        List.of(line, out.wholes(y + "/places", places)),
                        Map.of("axis", new Attribute.Whole(1)));
        String rows = out.reshaped(picked, y + "/rows", -1, (long) length * parts);
        int bins = half ? length / 2 + 1 : length;
        Transform transform = new Transform(length, length, parts, bins, 2, false);
        String product =
                product(node, out, rows, transform, window.length > 0 ? window : ones(length));
        out.reshaped(product, y, dims[0], count, bins, 2);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** With a matrix in two terms of 8 bits, so that its rounding is below that of the signal. */
    private static String product(
            OnnxNode node, OnnxGraphBuilder out, String rows, Transform transform, float[] window)
            throws ImportException {
        int inner = transform.signal * transform.parts;
        int columns = transform.bins * transform.results;
        if (columns < 1 || (long) inner * columns > MATRIX_MAX) {
            throw new ImportException(
                    node.label()
                            + ": a transform of "
                            + inner
                            + " numbers to "
                            + columns
                            + "; their product may be 1 to "
                            + MATRIX_MAX);
        }
        String y = node.outputs().getFirst();
        float[] matrix = transform.matrix(window);
        float[] rest = new float[matrix.length];
        for (int column = 0; column < columns; column++) {
            float greatest = 0;
            for (int i = column; i < matrix.length; i += columns) {
                greatest = Math.max(greatest, Math.abs(matrix[i]));
            }
            float unit = greatest == 0 ? 1 : greatest / 127;
            for (int i = column; i < matrix.length; i += columns) {
                float near = (float) StrictMath.rint(matrix[i] / unit) * unit;
                rest[i] = matrix[i] - near;
                matrix[i] = near;
            }
        }
        int[] dims = {inner, columns};
        String coarse = out.constant(OnnxTensor.ofFloats(y + "/coarse", dims, matrix));
        String fine = out.constant(OnnxTensor.ofFloats(y + "/fine", dims, rest));
        String first = out.node("MatMul", y + "/first", rows, coarse);
        return out.node("Add", y + "/sum", first, out.node("MatMul", y + "/second", rows, fine));
    }
}

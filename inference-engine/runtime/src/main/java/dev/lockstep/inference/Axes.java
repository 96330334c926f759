package dev.lockstep.inference;

/** Walking over the elements of tensors by axis. */
final class Axes {
    private Axes() {}

    /** What is done to the last axis, row by row. */
    interface Row {
        /** Takes the {@code n} elements of {@code x} from {@code from} on. */
        void run(int[] x, int from, int n, int[] y, int to);
    }

    /** Calls {@code row} for each row of both tensors, which have equally many. */
    static void rows(Tensor input, Tensor output, Row row) {
        int n = input.shape().last();
        int width = output.shape().last();
        int from = input.offset();
        int to = output.offset();
        int end = from + input.shape().elements();
        for (; from < end; from += n, to += width) {
            row.run(input.data(), from, n, output.data(), to);
        }
    }

    static long[] dims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape.dim(i);
        }
        return dims;
    }

    /**
     * For each element of {@code shape} in row-major order, the sum of its coordinates times {@code
     * strides}.
     *
     * <p>The walker counts like an odometer; it calls nobody back, so that loops stay flat.
     */
    static final class Walk {
        private final Shape shape;
        private final int[] strides;
        private final int[] at;
        private int position;

        Walk(Shape shape, int[] strides, int start) {
            this.shape = shape;
            this.strides = strides;
            this.at = new int[shape.rank()];
            this.position = start;
        }

        /** Where the present element lies. */
        int position() {
            return position;
        }

        /** Moves on to the next element; past the last one it is at the first again. */
        void advance() {
            for (int axis = at.length - 1; axis >= 0; axis--) {
                position += strides[axis];
                if (++at[axis] < shape.dim(axis)) {
                    return;
                }
                position -= strides[axis] * at[axis];
                at[axis] = 0;
            }
        }
    }

    /**
     * Strides over {@code shape} as if it had the extents {@code target}: 0 along axes that are
     * repeated.
     */
    static int[] broadcast(Shape shape, Shape target) {
        int[] strides = shape.strides();
        for (int i = 0; i < strides.length; i++) {
            if (shape.dim(i) != target.dim(i)) {
                strides[i] = 0;
            }
        }
        return strides;
    }

    /**
     * Shape of an elementwise operation on two shapes of one rank, whose extents are equal or 1.
     */
    static Shape common(Shape a, Shape b) throws InvalidModelException {
        Check.equal("rank of the second input", b.rank(), a.rank());
        long[] dims = dims(a);
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == 1) {
                dims[i] = b.dim(i);
            } else if (b.dim(i) != 1) {
                Check.equal("dimension " + i + " of the second input", b.dim(i), dims[i]);
            }
        }
        return Shape.checked(dims);
    }
}

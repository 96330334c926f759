package dev.lockstep.inference;

import java.util.Arrays;

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

    /** Fewer elements than these are not worth a call that copies many. */
    private static final int FEW = 12;

    /** Copies {@code count} elements that are {@code step} apart, which may be 0. */
    static void copy(int[] in, int from, int step, int[] out, int to, int count) {
        if (step == 1 && count >= FEW) {
            System.arraycopy(in, from, out, to, count);
        } else if (step == 0 && count >= FEW) {
            Arrays.fill(out, to, to + count, in[from]);
        } else {
            for (int i = 0; i < count; i++) {
                out[to + i] = in[from + i * step];
            }
        }
    }

    /** Fills the output, in order, with elements that lie by these strides of it. */
    static void move(Tensor input, int[] strides, int start, Tensor output) {
        Runs runs = new Runs(output.shape(), strides);
        Walk walk = runs.walk(0, start);
        int end = output.offset() + output.shape().elements();
        for (int to = output.offset(); to < end; to += runs.length()) {
            copy(input.data(), walk.position(), runs.step(0), output.data(), to, runs.length());
            walk.advance();
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
     * For each element of a shape in row-major order, the sum of its coordinates times {@code
     * strides}.
     *
     * <p>The walker counts like an odometer; it calls nobody back, so that loops stay flat.
     */
    static final class Walk {
        private final int[] dims;
        private final int[] strides;
        private final int[] at;
        private int position;

        Walk(int[] dims, int[] strides, int start) {
            this.dims = dims;
            this.strides = strides;
            this.at = new int[dims.length];
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
                if (++at[axis] < dims[axis]) {
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

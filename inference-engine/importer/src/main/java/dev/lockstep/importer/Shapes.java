package dev.lockstep.importer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ONNX's rules for shapes. */
final class Shapes {
    private Shapes() {}

    static long size(int[] dims) {
        long size = 1;
        for (int dim : dims) {
            size *= dim;
        }
        return size;
    }

    /** The dims with extents of 1 before them. */
    static int[] padded(int[] dims, int rank) {
        int[] out = new int[rank];
        Arrays.fill(out, 1);
        System.arraycopy(dims, 0, out, rank - dims.length, dims.length);
        return out;
    }

    /** Dims with at most one -1 (what is left) and 0 (copied from the input). */
    static int[] reshape(OnnxNode node, int[] from, long[] wanted) throws ImportException {
        int[] to = new int[wanted.length];
        int open = -1;
        long known = 1;
        for (int i = 0; i < to.length; i++) {
            long dim =
                    wanted[i] == 0 && i < from.length && node.whole("allowzero", 0) == 0
                            ? from[i]
                            : wanted[i];
            if (dim == -1 && open < 0) {
                open = i;
                continue;
            }
            if (dim < 1 || dim > Integer.MAX_VALUE) {
                throw badReshape(node, from, wanted);
            }
            to[i] = (int) dim;
            known *= dim;
            if (known > Integer.MAX_VALUE) {
                throw badReshape(node, from, wanted);
            }
        }
        if (open >= 0) {
            to[open] = (int) (size(from) / known);
        }
        if (size(to) != size(from)) {
            throw badReshape(node, from, wanted);
        }
        return to;
    }

    private static ImportException badReshape(OnnxNode node, int[] from, long[] wanted) {
        return new ImportException(
                node.label()
                        + ": cannot reshape "
                        + Arrays.toString(from)
                        + " to "
                        + Arrays.toString(wanted));
    }

    static int[] flatten(OnnxNode node, int[] from) throws ImportException {
        long axis = node.whole("axis", 1);
        int split = axis < 0 ? (int) axis + from.length : (int) axis;
        if (split < 0 || split > from.length) {
            throw new ImportException(node.label() + ": axis " + axis + " of rank " + from.length);
        }
        return new int[] {
            (int) size(Arrays.copyOf(from, split)),
            (int) size(Arrays.copyOfRange(from, split, from.length))
        };
    }

    static int[] squeeze(OnnxNode node, int[] from, long @Nullable [] axes) throws ImportException {
        boolean[] gone = new boolean[from.length];
        if (axes == null) {
            for (int i = 0; i < from.length; i++) {
                gone[i] = from[i] == 1;
            }
        } else {
            for (long axis : axes) {
                int at = axis(node, axis, from.length);
                if (from[at] != 1) {
                    throw new ImportException(
                            node.label()
                                    + ": axis "
                                    + axis
                                    + " has size "
                                    + from[at]
                                    + " and cannot be squeezed");
                }
                gone[at] = true;
            }
        }
        List<Integer> left = new ArrayList<>();
        for (int i = 0; i < from.length; i++) {
            if (!gone[i]) {
                left.add(from[i]);
            }
        }
        return left.stream().mapToInt(Integer::intValue).toArray();
    }

    static int[] unsqueeze(OnnxNode node, int[] from, long @Nullable [] axes)
            throws ImportException {
        if (axes == null) {
            throw new ImportException(node.label() + ": no axes");
        }
        int[] to = new int[from.length + axes.length];
        for (long axis : axes) {
            int at = axis(node, axis, to.length);
            if (to[at] == 1) {
                throw new ImportException(node.label() + ": axis " + axis + " is given twice");
            }
            to[at] = 1;
        }
        int next = 0;
        for (int i = 0; i < to.length; i++) {
            to[i] = to[i] == 1 ? 1 : from[next++];
        }
        return to;
    }

    /** Sizes as a file lists them; each must be one that a tensor can have. */
    static int[] extents(OnnxNode node, long[] sizes) throws ImportException {
        int[] dims = new int[sizes.length];
        for (int i = 0; i < dims.length; i++) {
            if (sizes[i] < 0 || sizes[i] > Integer.MAX_VALUE) {
                throw new ImportException(node.label() + ": size " + sizes[i] + " of an axis");
            }
            dims[i] = (int) sizes[i];
        }
        return dims;
    }

    /** A place on a list of axes, counted from the end where negative. */
    static int clamp(long index, int rank) {
        return Math.clamp(index < 0 ? index + rank : index, 0, rank);
    }

    /**
     * What a Slice takes of a tensor.
     *
     * @param dims of the part; an extent may be 0
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
    record Part(int[] first, int[] step, int[] dims) {}

    /**
     * @param axes null for all in order
     * @param steps null for 1
     */
    static Part part(
            OnnxNode node,
            int[] shape,
            long @Nullable [] starts,
            long @Nullable [] ends,
            long @Nullable [] axes,
            long @Nullable [] steps)
            throws ImportException {
        if (starts == null
                || ends == null
                || starts.length != ends.length
                || (axes != null && axes.length != starts.length)
                || (steps != null && steps.length != starts.length)) {
            throw new ImportException(
                    node.label() + ": starts, ends, axes and steps must be lists of one length");
        }
        int[] first = new int[shape.length];
        int[] step = new int[shape.length];
        Arrays.fill(step, 1);
        int[] out = shape.clone();
        for (int i = 0; i < starts.length; i++) {
            int axis = axis(node, axes == null ? i : axes[i], shape.length);
            long by = steps == null ? 1 : steps[i];
            long size = shape[axis];
            if (by == 0 || Math.abs(by) > Integer.MAX_VALUE) {
                throw new ImportException(node.label() + ": a step of " + by);
            }
            long from = starts[i] < 0 ? starts[i] + size : starts[i];
            long to = ends[i] < 0 ? ends[i] + size : ends[i];
            from = by > 0 ? Math.clamp(from, 0, size) : Math.clamp(from, -1, size - 1);
            to = by > 0 ? Math.clamp(to, 0, size) : Math.clamp(to, -1, size - 1);
            long count = by > 0 ? Math.ceilDiv(to - from, by) : Math.ceilDiv(from - to, -by);
            first[axis] = (int) from;
            step[axis] = (int) by;
            out[axis] = (int) Math.max(0, count);
        }
        return new Part(first, step, out);
    }

    static int axis(OnnxNode node, long axis, int rank) throws ImportException {
        long at = axis < 0 ? axis + rank : axis;
        if (at < 0 || at >= rank) {
            throw new ImportException(node.label() + ": axis " + axis + " of rank " + rank);
        }
        return (int) at;
    }

    static int[] permutation(OnnxNode node, int rank) throws ImportException {
        long[] given = node.wholes("perm");
        int[] permutation = new int[rank];
        boolean[] seen = new boolean[rank];
        if (given != null && given.length != rank) {
            throw new ImportException(
                    node.label() + ": perm " + Arrays.toString(given) + " for rank " + rank);
        }
        for (int i = 0; i < rank; i++) {
            long from = given == null ? rank - 1 - i : given[i];
            if (from < 0 || from >= rank || seen[(int) from]) {
                throw new ImportException(
                        node.label()
                                + ": perm "
                                + Arrays.toString(given)
                                + " is no permutation of rank "
                                + rank);
            }
            seen[(int) from] = true;
            permutation[i] = (int) from;
        }
        return permutation;
    }

    static int[] permuted(int[] dims, int[] permutation) {
        int[] out = new int[dims.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = dims[permutation[i]];
        }
        return out;
    }

    static int[] broadcast(OnnxNode node, int[] a, int[] b) throws ImportException {
        int[] out = new int[Math.max(a.length, b.length)];
        for (int i = 1; i <= out.length; i++) {
            int left = i <= a.length ? a[a.length - i] : 1;
            int right = i <= b.length ? b[b.length - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw new ImportException(
                        node.label()
                                + ": shapes "
                                + Arrays.toString(a)
                                + " and "
                                + Arrays.toString(b)
                                + " do not go together");
            }
            out[out.length - i] = left == 1 ? right : left;
        }
        return out;
    }

    /**
     * Where the element at {@code index} of a broadcast result stands in an operand of these dims.
     */
    static int broadcastIndex(int[] dims, int[] index) {
        int at = 0;
        int skipped = index.length - dims.length;
        for (int axis = 0; axis < dims.length; axis++) {
            at = at * dims[axis] + (dims[axis] == 1 ? 0 : index[axis + skipped]);
        }
        return at;
    }

    /**
     * A constant spread over the channels of an axis: one value each, or null where it also varies
     * along another axis.
     *
     * @shape {@code dims} broadcasts to {@code shape} without making it larger
     */
    static float @Nullable [] perChannel(OnnxTensor constant, int[] shape, int axis) {
        int skipped = shape.length - constant.dims().length;
        if (skipped < 0) {
            return null;
        }
        for (int i = 0; i < constant.dims().length; i++) {
            int dim = constant.dims()[i];
            if (dim != 1 && (i + skipped != axis || dim != shape[axis])) {
                return null;
            }
        }
        float[] values = new float[shape[axis]];
        for (int c = 0; c < values.length; c++) {
            values[c] = constant.real(constant.size() == 1 ? 0 : c);
        }
        return values;
    }

    /** Moves on to the next element of a tensor of these dims, row-major. */
    static void advance(int[] index, int[] dims) {
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            if (++index[axis] < dims[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }
}

package dev.lockstep.importer;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Elements of constants picked, repeated, laid out or put in the place of others. */
final class ConstantPicks {
    /** Those that may depend on constants only. */
    static final Set<String> OPERATORS =
            Set.of("NonZero", "GatherElements", "GatherND", "ScatterND");

    private static final int RANK_MAX = 8;

    private ConstantPicks() {}

    /** The node's value, or null where the operator is not among those computed here. */
    static @Nullable OnnxTensor pick(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        return switch (node.op()) {
            case "Slice" -> slice(node, in, out);
            case "Expand" -> expand(node, in, out);
            case "Tile" -> tile(node, in, out);
            case "Where" -> where(node, in, out);
            case "Trilu" -> triangle(node, in, out);
            case "NonZero" -> nonZero(in.getFirst(), out);
            case "GatherElements" -> gatherElements(node, in, out);
            case "GatherND" -> gatherBlocks(node, in, out);
            case "ScatterND" -> scatter(node, in, out);
            default -> null;
        };
    }

    private static OnnxTensor slice(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        long[] starts = list(node, in, 1, "starts");
        long[] ends = list(node, in, 2, "ends");
        Shapes.Part part =
                Shapes.part(
                        node,
                        x.dims(),
                        starts,
                        ends,
                        list(node, in, 3, "axes"),
                        list(node, in, 4, "steps"));
        int[] order = new int[ConstantFolder.count(node, part.dims())];
        int[] index = new int[part.dims().length];
        for (int i = 0; i < order.length; i++) {
            int at = 0;
            for (int axis = 0; axis < index.length; axis++) {
                at = at * x.dims()[axis] + part.first()[axis] + index[axis] * part.step()[axis];
            }
            order[i] = at;
            Shapes.advance(index, part.dims());
        }
        return x.gathered(out, part.dims(), order);
    }

    private static long @Nullable [] list(
            OnnxNode node, List<OnnxTensor> in, int input, String attribute)
            throws ImportException {
        return in.size() > input ? ConstantFolder.wholes(node, in, input) : node.wholes(attribute);
    }

    private static OnnxTensor expand(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        int[] wanted = Shapes.extents(node, ConstantFolder.wholes(node, in, 1));
        int[] dims = Shapes.broadcast(node, x.dims(), wanted);
        int[] order = new int[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = Shapes.broadcastIndex(x.dims(), index);
            Shapes.advance(index, dims);
        }
        return x.gathered(out, dims, order);
    }

    private static OnnxTensor tile(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        long[] repeats = ConstantFolder.wholes(node, in, 1);
        int[] dims = x.dims().clone();
        if (repeats.length != dims.length) {
            throw new ImportException(
                    node.label() + ": " + repeats.length + " repetitions of " + dims.length);
        }
        for (int axis = 0; axis < dims.length; axis++) {
            if (repeats[axis] < 1 || repeats[axis] * dims[axis] > Integer.MAX_VALUE) {
                throw new ImportException(node.label() + ": " + repeats[axis] + " repetitions");
            }
            dims[axis] *= (int) repeats[axis];
        }
        int[] order = new int[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            int at = 0;
            for (int axis = 0; axis < dims.length; axis++) {
                at = at * x.dims()[axis] + index[axis] % x.dims()[axis];
            }
            order[i] = at;
            Shapes.advance(index, dims);
        }
        return x.gathered(out, dims, order);
    }

    private static OnnxTensor where(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor truths = in.get(0);
        OnnxTensor a = in.get(1);
        OnnxTensor b = in.get(2);
        int[] dims =
                Shapes.broadcast(node, truths.dims(), Shapes.broadcast(node, a.dims(), b.dims()));
        int count = ConstantFolder.count(node, dims);
        float[] floats = new float[a.isFloat() ? count : 0];
        long[] longs = new long[a.isFloat() ? 0 : count];
        if (a.isFloat() != b.isFloat()) {
            throw new ImportException(node.label() + ": a choice between reals and whole numbers");
        }
        int[] index = new int[dims.length];
        for (int i = 0; i < count; i++) {
            boolean first = truths.real(Shapes.broadcastIndex(truths.dims(), index)) != 0;
            OnnxTensor from = first ? a : b;
            int at = Shapes.broadcastIndex(from.dims(), index);
            if (a.isFloat()) {
                floats[i] = from.floats()[at];
            } else {
                longs[i] = from.longs()[at];
            }
            Shapes.advance(index, dims);
        }
        return a.isFloat()
                ? OnnxTensor.ofFloats(out, dims, floats)
                : OnnxTensor.ofLongs(out, a.type(), dims, longs);
    }

    private static OnnxTensor triangle(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.getFirst();
        long k = in.size() > 1 ? ConstantFolder.whole(node, in, 1) : 0;
        boolean[] stays = triangle(node, x.dims(), k);
        float[] floats = x.floats().clone();
        long[] longs = x.longs().clone();
        for (int i = 0; i < stays.length; i++) {
            if (!stays[i]) {
                if (x.isFloat()) {
                    floats[i] = 0;
                } else {
                    longs[i] = 0;
                }
            }
        }
        return x.isFloat()
                ? OnnxTensor.ofFloats(out, x.dims(), floats)
                : OnnxTensor.ofLongs(out, x.type(), x.dims(), longs);
    }

    /**
     * Which elements of a tensor of these dims Trilu keeps.
     *
     * @param k how far the diagonal is to the right of the middle one
     */
    static boolean[] triangle(OnnxNode node, int[] dims, long k) throws ImportException {
        if (dims.length < 2) {
            throw new ImportException(
                    node.label()
                            + " has an input of "
                            + dims.length
                            + " axes; allowed are 2 or more");
        }
        boolean upper = node.whole("upper", 1) != 0;
        int columns = dims[dims.length - 1];
        int rows = dims[dims.length - 2];
        boolean[] stays = new boolean[ConstantFolder.count(node, dims)];
        for (int i = 0; i < stays.length; i++) {
            long right = i % columns - (long) (i / columns % rows);
            stays[i] = upper ? right >= k : right <= k;
        }
        return stays;
    }

    /** Places of the elements that are not zero: a row for each axis. */
    private static OnnxTensor nonZero(OnnxTensor x, String out) {
        int rank = x.dims().length;
        int count = 0;
        for (int i = 0; i < x.size(); i++) {
            count += x.real(i) == 0 ? 0 : 1;
        }
        long[] places = new long[rank * count];
        int[] index = new int[rank];
        int next = 0;
        for (int i = 0; i < x.size(); i++) {
            if (x.real(i) != 0) {
                for (int axis = 0; axis < rank; axis++) {
                    places[axis * count + next] = index[axis];
                }
                next++;
            }
            Shapes.advance(index, x.dims());
        }
        return OnnxTensor.ofLongs(out, new int[] {rank, count}, places);
    }

    private static OnnxTensor gatherElements(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.get(0);
        int[] dims = in.get(1).dims();
        return x.gathered(out, dims, elements(node, x.dims(), in.get(1)));
    }

    /** Where the elements are that GatherElements picks from a tensor of these dims. */
    static int[] elements(OnnxNode node, int[] from, OnnxTensor indices) throws ImportException {
        int[] dims = indices.dims();
        int axis = Shapes.axis(node, node.whole("axis", 0), from.length);
        if (dims.length != from.length || indices.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": indices of "
                            + Arrays.toString(dims)
                            + " for "
                            + Arrays.toString(from));
        }
        int[] order = new int[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            int at = 0;
            for (int k = 0; k < dims.length; k++) {
                long place = k == axis ? indices.longs()[i] : index[k];
                at = at * from[k] + place(node, place, from[k]);
            }
            order[i] = at;
            Shapes.advance(index, dims);
        }
        return order;
    }

    private static OnnxTensor gatherBlocks(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.get(0);
        Blocks blocks = blocks(node, x.dims(), in.get(1));
        return x.gathered(out, blocks.dims(), blocks.order());
    }

    /**
     * Where elements are that GatherND picks, or that ScatterND replaces.
     *
     * @param dims of the picked
     * @param order where each of them is in the tensor
     */
    @SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
    record Blocks(int[] dims, int[] order) {}

    static Blocks blocks(OnnxNode node, int[] from, OnnxTensor indices) throws ImportException {
        int[] dims = indices.dims();
        int depth = dims.length == 0 ? 0 : dims[dims.length - 1];
        int batch = Math.clamp(node.whole("batch_dims", 0), 0, RANK_MAX);
        if (depth < 1
                || batch >= dims.length
                || batch + depth > from.length
                || !Arrays.equals(Arrays.copyOf(dims, batch), Arrays.copyOf(from, batch))
                || indices.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": indices of "
                            + Arrays.toString(dims)
                            + " for "
                            + Arrays.toString(from)
                            + ", of which "
                            + batch
                            + " axes run beside");
        }
        int[] inner = Arrays.copyOfRange(from, batch + depth, from.length);
        int[] picked = Arrays.copyOf(dims, dims.length - 1 + inner.length);
        System.arraycopy(inner, 0, picked, dims.length - 1, inner.length);
        int block = (int) Shapes.size(inner);
        int each = (int) Shapes.size(Arrays.copyOfRange(dims, batch, dims.length - 1));
        int[] order = new int[ConstantFolder.count(node, picked)];
        for (int i = 0; i < order.length; i++) {
            int at = i / block / each;
            for (int k = 0; k < depth; k++) {
                long place = indices.longs()[i / block * depth + k];
                at = at * from[batch + k] + place(node, place, from[batch + k]);
            }
            order[i] = at * block + i % block;
        }
        return new Blocks(picked, order);
    }

    static int place(OnnxNode node, long index, int extent) throws ImportException {
        long at = index < 0 ? index + extent : index;
        if (at < 0 || at >= extent) {
            throw new ImportException(
                    node.label() + ": index " + index + " of " + extent + " elements");
        }
        return (int) at;
    }

    private static OnnxTensor scatter(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor x = in.get(0);
        OnnxTensor updates = in.get(2);
        int[] order = blocks(node, x.dims(), in.get(1)).order();
        if (!node.text("reduction", "none").equals("none")
                || updates.size() != order.length
                || updates.isFloat() != x.isFloat()) {
            throw new ImportException(
                    node.label()
                            + ": updates of dims "
                            + Arrays.toString(updates.dims())
                            + "; supported are replacements that fit the indices");
        }
        float[] floats = x.floats().clone();
        long[] longs = x.longs().clone();
        for (int i = 0; i < order.length; i++) {
            if (x.isFloat()) {
                floats[order[i]] = updates.floats()[i];
            } else {
                longs[order[i]] = updates.longs()[i];
            }
        }
        return x.isFloat()
                ? OnnxTensor.ofFloats(out, x.dims(), floats)
                : OnnxTensor.ofLongs(out, x.type(), x.dims(), longs);
    }
}

package dev.lockstep.importer;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Computes nodes that depend on constants only, as exporters leave them: shapes, reshaped weights,
 * small sums.
 */
final class ConstantFolder {
    private static final int ELEMENTS_MAX = 1 << 27;

    private static final Set<String> OWN = Set.of("Constant", "ConstantOfShape");

    private ConstantFolder() {}

    /** Whether a node may stand in a network where all that it reads is constant. */
    static boolean folds(OnnxNode node) {
        return node.operator().equals(node.op())
                && (OWN.contains(node.op())
                        || ConstantPicks.OPERATORS.contains(node.op())
                        || ConstantArithmetic.OPERATORS.contains(node.op()));
    }

    /** The node's value, or null where the operator is not among those folded. */
    static @Nullable OnnxTensor fold(OnnxNode node, List<OnnxTensor> in) throws ImportException {
        String out = node.outputs().getFirst();
        int needed = inputs(node);
        if (in.size() < needed) {
            throw new ImportException(
                    node.label() + " has " + in.size() + " inputs; it needs " + needed);
        }
        return switch (node.op()) {
            case "Constant" -> constant(node, out);
            case "ConstantOfShape" -> filled(node, wholes(node, in, 0), out);
            case "Identity", "Dropout" -> in.getFirst();
            case "Cast" -> cast(node, in.getFirst(), out);
            case "Reshape" ->
                    reshaped(
                            in.getFirst(),
                            out,
                            Shapes.reshape(node, in.getFirst().dims(), wholes(node, in, 1)));
            case "Flatten" ->
                    reshaped(in.getFirst(), out, Shapes.flatten(node, in.getFirst().dims()));
            case "Squeeze", "Unsqueeze" -> {
                long[] axes = in.size() > 1 ? wholes(node, in, 1) : node.wholes("axes");
                int[] dims = in.getFirst().dims();
                yield reshaped(
                        in.getFirst(),
                        out,
                        node.op().equals("Squeeze")
                                ? Shapes.squeeze(node, dims, axes)
                                : Shapes.unsqueeze(node, dims, axes));
            }
            case "Transpose" ->
                    transposed(
                            in.getFirst(),
                            out,
                            Shapes.permutation(node, in.getFirst().dims().length));
            case "Concat" -> concat(node, in, out);
            case "Gather" -> gather(node, in, out);
            case "Shape" -> {
                int[] dims = in.getFirst().dims();
                int from = Shapes.clamp(node.whole("start", 0), dims.length);
                int to = Shapes.clamp(node.whole("end", dims.length), dims.length);
                long[] part =
                        Arrays.stream(dims, from, Math.max(from, to)).asLongStream().toArray();
                yield OnnxTensor.ofLongs(out, new int[] {part.length}, part);
            }
            case "Size" -> OnnxTensor.ofLongs(out, new int[0], new long[] {in.getFirst().size()});
            default -> {
                OnnxTensor picked = ConstantPicks.pick(node, in, out);
                yield picked != null ? picked : ConstantArithmetic.compute(node, in, out);
            }
        };
    }

    /** Inputs that an operator cannot do without, of those computed here. */
    private static int inputs(OnnxNode node) {
        return switch (node.op()) {
            case "Constant" -> 0;
            case "Where", "Range", "ScatterND" -> 3;
            case "Reshape",
                    "Gather",
                    "Expand",
                    "Tile",
                    "GatherElements",
                    "GatherND",
                    "CumSum",
                    "MatMul",
                    "Add",
                    "Sub",
                    "Mul",
                    "Div",
                    "Mod",
                    "Pow",
                    "Less",
                    "LessOrEqual",
                    "Greater",
                    "GreaterOrEqual",
                    "Equal",
                    "And",
                    "Or",
                    "Xor" ->
                    2;
            default -> 1;
        };
    }

    /** An input of whole numbers: places, sizes or truths. */
    static long[] wholes(OnnxNode node, List<OnnxTensor> in, int index) throws ImportException {
        OnnxTensor tensor = in.get(index);
        if (tensor.isFloat()) {
            throw new ImportException(
                    node.label() + ": input " + index + " holds reals; expected whole numbers");
        }
        return tensor.longs();
    }

    /** An input of one whole number. */
    static long whole(OnnxNode node, List<OnnxTensor> in, int index) throws ImportException {
        long[] all = wholes(node, in, index);
        if (all.length != 1) {
            throw new ImportException(
                    node.label()
                            + ": input "
                            + index
                            + " holds "
                            + all.length
                            + " numbers, not one");
        }
        return all[0];
    }

    private static OnnxTensor constant(OnnxNode node, String out) throws ImportException {
        if (node.attributes().size() == 1) {
            switch (node.attributes().values().iterator().next()) {
                case OnnxNode.Attribute.Tensor(OnnxTensor value) -> {
                    return value.reshaped(out, value.dims());
                }
                case OnnxNode.Attribute.Real(float value) -> {
                    return OnnxTensor.ofFloats(out, new int[0], new float[] {value});
                }
                case OnnxNode.Attribute.Whole(long value) -> {
                    return OnnxTensor.ofLongs(out, new int[0], new long[] {value});
                }
                case OnnxNode.Attribute.Reals(float[] values) -> {
                    return OnnxTensor.ofFloats(out, new int[] {values.length}, values);
                }
                case OnnxNode.Attribute.Wholes(long[] values) -> {
                    return OnnxTensor.ofLongs(out, new int[] {values.length}, values);
                }
                case OnnxNode.Attribute.Text _, OnnxNode.Attribute.Texts _ -> {}
            }
        }
        throw new ImportException(
                node.label() + ": only one attribute with a dense number or tensor is supported");
    }

    private static OnnxTensor filled(OnnxNode node, long[] shape, String out)
            throws ImportException {
        long count = 1;
        for (long dim : shape) {
            if (dim < 0 || dim > ELEMENTS_MAX || (count *= dim) > ELEMENTS_MAX) {
                throw new ImportException(
                        node.label()
                                + ": a constant of dims "
                                + Arrays.toString(shape)
                                + " is too large");
            }
        }
        int[] dims = Arrays.stream(shape).mapToInt(dim -> (int) dim).toArray();
        OnnxTensor value = OnnxTensor.ofFloats(out, new int[] {1}, new float[1]);
        if (node.attributes().get("value") instanceof OnnxNode.Attribute.Tensor(OnnxTensor given)
                && given.size() == 1) {
            value = given;
        }
        return value.gathered(out, dims, new int[(int) count]);
    }

    private static OnnxTensor cast(OnnxNode node, OnnxTensor in, String out)
            throws ImportException {
        ElementType to = ElementType.of(node.whole("to", 0), node.label());
        if (to.isReal()) {
            float[] values = new float[in.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = in.real(i);
            }
            return OnnxTensor.ofFloats(out, in.dims(), values);
        }
        long[] values = new long[in.size()];
        for (int i = 0; i < values.length; i++) {
            long whole = in.isFloat() ? (long) in.real(i) : in.longs()[i];
            boolean truth = in.isFloat() ? in.real(i) != 0 : whole != 0;
            values[i] = to == ElementType.BOOL ? (truth ? 1 : 0) : whole;
        }
        return OnnxTensor.ofLongs(out, to, in.dims(), values);
    }

    private static OnnxTensor reshaped(OnnxTensor in, String out, int[] dims) {
        return in.reshaped(out, dims);
    }

    static OnnxTensor transposed(OnnxTensor in, String out, int[] permutation) {
        int[] dims = Shapes.permuted(in.dims(), permutation);
        int[] strides = strides(in.dims());
        int[] order = new int[in.size()];
        int[] index = new int[dims.length];
        for (int i = 0; i < order.length; i++) {
            int from = 0;
            for (int axis = 0; axis < dims.length; axis++) {
                from += index[axis] * strides[permutation[axis]];
            }
            order[i] = from;
            Shapes.advance(index, dims);
        }
        return in.gathered(out, dims, order);
    }

    private static OnnxTensor concat(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        int[] first = in.getFirst().dims();
        int axis = Shapes.axis(node, node.whole("axis", 0), first.length);
        int[] dims = first.clone();
        dims[axis] = 0;
        for (OnnxTensor part : in) {
            int[] same = part.dims().clone();
            if (same.length == dims.length) {
                same[axis] = first[axis];
            }
            if (!Arrays.equals(same, first) || part.type() != in.getFirst().type()) {
                throw new ImportException(
                        node.label()
                                + ": constants of dims "
                                + Arrays.toString(first)
                                + " and "
                                + Arrays.toString(part.dims())
                                + " cannot be joined");
            }
            dims[axis] += part.dims()[axis];
        }
        int outer = (int) Shapes.size(Arrays.copyOf(dims, axis));
        long size = Shapes.size(dims);
        if (size > ELEMENTS_MAX) {
            throw new ImportException(node.label() + ": " + size + " elements are too many");
        }
        float[] floats = new float[in.getFirst().isFloat() ? (int) size : 0];
        long[] longs = new long[in.getFirst().isFloat() ? 0 : (int) size];
        int next = 0;
        for (int o = 0; o < outer; o++) {
            for (OnnxTensor part : in) {
                int length = part.size() / Math.max(1, outer);
                for (int i = o * length; i < (o + 1) * length; i++, next++) {
                    if (part.isFloat()) {
                        floats[next] = part.real(i);
                    } else {
                        longs[next] = part.longs()[i];
                    }
                }
            }
        }
        return in.getFirst().isFloat()
                ? OnnxTensor.ofFloats(out, in.getFirst().type(), dims, floats)
                : OnnxTensor.ofLongs(out, in.getFirst().type(), dims, longs);
    }

    private static OnnxTensor gather(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor data = in.get(0);
        OnnxTensor indices = in.get(1);
        int[] dims = data.dims();
        int axis = Shapes.axis(node, node.whole("axis", 0), dims.length);
        int inner = (int) Shapes.size(Arrays.copyOfRange(dims, axis + 1, dims.length));
        int outer = (int) Shapes.size(Arrays.copyOf(dims, axis));
        long count = (long) outer * indices.size() * inner;
        if (count > ELEMENTS_MAX) {
            throw new ImportException(node.label() + ": " + count + " elements are too many");
        }
        int[] order = new int[(int) count];
        int next = 0;
        for (int o = 0; o < outer; o++) {
            for (long given : wholes(node, in, 1)) {
                long index = given < 0 ? given + dims[axis] : given;
                if (index < 0 || index >= dims[axis]) {
                    throw new ImportException(
                            node.label() + ": index " + index + " of a list of " + dims[axis]);
                }
                for (int i = 0; i < inner; i++) {
                    order[next++] = (int) ((o * (long) dims[axis] + index) * inner + i);
                }
            }
        }
        int[] picked = new int[dims.length - 1 + indices.dims().length];
        System.arraycopy(dims, 0, picked, 0, axis);
        System.arraycopy(indices.dims(), 0, picked, axis, indices.dims().length);
        System.arraycopy(
                dims, axis + 1, picked, axis + indices.dims().length, dims.length - axis - 1);
        return data.gathered(out, picked, order);
    }

    /** Elements of a tensor of these dims; refuses more than are computed here. */
    static int count(OnnxNode node, int[] dims) throws ImportException {
        long count = 1;
        for (int dim : dims) {
            count *= dim;
            if (dim < 0 || count > ELEMENTS_MAX) {
                throw new ImportException(
                        node.label()
                                + ": a constant of dims "
                                + Arrays.toString(dims)
                                + " is too large");
            }
        }
        return (int) count;
    }

    private static int[] strides(int[] dims) {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }
}

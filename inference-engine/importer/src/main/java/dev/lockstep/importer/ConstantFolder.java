package dev.lockstep.importer;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Computes nodes that depend on constants only, as exporters leave them: shapes, reshaped weights,
 * small sums.
 */
final class ConstantFolder {
    private static final int ELEMENTS_MAX = 1 << 27;

    private ConstantFolder() {}

    /** The node's value, or null where the operator is not among those folded. */
    static @Nullable OnnxTensor fold(OnnxNode node, List<OnnxTensor> in) throws ImportException {
        String out = node.outputs().getFirst();
        return switch (node.op()) {
            case "Constant" -> constant(node, out);
            case "ConstantOfShape" -> filled(node, in.getFirst(), out);
            case "Identity", "Dropout" -> in.getFirst();
            case "Cast" -> cast(node, in.getFirst(), out);
            case "Reshape" ->
                    reshaped(
                            in.getFirst(),
                            out,
                            Shapes.reshape(node, in.getFirst().dims(), in.get(1).longs()));
            case "Flatten" ->
                    reshaped(in.getFirst(), out, Shapes.flatten(node, in.getFirst().dims()));
            case "Squeeze", "Unsqueeze" -> {
                long[] axes = in.size() > 1 ? in.get(1).longs() : node.wholes("axes");
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
            case "Add" -> binary(node, in, out, Double::sum, Long::sum);
            case "Sub" -> binary(node, in, out, (a, b) -> a - b, (a, b) -> a - b);
            case "Mul" -> binary(node, in, out, (a, b) -> a * b, (a, b) -> a * b);
            case "Div" -> binary(node, in, out, (a, b) -> a / b, (a, b) -> b == 0 ? 0 : a / b);
            default -> null;
        };
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

    private static OnnxTensor filled(OnnxNode node, OnnxTensor shape, String out)
            throws ImportException {
        long count = 1;
        for (long dim : shape.longs()) {
            if (dim < 0 || dim > ELEMENTS_MAX || (count *= dim) > ELEMENTS_MAX) {
                throw new ImportException(
                        node.label()
                                + ": a constant of dims "
                                + Arrays.toString(shape.longs())
                                + " is too large");
            }
        }
        int[] dims = Arrays.stream(shape.longs()).mapToInt(dim -> (int) dim).toArray();
        OnnxTensor value = OnnxTensor.ofFloats(out, new int[] {1}, new float[1]);
        if (node.attributes().get("value") instanceof OnnxNode.Attribute.Tensor(OnnxTensor given)
                && given.size() == 1) {
            value = given;
        }
        return value.gathered(out, dims, new int[(int) count]);
    }

    private static OnnxTensor cast(OnnxNode node, OnnxTensor in, String out)
            throws ImportException {
        long to = node.whole("to", 0);
        return switch ((int) to) {
            case 1, 10, 11 -> {
                float[] values = new float[in.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = in.real(i);
                }
                yield OnnxTensor.ofFloats(out, in.dims(), values);
            }
            case 6, 7 -> {
                long[] values = in.longs().clone();
                if (in.isFloat()) {
                    values = new long[in.size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (long) in.real(i);
                    }
                }
                yield OnnxTensor.ofLongs(out, in.dims(), values);
            }
            default ->
                    throw new ImportException(
                            node.label() + ": cast to element type " + to + " is not supported");
        };
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
            for (long given : indices.longs()) {
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

    private static OnnxTensor binary(
            OnnxNode node,
            List<OnnxTensor> in,
            String out,
            DoubleBinaryOperator real,
            LongBinaryOperator whole)
            throws ImportException {
        OnnxTensor a = in.get(0);
        OnnxTensor b = in.get(1);
        int[] dims = Shapes.broadcast(node, a.dims(), b.dims());
        long count = 1;
        for (int dim : dims) {
            count *= dim;
            if (count > ELEMENTS_MAX) {
                throw new ImportException(
                        node.label()
                                + ": a constant of dims "
                                + Arrays.toString(dims)
                                + " is too large");
            }
        }
        float[] floats = new float[a.isFloat() ? (int) count : 0];
        long[] longs = new long[a.isFloat() ? 0 : (int) count];
        int[] index = new int[dims.length];
        for (int i = 0; i < count; i++) {
            int ai = Shapes.broadcastIndex(a.dims(), index);
            int bi = Shapes.broadcastIndex(b.dims(), index);
            if (a.isFloat()) {
                floats[i] = (float) real.applyAsDouble(a.real(ai), b.real(bi));
            } else {
                longs[i] = whole.applyAsLong(a.longs()[ai], b.longs()[bi]);
            }
            Shapes.advance(index, dims);
        }
        return a.isFloat()
                ? OnnxTensor.ofFloats(out, dims, floats)
                : OnnxTensor.ofLongs(out, dims, longs);
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

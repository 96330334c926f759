package dev.lockstep.importer;

import java.util.ArrayList;
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
    private static final int ELEMENTS_MAX = 1 << 26;

    private ConstantFolder() {}

    /** The node's value, or null where the operator is not among those folded. */
    static @Nullable OnnxTensor fold(OnnxNode node, List<OnnxTensor> in) throws ImportException {
        String out = node.outputs().getFirst();
        return switch (node.op()) {
            case "Constant" -> constant(node, out);
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
        List<Long> longs = new ArrayList<>();
        for (OnnxTensor part : in) {
            if (part.isFloat() || part.dims().length != 1) {
                throw new ImportException(
                        node.label()
                                + ": constants can only be joined here when they are lists of whole numbers");
            }
            Arrays.stream(part.longs()).forEach(longs::add);
        }
        return OnnxTensor.ofLongs(
                out, new int[] {longs.size()}, longs.stream().mapToLong(Long::longValue).toArray());
    }

    private static OnnxTensor gather(OnnxNode node, List<OnnxTensor> in, String out)
            throws ImportException {
        OnnxTensor data = in.get(0);
        OnnxTensor indices = in.get(1);
        if (data.dims().length != 1 || node.whole("axis", 0) != 0) {
            throw new ImportException(node.label() + ": constants can only be picked from a list");
        }
        int[] order = new int[indices.size()];
        for (int i = 0; i < order.length; i++) {
            long index =
                    indices.longs()[i] < 0 ? indices.longs()[i] + data.size() : indices.longs()[i];
            if (index < 0 || index >= data.size()) {
                throw new ImportException(
                        node.label() + ": index " + index + " of a list of " + data.size());
            }
            order[i] = (int) index;
        }
        return data.gathered(out, indices.dims(), order);
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

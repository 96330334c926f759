package dev.lockstep.importer;

import dev.lockstep.importer.FloatLayer.Requantize;
import dev.lockstep.inference.DType;
import java.util.Arrays;

/**
 * QuantizeLinear and DequantizeLinear. Both change no value beyond rounding, so they become no
 * operation: they say which scale a tensor has. Only where a tensor already has another scale a
 * requantisation is left.
 */
final class QuantizeLowering {
    private QuantizeLowering() {}

    static void quantize(OnnxNode node, LoweringState state) throws ImportException {
        ElementType type = typeWritten(node, state);
        TensorScale scale = scale(node, state, type);
        String output = node.outputs().getFirst();
        if (isSkewed(node, state, type) && state.isOutput(output)) {
            throw skewed(node, state, type);
        }
        String input = state.activation(node, 0);
        if (type.bits() < Byte.SIZE || isSkewed(node, state, type)) {
            String wider = state.fresh(output, "uncut");
            state.add(new Requantize(input, wider), state.shape(input));
            state.give(wider, scale);
            Clip ends = ends(node, state, type);
            state.add(new FloatLayer.Cut(wider, output, ends), state.shape(input));
        } else if (state.settle(input, scale)) {
            state.alias(input, output);
        } else {
            state.add(new Requantize(input, output), state.shape(input));
            state.give(output, scale);
        }
    }

    static void dequantize(OnnxNode node, LoweringState state) throws ImportException {
        String input = state.activation(node, 0);
        ElementType type =
                node.hasInput(2)
                        ? state.constantInput(node, 2).type()
                        : state.isOpenInteger(input) ? state.inputType(input) : ElementType.UINT8;
        TensorScale scale = scale(node, state, type);
        if (state.isOpenInteger(input)) {
            if (isSkewed(node, state, type)) {
                throw skewed(node, state, type);
            }
            state.give(input, scale);
        }
        TensorScale known = state.scale(input);
        if (known != null && !node.hasInput(2)) {
            // Without a zero point the type is the producer's; only the scale can be compared.
            scale = new TensorScale(known.dtype(), scale.scale(), known.zeroPoint());
        }
        if (!scale.equals(known)) {
            throw new ImportException(
                    node.label()
                            + ": reads integers of "
                            + scale
                            + " that were written as "
                            + (known == null ? "something else" : known));
        }
        state.alias(input, node.outputs().getFirst());
    }

    /** Integers that stand for themselves; those of 64 bits must fit 32. */
    static TensorScale plain(ElementType type, String where) throws ImportException {
        return switch (type) {
            case BOOL -> TensorScale.BIT;
            case UINT2, UINT4, UINT16, UINT32, INT64, UINT64 -> TensorScale.WHOLE;
            default -> TensorScale.given(type, 1, 0, where);
        };
    }

    /**
     * A number for each element of a tensor, of numbers for each index of an axis, or for each
     * block of indices where the node names their size.
     */
    static float[] spread(OnnxNode node, OnnxTensor numbers, int[] dims) throws ImportException {
        int axis = Shapes.axis(node, node.whole("axis", 1), dims.length);
        long size = node.whole("block_size", 0);
        int[] from = dims.clone();
        if (size > 0) {
            from[axis] = (int) ((dims[axis] + size - 1) / size);
        }
        boolean fits =
                size > 0
                        ? Arrays.equals(from, numbers.dims())
                        : numbers.dims().length == 1 && numbers.size() == dims[axis];
        if (!fits) {
            throw new ImportException(
                    node.label()
                            + ": scales or zero points of dims "
                            + Arrays.toString(numbers.dims())
                            + " for "
                            + Arrays.toString(dims)
                            + " along axis "
                            + axis
                            + " in blocks of "
                            + size);
        }
        float[] spread = new float[ConstantFolder.count(node, dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < spread.length; i++) {
            int[] at = index.clone();
            at[axis] /= Math.clamp(size, 1, 1 << 30);
            spread[i] = numbers.real(size > 0 ? Shapes.broadcastIndex(from, at) : at[axis]);
            Shapes.advance(index, dims);
        }
        return spread;
    }

    /**
     * The real numbers that a DequantizeLinear node makes of integers with a scale for each block.
     */
    static OnnxTensor constantReals(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor q = state.constantInput(node, 0);
        OnnxTensor scale = state.constantInput(node, 1);
        float[] scales = spread(node, scale, q.dims());
        float[] zeros = new float[q.size()];
        if (node.hasInput(2)) {
            zeros = spread(node, state.constantInput(node, 2), q.dims());
        }
        float[] reals = new float[q.size()];
        for (int i = 0; i < reals.length; i++) {
            reals[i] = (q.real(i) - zeros[i]) * scales[i];
        }
        return OnnxTensor.ofFloats(node.outputs().getFirst(), q.dims(), reals);
    }

    /** The constant that a DequantizeLinear node makes of integers. */
    static QuantizedTensor constant(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor q = state.constantInput(node, 0);
        OnnxTensor scale = state.constantInput(node, 1);
        long[] zeroPoint = new long[scale.size()];
        if (node.hasInput(2)) {
            zeroPoint = state.constantInput(node, 2).longs();
        }
        int rank = q.dims().length;
        boolean whole = scale.size() == 1;
        int axis = whole ? 0 : Shapes.axis(node, node.whole("axis", 1), rank);
        if (q.isFloat()
                || !scale.isFloat()
                || zeroPoint.length != scale.size()
                || (!whole && (scale.dims().length != 1 || scale.size() != q.dims()[axis]))) {
            throw new ImportException(
                    node.label()
                            + ": scale of dims "
                            + Arrays.toString(scale.dims())
                            + " and "
                            + zeroPoint.length
                            + " zero points for integers of dims "
                            + Arrays.toString(q.dims())
                            + "; supported are one scale, or one for each index of an axis");
        }
        return new QuantizedTensor(q, scale.floats(), zeroPoint, axis);
    }

    /** The integers that a QuantizeLinear node makes of real constants. */
    static OnnxTensor constantIntegers(OnnxNode node, LoweringState state) throws ImportException {
        OnnxTensor real = state.constantInput(node, 0);
        ElementType type = typeWritten(node, state);
        float[] scale = state.constantInput(node, 1).floats();
        long[] zeroPoint =
                node.hasInput(2) ? state.constantInput(node, 2).longs() : new long[scale.length];
        long[] q = new long[real.size()];
        OnnxTensor shell = OnnxTensor.ofLongs(node.outputs().getFirst(), type, real.dims(), q);
        int axis =
                scale.length == 1
                        ? 0
                        : Shapes.axis(node, node.whole("axis", 1), real.dims().length);
        if (zeroPoint.length != scale.length
                || (scale.length != 1 && scale.length != real.dims()[axis])) {
            throw new ImportException(
                    node.label() + ": " + scale.length + " scales do not fit the constant");
        }
        int inner =
                scale.length == 1
                        ? 1
                        : (int)
                                Shapes.size(
                                        Arrays.copyOfRange(
                                                real.dims(), axis + 1, real.dims().length));
        for (int i = 0; i < q.length; i++) {
            int c = scale.length == 1 ? 0 : i / inner % scale.length;
            double units = StrictMath.rint((double) (real.real(i) / scale[c])) + zeroPoint[c];
            q[i] = (long) Math.clamp(units, (double) type.min(), (double) type.max());
        }
        return shell;
    }

    static ElementType typeWritten(OnnxNode node, LoweringState state) throws ImportException {
        if (node.hasInput(2)) {
            return state.constantInput(node, 2).type();
        }
        long type = node.whole("output_dtype", 0);
        return type == 0 ? ElementType.UINT8 : ElementType.of(type, node.label());
    }

    private static TensorScale scale(OnnxNode node, LoweringState state, ElementType type)
            throws ImportException {
        OnnxTensor scale = state.constantInput(node, 1);
        if (scale.size() != 1 || !scale.isFloat() || node.whole("block_size", 0) != 0) {
            throw new ImportException(
                    node.label()
                            + ": an activation with "
                            + scale.size()
                            + " scales; only one for the whole tensor is supported");
        }
        if (isSkewed(node, state, type)) {
            long middle = TensorScale.offset(type);
            DType dtype = TensorScale.given(type, scale.floats()[0], middle, node.label()).dtype();
            Clip ends = ends(node, state, type);
            float size = Math.max(-ends.low(), ends.high());
            return new TensorScale(dtype, size / dtype.max(), 0);
        }
        return TensorScale.given(type, scale.floats()[0], zeroPoint(node, state), node.label());
    }

    private static long zeroPoint(OnnxNode node, LoweringState state) throws ImportException {
        return node.hasInput(2) ? state.wholeConstant(node, 2) : 0;
    }

    /**
     * Whether a zero point of 16 bits is away from the middle of their range. The reals are then
     * kept at most twice as coarsely, on both sides of zero alike; integers of that kind cannot go
     * in or come out.
     */
    private static boolean isSkewed(OnnxNode node, LoweringState state, ElementType type)
            throws ImportException {
        boolean wide = type == ElementType.INT16 || type == ElementType.UINT16;
        return wide && zeroPoint(node, state) != TensorScale.offset(type);
    }

    private static ImportException skewed(OnnxNode node, LoweringState state, ElementType type)
            throws ImportException {
        return new ImportException(
                node.label()
                        + ": zero point "
                        + zeroPoint(node, state)
                        + " of type "
                        + type
                        + "; inputs and outputs of 16 and 32 bits must have it in the middle of their range");
    }

    /** The least and greatest real number that a type holds. */
    private static Clip ends(OnnxNode node, LoweringState state, ElementType type)
            throws ImportException {
        float scale = state.constantInput(node, 1).floats()[0];
        long zero = zeroPoint(node, state);
        return new Clip((type.min() - zero) * scale, (type.max() - zero) * scale);
    }
}

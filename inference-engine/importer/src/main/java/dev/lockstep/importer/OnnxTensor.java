package dev.lockstep.importer;

/**
 * A constant of an ONNX graph. Real numbers of any width are held in single precision, whole
 * numbers and truth values as 64-bit integers; exactly one of the two arrays is used.
 *
 * @param type what the file keeps the elements as
 * @param doubles the elements as the file has them, where they are doubles and not computed
 * @shape row-major, {@code dims}; no dims is one number
 */
@SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
record OnnxTensor(
        String name, ElementType type, int[] dims, float[] floats, long[] longs, double[] doubles) {
    private static final long[] NO_LONGS = {};
    private static final float[] NO_FLOATS = {};
    private static final double[] NO_DOUBLES = {};

    static OnnxTensor ofFloats(String name, int[] dims, float[] values) {
        return ofFloats(name, ElementType.FLOAT, dims, values);
    }

    static OnnxTensor ofFloats(String name, ElementType type, int[] dims, float[] values) {
        return new OnnxTensor(name, type, dims, values, NO_LONGS, NO_DOUBLES);
    }

    static OnnxTensor ofLongs(String name, int[] dims, long[] values) {
        return ofLongs(name, ElementType.INT64, dims, values);
    }

    static OnnxTensor ofLongs(String name, ElementType type, int[] dims, long[] values) {
        return new OnnxTensor(name, type, dims, NO_FLOATS, values, NO_DOUBLES);
    }

    OnnxTensor withDoubles(double[] values) {
        return new OnnxTensor(name, type, dims, floats, longs, values);
    }

    /** The elements in double precision, exactly as the file has them. */
    double[] wide() {
        if (doubles.length == size()) {
            return doubles;
        }
        double[] wide = new double[size()];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = isFloat() ? floats[i] : longs[i];
        }
        return wide;
    }

    boolean isFloat() {
        return type.isReal();
    }

    int size() {
        return isFloat() ? floats.length : longs.length;
    }

    OnnxTensor reshaped(String newName, int[] newDims) {
        return new OnnxTensor(newName, type, newDims, floats, longs, doubles);
    }

    /** The element as a real number. */
    float real(int index) {
        return isFloat() ? floats[index] : longs[index];
    }

    /** The same elements in another order; {@code order[i]} is the source of element i. */
    OnnxTensor gathered(String newName, int[] newDims, int[] order) {
        if (isFloat()) {
            float[] out = new float[order.length];
            for (int i = 0; i < order.length; i++) {
                out[i] = floats[order[i]];
            }
            return ofFloats(newName, type, newDims, out);
        }
        long[] out = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            out[i] = longs[order[i]];
        }
        return ofLongs(newName, type, newDims, out);
    }
}

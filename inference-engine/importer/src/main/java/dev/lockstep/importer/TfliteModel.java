package dev.lockstep.importer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TensorFlow Lite network as parsed.
 *
 * @param inputs numbers of tensors
 * @param outputs numbers of tensors
 */
record TfliteModel(
        List<Tensor> tensors,
        List<Operator> operators,
        List<Integer> inputs,
        List<Integer> outputs) {

    /**
     * @param scale of quantised elements: none, one, or one for each index of {@code axis}
     * @param zeroPoint as many
     * @param constant its elements, where they are in the file
     * @param isVariable whether it is kept from one run to the next
     */
    @SuppressWarnings("ArrayRecordComponent") // Carries bulk numbers; never compared as a value.
    record Tensor(
            String name,
            ElementType type,
            int[] shape,
            float[] scale,
            long[] zeroPoint,
            int axis,
            @Nullable OnnxTensor constant,
            boolean isVariable) {
        boolean isQuantized() {
            return scale.length > 0 && !type.isReal();
        }
    }

    /**
     * @param code number of the operator in the schema
     * @param inputs numbers of tensors, -1 for one left out
     * @param options fields of the operator's options
     */
    record Operator(
            int index,
            int code,
            String custom,
            List<Integer> inputs,
            List<Integer> outputs,
            List<Integer> intermediates,
            Options options) {}

    /** The fields of an operator's options by their numbers; what is absent has its default. */
    interface Options {
        int whole(int field, int otherwise) throws ImportException;

        float real(int field, float otherwise) throws ImportException;

        int byteAt(int field, int otherwise) throws ImportException;

        int[] wholes(int field) throws ImportException;
    }
}

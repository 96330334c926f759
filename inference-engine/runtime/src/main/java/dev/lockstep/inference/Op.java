package dev.lockstep.inference;

import java.util.Arrays;
import java.util.List;

/**
 * An operation: an immutable record of its parameters with three facets. It takes activations and
 * weights and yields one tensor of activations.
 *
 * <p>The facets are called in this order, and each may rely on those before it: {@link #type} once
 * the number and types of inputs are known, {@link #cost}, {@link #bounds} once the intervals of
 * the inputs are proven, and {@link #run} as often as wanted.
 */
public interface Op {
    /**
     * Type and shape of the result. Checks every parameter that does not depend on the inputs'
     * values.
     *
     * @fails where parameters or inputs do not fit together
     */
    TensorType type(List<TensorType> inputs) throws InvalidModelException;

    /** What one run takes. */
    Cost cost(List<TensorType> inputs, TensorType output);

    /**
     * Interval of the result, and the proof that nothing inside overflows.
     *
     * @fails where a sum could leave its type for some input within the proven intervals
     */
    Interval bounds(List<Operand> inputs, TensorType output) throws InvalidModelException;

    /** Computes the result. Pure; the output never overlaps an input. */
    void run(Kernels kernels, List<Tensor> inputs, Tensor output);

    /** The parameters as they stand in a file. */
    OpFields fields();

    /**
     * The operation of this number with parameters as they stand in a file. Whether they make sense
     * is for {@link #type} to say.
     *
     * @param attributes at most {@value OpFields#ATTRIBUTES_MAX}; missing ones are 0
     * @fails where no operation has the number, or where the parameters are no record of it
     */
    static Op read(int number, Ints attributes, Ints constants) throws InvalidModelException {
        int[] words = Arrays.copyOf(attributes.toArray(), OpFields.ATTRIBUTES_MAX);
        return Ops.of(number).decoder().read(new OpReader(new OpFields(Ints.of(words), constants)));
    }
}

package dev.lockstep.inference;

/**
 * One operation of a model, for those who look at it.
 *
 * @param index position in the order of execution
 * @param name as in the table of operations
 * @param inputs numbers of the tensors it reads
 * @param output number of the tensor it writes
 * @param type of the result
 * @param interval that the result is proven to lie in
 */
public record OpInfo(
        int index,
        String name,
        Op op,
        Ints inputs,
        int output,
        TensorType type,
        Interval interval,
        Cost cost) {}

package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An input of an operation while the model is checked.
 *
 * @param interval what its elements are proven to lie in
 * @param weights its bytes where it is weights, else empty
 */
public record Operand(TensorType type, Interval interval, MemorySegment weights) {
    /** Sum of the absolute values of {@code count} weights. */
    long absoluteSum(long from, long count) {
        long sum = 0;
        for (long i = from; i < from + count; i++) {
            sum += Math.abs(weights.get(ValueLayout.JAVA_BYTE, i));
        }
        return sum;
    }
}

package dev.lockstep.inference;

/** What became of one run: an output, or the reason why the input is none of this model's. */
public sealed interface InferenceResult {
    /** All elements of all outputs in declared order, row-major, big-endian. */
    @SuppressWarnings("ArrayRecordComponent") // made once, handed over, never compared
    record Output(byte[] bytes) implements InferenceResult {}

    /** The input has another length than the model's inputs together. */
    record InputLength(int expected, int actual) implements InferenceResult {
        @Override
        public String toString() {
            return "input has " + actual + " bytes; the model takes " + expected;
        }
    }

    /**
     * An element lies outside of what its input declares.
     *
     * @param index of the element, counted over all inputs
     */
    record InputOutOfRange(int index, int value, Interval allowed) implements InferenceResult {
        @Override
        public String toString() {
            return "input element " + index + " is " + value + "; allowed " + allowed;
        }
    }
}

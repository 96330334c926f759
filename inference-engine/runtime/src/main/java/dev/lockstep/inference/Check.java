package dev.lockstep.inference;

import java.util.List;

/** Refusals that name a value and what is allowed. */
final class Check {
    private Check() {}

    static void range(String what, long value, long lo, long hi) throws InvalidModelException {
        if (value < lo || value > hi) {
            throw new InvalidModelException(what + " is " + value + "; allowed " + lo + ".." + hi);
        }
    }

    static void equal(String what, long value, long expected) throws InvalidModelException {
        if (value != expected) {
            throw new InvalidModelException(what + " is " + value + "; expected " + expected);
        }
    }

    static void count(List<?> inputs, int expected) throws InvalidModelException {
        equal("number of inputs", inputs.size(), expected);
    }

    static void rank(String what, TensorType type, int rank) throws InvalidModelException {
        equal("rank of " + what, type.shape().rank(), rank);
    }

    static void weights(String what, TensorType type) throws InvalidModelException {
        if (!type.dtype().isWeights()) {
            throw new InvalidModelException(
                    what + " has type " + type.dtype() + "; expected " + DType.W8);
        }
    }

    static void activations(String what, TensorType type, DType... allowed)
            throws InvalidModelException {
        for (DType dtype : allowed) {
            if (type.dtype() == dtype) {
                return;
            }
        }
        throw new InvalidModelException(
                what + " has type " + type.dtype() + "; allowed " + List.of(allowed));
    }

    /** Any type of activation. */
    static void activations(String what, TensorType type) throws InvalidModelException {
        activations(what, type, DType.I8, DType.I16, DType.I32);
    }

    /** The type of a model's input. */
    static void input(DType dtype) throws InvalidModelException {
        if (dtype.isWeights()) {
            throw new InvalidModelException(
                    "type is " + dtype + ", which is for weights; allowed [I8, I16, I32, F32]");
        }
    }

    /** The type of an operation's result. */
    static void output(DType dtype) throws InvalidModelException {
        if (dtype.isWeights() || dtype == DType.F32) {
            throw new InvalidModelException(
                    "type is "
                            + dtype
                            + ", which is for "
                            + (dtype.isWeights() ? "weights" : "inputs")
                            + "; allowed [I8, I16, I32]");
        }
    }

    /** A table of {@code entries} values of the type of the result. */
    static void table(Ints table, int entries, DType output) throws InvalidModelException {
        equal("table entries", table.length(), entries);
        for (int i = 0; i < entries; i++) {
            if (table.get(i) < output.min() || table.get(i) > output.max()) {
                range("table entry " + i, table.get(i), output.min(), output.max());
            }
        }
    }
}

package dev.lockstep.inference;

/**
 * These bytes, or this graph, are not a model: the message says what is wrong, where, and what is
 * allowed.
 */
public final class InvalidModelException extends Exception {
    public InvalidModelException(String message) {
        super(message);
    }

    /** The same refusal with the place in front. */
    InvalidModelException at(String place) {
        return new InvalidModelException(place + ": " + getMessage());
    }
}

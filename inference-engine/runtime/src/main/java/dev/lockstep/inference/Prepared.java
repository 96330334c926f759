package dev.lockstep.inference;

/** What a backend makes once of the constants of an operation: another order, bounds, factors. */
public interface Prepared {
    /** Memory that it takes beside the model. */
    long bytes();
}

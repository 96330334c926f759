package dev.lockstep.types;

/**
 * This machine is broken: a failing disk, a missing model, a bug. A node that meets one stops
 * voting; it never calls a block invalid for it.
 */
public class LocalFault extends RuntimeException {
    public LocalFault(String message) {
        super(message);
    }

    public LocalFault(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.lockstep.types;

/** Root of the faults that mean that this machine is broken. */
public class LocalFault extends RuntimeException {
    public LocalFault(String message, Throwable cause) {
        super(message, cause);
    }

    public LocalFault(String message) {
        super(message);
    }
}

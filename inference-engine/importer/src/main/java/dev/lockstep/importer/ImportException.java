package dev.lockstep.importer;

/**
 * A model or sample file cannot be imported; the message names the place, the value found and what
 * is allowed.
 */
public final class ImportException extends Exception {
    public ImportException(String message) {
        super(message);
    }

    public ImportException(String message, Throwable cause) {
        super(message, cause);
    }
}

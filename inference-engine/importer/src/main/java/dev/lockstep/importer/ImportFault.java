package dev.lockstep.importer;

/**
 * The importer itself failed, rather than refuse a file: a bug. The message names the place in the
 * file.
 */
public final class ImportFault extends RuntimeException {
    ImportFault(String place, RuntimeException cause) {
        super("the importer fails at " + place + ": " + cause, cause);
    }
}

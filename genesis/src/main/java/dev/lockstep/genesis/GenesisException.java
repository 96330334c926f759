package dev.lockstep.genesis;

/**
 * A genesis file that cannot be used; the message names the place in the JSON, the value and what
 * is allowed.
 */
public final class GenesisException extends RuntimeException {
    public GenesisException(String message) {
        super(message);
    }

    static GenesisException at(String path, String found, String allowed) {
        return new GenesisException(path + ": found " + found + "; allowed is " + allowed);
    }
}

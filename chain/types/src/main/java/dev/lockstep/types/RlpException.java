package dev.lockstep.types;

/**
 * The bytes are not what they should be; the message says what was found, what is allowed and
 * where.
 */
public final class RlpException extends RuntimeException {
    public RlpException(String message) {
        super(message);
    }
}

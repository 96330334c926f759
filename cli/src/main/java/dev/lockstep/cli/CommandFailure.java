package dev.lockstep.cli;

/**
 * What the user asked can't be done; the message is all that is printed, and the exit code is 1.
 */
final class CommandFailure extends RuntimeException {
    CommandFailure(String message) {
        super(message);
    }

    CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.lockstep.node.reference;

/** A file is not what its format says; the reason names the field and what is in it. */
final class FixtureException extends RuntimeException {
    final String reason;

    FixtureException(String reason) {
        super(reason);
        this.reason = reason;
    }
}

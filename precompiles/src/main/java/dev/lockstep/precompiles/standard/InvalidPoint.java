package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.PrecompileResult;

/** Bytes that are no point of the curve, or of the group, that they should be in. */
public final class InvalidPoint extends Exception {
    private final String reason;

    /**
     * @param reason the value, and what it must be
     */
    public InvalidPoint(String reason) {
        // Whoever calls a precompile can cause it at will: no stack trace is collected.
        super(reason, null, false, false);
        this.reason = reason;
    }

    /** What the call comes to. */
    public PrecompileResult result() {
        return new PrecompileResult.Failed(reason);
    }
}

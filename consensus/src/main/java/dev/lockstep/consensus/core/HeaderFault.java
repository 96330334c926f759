package dev.lockstep.consensus.core;

/**
 * Why a header is no QBFT header on its parent.
 *
 * @param rule the rule that it breaks
 * @param message what was found and what is allowed
 */
public record HeaderFault(Rule rule, String message) {
    /** Each rule once; the order is that in which they are checked. */
    public enum Rule {
        EXTRA_DATA,
        MIX_HASH,
        DIFFICULTY,
        NONCE,
        OMMERS,
        VOTE,
        VALIDATORS,
        COINBASE,
        TIMESTAMP,
        SEAL_SIGNATURE,
        SEAL_SIGNER,
        SEAL_DUPLICATE,
        SEAL_QUORUM
    }

    /** Both in a line. */
    public String describe() {
        return rule + ": " + message;
    }
}

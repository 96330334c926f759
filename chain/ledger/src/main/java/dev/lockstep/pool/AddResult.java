package dev.lockstep.pool;

import dev.lockstep.types.Hash;
import org.jspecify.annotations.Nullable;

/** What the pool did with a transaction. */
public sealed interface AddResult {
    /**
     * It waits in the pool.
     *
     * @param replaced the transaction whose place it took, or null
     */
    record Accepted(Hash hash, @Nullable Hash replaced) implements AddResult {}

    /**
     * It is not in the pool because of this attempt.
     *
     * @param message names the value found and what is allowed
     */
    record Rejected(Reason reason, String message) implements AddResult {}

    /** The names are stable: tools and tests use them. */
    enum Reason {
        ALREADY_KNOWN,
        /** Blob transactions: their blobs have nowhere to go on such a chain. */
        TYPE_NOT_POOLED,
        TYPE_NOT_ALLOWED,
        WRONG_CHAIN,
        SIGNATURE_NOT_LOW,
        TOO_LARGE,
        INIT_CODE_TOO_LARGE,
        INTRINSIC_GAS,
        /** Over the block's gas limit or the cap of one transaction. */
        GAS_LIMIT,
        FEE_TOO_LOW,
        PRIORITY_FEE_OVER_FEE,
        NONCE_TOO_LOW,
        NONCE_TOO_HIGH,
        INSUFFICIENT_FUNDS,
        REPLACEMENT_UNDERPRICED,
        SENDER_LIMIT,
        POOL_FULL,
        /** Any other way in which no block could hold it. */
        INVALID
    }
}

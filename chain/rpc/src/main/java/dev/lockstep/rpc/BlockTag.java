package dev.lockstep.rpc;

import dev.lockstep.types.Hash;

/** How a request names a block. */
sealed interface BlockTag {
    /** By what it is to the chain. */
    enum Named implements BlockTag {
        EARLIEST,
        LATEST,
        SAFE,
        FINALIZED,
        PENDING
    }

    record Numbered(long number) implements BlockTag {}

    /** By hash. There are no blocks beside the chain, so {@code requireCanonical} says nothing. */
    record Hashed(Hash hash) implements BlockTag {}
}

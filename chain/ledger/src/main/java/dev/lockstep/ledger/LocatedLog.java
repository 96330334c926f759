package dev.lockstep.ledger;

import dev.lockstep.types.Hash;
import dev.lockstep.types.Log;

/**
 * A log and where it is.
 *
 * @param logIndex in the block
 */
public record LocatedLog(
        Log log,
        long blockNumber,
        Hash blockHash,
        Hash transactionHash,
        int transactionIndex,
        int logIndex) {}

package dev.lockstep.ledger;

/**
 * Where a transaction is.
 *
 * @param number of its block
 * @param index in its block
 */
public record TransactionLocation(long number, int index) {}

/**
 * Transactions that wait for a block.
 *
 * <p>{@link dev.lockstep.pool.TxPool} is the front door: a signed transaction passes the pure rules
 * of {@code Admission} and waits in its sender's queue, in order of nonces, until a block holds it,
 * a better one replaces it, or the pool is full and it is the worst.
 */
@NullMarked
package dev.lockstep.pool;

import org.jspecify.annotations.NullMarked;

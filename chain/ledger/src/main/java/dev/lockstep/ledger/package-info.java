/**
 * Blocks: built, checked, committed, queried.
 *
 * <p>{@link dev.lockstep.ledger.Ledger} is the front door. A block that arrives goes through find
 * parent, validate, execute, compare, store; the first four give a {@link
 * dev.lockstep.ledger.Verdict}, the last is one write batch. A block that this node builds goes
 * through the same execution and ends in the same {@link dev.lockstep.ledger.PreparedBlock}, so
 * nothing is executed twice.
 *
 * <p>Building, checking and committing belong to one thread. Queries may come from any: each sees
 * one committed state.
 */
@NullMarked
package dev.lockstep.ledger;

import org.jspecify.annotations.NullMarked;

/**
 * One transaction, executed: a pure function of a state, a block and the transaction.
 *
 * <p>{@link dev.lockstep.evm.TransactionExecutor} is the front door: validate, prepare, execute,
 * settle. It reads the world through {@link dev.lockstep.types.StateView} and answers with a value:
 * {@link dev.lockstep.evm.TransactionOutcome.Refused} where the transaction may not run at all, or
 * {@link dev.lockstep.evm.TransactionOutcome.Executed} with logs, gas and the {@link
 * dev.lockstep.types.StateDiff}. A halt or a revert is part of the latter. A {@link
 * dev.lockstep.types.LocalFault} means that this machine is broken and says nothing about the
 * transaction.
 *
 * <p>Inside: a driver walks an explicit stack of frames; an interpreter runs one frame until it
 * ends or calls; instructions are rows of one table with the fork they came with; the journal holds
 * every change with a way to undo it. Precompiles come from outside, as rows of {@link
 * dev.lockstep.evm.Precompiles}.
 */
@NullMarked
package dev.lockstep.evm;

import org.jspecify.annotations.NullMarked;

/**
 * The nouns of the protocol and their encodings: no input or output, no threads, no clock.
 *
 * <p>A transaction arrives as bytes, becomes a {@link dev.lockstep.types.Transaction} by {@link
 * dev.lockstep.types.Transaction#decode}, then a {@link dev.lockstep.types.SignedTransaction} with
 * its recovered sender; everything inside the node takes the latter. The evm reads the world
 * through {@link dev.lockstep.types.StateView} and answers with a {@link
 * dev.lockstep.types.StateDiff}: these two are all that execution and storage know of each other.
 */
@NullMarked
package dev.lockstep.types;

import org.jspecify.annotations.NullMarked;

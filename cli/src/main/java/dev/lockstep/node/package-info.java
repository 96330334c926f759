/**
 * The assembly of a node: the only place that knows every module.
 *
 * <p>{@link dev.lockstep.node.Node} opens the store and the ledger, loads the models, wires
 * precompiles, pool and RPC, and owns the one chain thread, on which blocks are built, sealed and
 * committed.
 */
@NullMarked
package dev.lockstep.node;

import org.jspecify.annotations.NullMarked;

/**
 * What the chain remembers: a key-value store with named columns, and the world state in it.
 *
 * <p>{@link dev.lockstep.state.WorldState} is the front door. The state at the head is flat
 * (accounts and slots by their keys); a Merkle Patricia trie beside it, its nodes keyed by path so
 * that old ones are overwritten, gives the root; and each block leaves the values it replaced, so
 * that a read at an old block is one seek. {@link dev.lockstep.state.WorldState#prepare} computes
 * what a diff makes of it, {@link dev.lockstep.state.WorldState#stage} puts that into the one batch
 * that the ledger writes for a block.
 */
@NullMarked
package dev.lockstep.state;

import org.jspecify.annotations.NullMarked;

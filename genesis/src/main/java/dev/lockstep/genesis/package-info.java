/**
 * A genesis file, as Besu's operators write it, to the first block of a chain.
 *
 * <p>{@link dev.lockstep.genesis.GenesisFile} reads the JSON strictly and gives what a node is made
 * of: the {@link dev.lockstep.types.ChainSpec}, block 0's header, the allocation as a {@link
 * dev.lockstep.types.StateDiff} and QBFT's settings. {@link dev.lockstep.genesis.Presets} writes
 * such files. What is wrong with one is a {@link dev.lockstep.genesis.GenesisException} that names
 * the place, the value and what is allowed.
 */
@NullMarked
package dev.lockstep.genesis;

import org.jspecify.annotations.NullMarked;

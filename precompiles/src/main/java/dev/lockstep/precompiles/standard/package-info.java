/** The precompiles that every Ethereum chain has: one class each. */
@NullMarked
package dev.lockstep.precompiles.standard;

import org.jspecify.annotations.NullMarked;

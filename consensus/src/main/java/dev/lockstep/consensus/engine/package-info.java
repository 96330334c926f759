/** Runs the round machine on a real clock, disk and network. */
@NullMarked
package dev.lockstep.consensus.engine;

import org.jspecify.annotations.NullMarked;

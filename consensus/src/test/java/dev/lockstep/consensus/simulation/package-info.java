/**
 * Many validators in one thread, on a clock that jumps from event to event. One seed is one run:
 * the faults, the delays and the liars all come from it.
 */
@NullMarked
package dev.lockstep.consensus.simulation;

import org.jspecify.annotations.NullMarked;

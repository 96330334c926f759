/** What a network of real processes withstands. */
@org.jspecify.annotations.NullMarked
package dev.lockstep.acceptance.faults;

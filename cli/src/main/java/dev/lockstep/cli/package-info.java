/**
 * The commands. Each is a class that reads its options, calls {@code node} or a module's front
 * door, and prints; {@link dev.lockstep.cli.Main} holds the table of them.
 */
@NullMarked
package dev.lockstep.cli;

import org.jspecify.annotations.NullMarked;

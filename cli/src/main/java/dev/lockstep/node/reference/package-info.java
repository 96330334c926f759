/**
 * The official tests of Ethereum, run on the node's own EVM, state and ledger.
 *
 * <p>A {@link dev.lockstep.node.reference.FixtureFormat} makes cases of what a file says; {@link
 * dev.lockstep.node.reference.Suite} reads files, runs the chosen cases on all cores and hands out
 * a {@link dev.lockstep.node.reference.CaseResult} each, in the order of the files.
 */
@NullMarked
package dev.lockstep.node.reference;

import org.jspecify.annotations.NullMarked;

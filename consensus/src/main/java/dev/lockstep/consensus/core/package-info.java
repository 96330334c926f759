/**
 * What QBFT fixes about a block, as pure functions of its header and its parent's.
 *
 * <p>A parent's header names the validators of the next block. {@link
 * dev.lockstep.consensus.core.ProposerRotation} says which of them proposes in a round; {@link
 * dev.lockstep.consensus.core.CommitSeals} signs and counts their agreement; {@link
 * dev.lockstep.consensus.core.QbftRules} checks a header against its parent and answers with a
 * {@link dev.lockstep.consensus.core.HeaderFault} or nothing.
 */
@NullMarked
package dev.lockstep.consensus.core;

import org.jspecify.annotations.NullMarked;

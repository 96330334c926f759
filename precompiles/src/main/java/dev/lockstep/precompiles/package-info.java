/**
 * The native contracts of a Lockstep chain, and the only place where the EVM meets models.
 *
 * <p>{@link dev.lockstep.precompiles.LockstepPrecompiles} is the table: one row a precompile, with
 * its address, the fork it appears in, its name and its body. Ethereum's own stand in {@code
 * standard}; {@code inference} answers calls to models:
 *
 * <pre>
 * call data → InferenceCodec → ModelCatalog → InferenceGas (quote, charged by the evm)
 *                                           → InferenceMemo → Session → output
 * </pre>
 *
 * <p>Everything here is a pure function of its input: no state, no clock, no floating point. Bad
 * input is a value, either empty output, a revert with a typed error or a failed call; only a
 * broken machine throws.
 */
@NullMarked
package dev.lockstep.precompiles;

import org.jspecify.annotations.NullMarked;

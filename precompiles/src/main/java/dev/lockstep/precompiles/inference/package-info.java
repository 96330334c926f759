/**
 * Models as a contract: the precompile {@code Inference}.
 *
 * <p>{@link dev.lockstep.precompiles.inference.InferencePrecompile} decodes a call by {@code
 * InferenceCodec}, finds the model in the {@link dev.lockstep.precompiles.inference.ModelCatalog},
 * prices it by {@link dev.lockstep.precompiles.inference.InferenceGas} and asks {@link
 * dev.lockstep.precompiles.inference.InferenceMemo} for its answer, which runs the model where it
 * does not know it. What a contract did wrong is answered with a typed error; what this machine
 * cannot do is a {@link dev.lockstep.types.LocalFault}.
 */
@NullMarked
package dev.lockstep.precompiles.inference;

import org.jspecify.annotations.NullMarked;

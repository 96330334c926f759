/**
 * Faster backends of {@link dev.lockstep.inference.Kernels}, with the bits of the scalar one.
 *
 * <p>This is the one place of the runtime with floating point, and it only ever carries integers: a
 * value is a sum that is proven to be exact in its type, so that neither order nor fusion can
 * change it.
 */
@NullMarked
package dev.lockstep.inference.kernels;

import org.jspecify.annotations.NullMarked;

/**
 * The curve alt_bn128 (y² = x³ + 3 over a prime of 254 bits), its twist and their pairing. Public
 * are the three precompiles; the arithmetic below them works on long limbs and writes into its
 * receiver, so that a pairing allocates its variables once.
 */
@NullMarked
package dev.lockstep.precompiles.standard.bn254;

import org.jspecify.annotations.NullMarked;

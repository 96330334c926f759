/**
 * The curve BLS12-381, its twist and their pairing. Public are the seven precompiles. Sums,
 * multiples and pairings are the native library's; what crosses into it has been decoded strictly
 * and found to be on its curve here, so that it has nothing to refuse. The maps from a field to the
 * groups, which it does not offer, are written on plain numbers.
 */
@NullMarked
package dev.lockstep.precompiles.standard.bls12381;

import org.jspecify.annotations.NullMarked;

package dev.lockstep.precompiles.standard.bls12381;

/** A point other than that at infinity. */
record Affine<E>(E x, E y) {}

/** Hashing, signing and recovering: keccak-256 and secp256k1. */
@NullMarked
package dev.lockstep.crypto;

import org.jspecify.annotations.NullMarked;

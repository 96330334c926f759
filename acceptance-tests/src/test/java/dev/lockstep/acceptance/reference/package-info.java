/** Lockstep against the official tests of Ethereum. */
package dev.lockstep.acceptance.reference;

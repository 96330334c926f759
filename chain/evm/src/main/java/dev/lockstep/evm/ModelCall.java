package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;

/**
 * A model execution, recorded even where the frame that asked for it reverts later.
 *
 * @param caller the account whose frame made the call
 * @param inputHash keccak256 of the raw input tensors
 * @param outputHash keccak256 of the raw output tensors
 * @param gas charged, equal to the quote
 */
public record ModelCall(Address caller, Hash model, Hash inputHash, Hash outputHash, long gas) {}

package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;

/**
 * Who asks a precompile, and under which rules.
 *
 * @param caller the account whose frame made the call
 * @param isStatic whether the call may not write
 */
public record PrecompileContext(Fork fork, Address caller, boolean isStatic) {}

package dev.lockstep.evm;

/** Why a frame halted exceptionally: all gas it had is gone and its changes are undone. */
public enum HaltReason {
    OUT_OF_GAS,
    UNDEFINED_INSTRUCTION,
    STACK_UNDERFLOW,
    STACK_OVERFLOW,
    INVALID_JUMP,
    /** RETURNDATACOPY past the end of what the last call returned. */
    RETURN_DATA_OUT_OF_BOUNDS,
    /** A state change inside a static call. */
    WRITE_IN_STATIC_CALL,
    /** The address that a creation would take has a nonce, code or storage. */
    ADDRESS_COLLISION,
    /** A creation returned more code than an account may hold. */
    CODE_TOO_LARGE,
    /** A creation returned code that begins with 0xef. */
    CODE_FORMAT,
    /** CREATE or CREATE2 with more init code than is allowed. */
    INIT_CODE_TOO_LARGE,
    /** A precompile refused its input. */
    PRECOMPILE_FAILED
}

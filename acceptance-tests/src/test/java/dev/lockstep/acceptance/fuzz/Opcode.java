package dev.lockstep.acceptance.fuzz;

import dev.lockstep.types.Fork;

/** Instructions that the generator writes by name. */
final class Opcode {
    static final int STOP = 0x00;
    static final int ADD = 0x01;
    static final int SUB = 0x03;
    static final int EXP = 0x0a;
    static final int ISZERO = 0x15;
    static final int AND = 0x16;
    static final int KECCAK256 = 0x20;
    static final int BALANCE = 0x31;
    static final int CALLDATALOAD = 0x35;
    static final int CALLDATASIZE = 0x36;
    static final int CALLDATACOPY = 0x37;
    static final int CODESIZE = 0x38;
    static final int CODECOPY = 0x39;
    static final int EXTCODESIZE = 0x3b;
    static final int EXTCODECOPY = 0x3c;
    static final int RETURNDATASIZE = 0x3d;
    static final int RETURNDATACOPY = 0x3e;
    static final int EXTCODEHASH = 0x3f;
    static final int BLOCKHASH = 0x40;
    static final int POP = 0x50;
    static final int MLOAD = 0x51;
    static final int MSTORE = 0x52;
    static final int MSTORE8 = 0x53;
    static final int SLOAD = 0x54;
    static final int SSTORE = 0x55;
    static final int JUMP = 0x56;
    static final int JUMPI = 0x57;
    static final int MSIZE = 0x59;
    static final int GAS = 0x5a;
    static final int JUMPDEST = 0x5b;
    static final int TLOAD = 0x5c;
    static final int TSTORE = 0x5d;
    static final int MCOPY = 0x5e;
    static final int PUSH0 = 0x5f;
    static final int PUSH1 = 0x60;
    static final int PUSH2 = 0x61;
    static final int PUSH20 = 0x73;
    static final int DUP1 = 0x80;
    static final int SWAP1 = 0x90;
    static final int LOG0 = 0xa0;
    static final int CREATE = 0xf0;
    static final int CALL = 0xf1;
    static final int CALLCODE = 0xf2;
    static final int RETURN = 0xf3;
    static final int DELEGATECALL = 0xf4;
    static final int CREATE2 = 0xf5;
    static final int STATICCALL = 0xfa;
    static final int REVERT = 0xfd;
    static final int INVALID = 0xfe;
    static final int SELFDESTRUCT = 0xff;

    private Opcode() {}

    /** The fork that brought it; Frontier also for those that no fork has. */
    static Fork since(int opcode) {
        return switch (opcode) {
            case DELEGATECALL -> Fork.HOMESTEAD;
            case RETURNDATASIZE, RETURNDATACOPY, STATICCALL, REVERT -> Fork.BYZANTIUM;
            case 0x1b, 0x1c, 0x1d, EXTCODEHASH, CREATE2 -> Fork.CONSTANTINOPLE;
            case 0x46, 0x47 -> Fork.ISTANBUL;
            case 0x48 -> Fork.LONDON;
            case PUSH0 -> Fork.SHANGHAI;
            case 0x49, 0x4a, TLOAD, TSTORE, MCOPY -> Fork.CANCUN;
            case 0x1e -> Fork.OSAKA;
            default -> Fork.FRONTIER;
        };
    }
}

package dev.lockstep.evm;

import static dev.lockstep.types.Fork.BYZANTIUM;
import static dev.lockstep.types.Fork.CANCUN;
import static dev.lockstep.types.Fork.CONSTANTINOPLE;
import static dev.lockstep.types.Fork.FRONTIER;
import static dev.lockstep.types.Fork.HOMESTEAD;
import static dev.lockstep.types.Fork.ISTANBUL;
import static dev.lockstep.types.Fork.LONDON;
import static dev.lockstep.types.Fork.OSAKA;
import static dev.lockstep.types.Fork.SHANGHAI;

import dev.lockstep.evm.Tracer.FrameKind;
import dev.lockstep.types.Fork;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of instructions: one row each, and for every fork an array by opcode.
 *
 * @source Yellow Paper, appendix H; the EIP of each later row
 */
final class Instructions {
    private static final List<Instruction> ROWS = new ArrayList<>();
    private static final Map<Fork, @Nullable Instruction[]> BY_FORK = new EnumMap<>(Fork.class);
    private static final Map<Fork, Instruction.Body[]> BODIES = new EnumMap<>(Fork.class);

    private Instructions() {}

    /** Works on the stack alone. */
    private interface Operator {
        void run(long[] s, int sp);
    }

    static {
        arithmetic();
        comparisonAndBits();
        environment();
        block();
        memoryAndFlow();
        stack();
        calls();
        for (Fork fork : Fork.values()) {
            @Nullable Instruction[] table = new Instruction[256];
            for (Instruction row : ROWS) {
                if (fork.isAtLeast(row.since())) table[row.opcode()] = row;
            }
            BY_FORK.put(fork, table);
            BODIES.put(fork, bodies(table));
        }
    }

    /** By opcode; null where the fork has no such instruction. */
    static @Nullable Instruction[] of(Fork fork) {
        @Nullable Instruction @Nullable [] table = BY_FORK.get(fork);
        if (table == null) throw new IllegalArgumentException("no instructions for " + fork);
        return table;
    }

    private static Instruction.Body[] bodies(@Nullable Instruction[] table) {
        Instruction.Body[] bodies = new Instruction.Body[table.length];
        for (int opcode = 0; opcode < table.length; opcode++) {
            Instruction row = table[opcode];
            bodies[opcode] = row == null ? ControlOps::invalid : row.body();
        }
        return bodies;
    }

    /** Bodies alone by opcode; where the fork has no such instruction, one that halts. */
    static Instruction.Body[] bodies(Fork fork) {
        Instruction.Body @Nullable [] table = BODIES.get(fork);
        if (table == null) throw new IllegalArgumentException("no instructions for " + fork);
        return table;
    }

    static List<Instruction> rows() {
        return List.copyOf(ROWS);
    }

    private static void row(
            int opcode, String name, Fork since, int[] gasInOut, Instruction.Body body) {
        ROWS.add(new Instruction(opcode, name, since, gasInOut[0], gasInOut[1], gasInOut[2], body));
    }

    private static int[] cost(int gas, int in, int out) {
        return new int[] {gas, in, out};
    }

    private static Instruction.Body of(Operator operator) {
        return (f, s, sp, gas) -> {
            operator.run(s, sp);
            return gas;
        };
    }

    private static void arithmetic() {
        row(0x00, "STOP", FRONTIER, cost(0, 0, 0), ControlOps::stop);
        row(0x01, "ADD", FRONTIER, cost(3, 2, 1), of(U256::add));
        row(0x02, "MUL", FRONTIER, cost(5, 2, 1), of(U256::mul));
        row(0x03, "SUB", FRONTIER, cost(3, 2, 1), of(U256::sub));
        row(0x04, "DIV", FRONTIER, cost(5, 2, 1), of(Division::div));
        row(0x05, "SDIV", FRONTIER, cost(5, 2, 1), of(Division::sdiv));
        row(0x06, "MOD", FRONTIER, cost(5, 2, 1), of(Division::mod));
        row(0x07, "SMOD", FRONTIER, cost(5, 2, 1), of(Division::smod));
        row(0x08, "ADDMOD", FRONTIER, cost(8, 3, 1), of(Division::addMod));
        row(0x09, "MULMOD", FRONTIER, cost(8, 3, 1), of(Division::mulMod));
        row(0x0a, "EXP", FRONTIER, cost(10, 2, 1), ControlOps::exp);
        row(0x0b, "SIGNEXTEND", FRONTIER, cost(5, 2, 1), of(U256::signExtend));
    }

    private static void comparisonAndBits() {
        row(0x10, "LT", FRONTIER, cost(3, 2, 1), of(U256::lt));
        row(0x11, "GT", FRONTIER, cost(3, 2, 1), of(U256::gt));
        row(0x12, "SLT", FRONTIER, cost(3, 2, 1), of(U256::slt));
        row(0x13, "SGT", FRONTIER, cost(3, 2, 1), of(U256::sgt));
        row(0x14, "EQ", FRONTIER, cost(3, 2, 1), of(U256::eq));
        row(0x15, "ISZERO", FRONTIER, cost(3, 1, 1), of(U256::isZero));
        row(0x16, "AND", FRONTIER, cost(3, 2, 1), of(U256::and));
        row(0x17, "OR", FRONTIER, cost(3, 2, 1), of(U256::or));
        row(0x18, "XOR", FRONTIER, cost(3, 2, 1), of(U256::xor));
        row(0x19, "NOT", FRONTIER, cost(3, 1, 1), of(U256::not));
        row(0x1a, "BYTE", FRONTIER, cost(3, 2, 1), of(U256::byteAt));
        row(0x1b, "SHL", CONSTANTINOPLE, cost(3, 2, 1), of(U256::shl)); // EIP-145
        row(0x1c, "SHR", CONSTANTINOPLE, cost(3, 2, 1), of(U256::shr));
        row(0x1d, "SAR", CONSTANTINOPLE, cost(3, 2, 1), of(U256::sar));
        row(0x1e, "CLZ", OSAKA, cost(5, 1, 1), of(U256::clz)); // EIP-7939
        row(0x20, "KECCAK256", FRONTIER, cost(30, 2, 1), MemoryOps::keccak);
    }

    private static void environment() {
        row(0x30, "ADDRESS", FRONTIER, cost(2, 0, 1), EnvironmentOps::address);
        row(0x31, "BALANCE", FRONTIER, cost(0, 1, 1), EnvironmentOps::balance);
        row(0x32, "ORIGIN", FRONTIER, cost(2, 0, 1), EnvironmentOps::origin);
        row(0x33, "CALLER", FRONTIER, cost(2, 0, 1), EnvironmentOps::caller);
        row(0x34, "CALLVALUE", FRONTIER, cost(2, 0, 1), EnvironmentOps::callValue);
        row(0x35, "CALLDATALOAD", FRONTIER, cost(3, 1, 1), EnvironmentOps::callDataLoad);
        row(0x36, "CALLDATASIZE", FRONTIER, cost(2, 0, 1), EnvironmentOps::callDataSize);
        row(0x37, "CALLDATACOPY", FRONTIER, cost(3, 3, 0), MemoryOps::callDataCopy);
        row(0x38, "CODESIZE", FRONTIER, cost(2, 0, 1), EnvironmentOps::codeSize);
        row(0x39, "CODECOPY", FRONTIER, cost(3, 3, 0), MemoryOps::codeCopy);
        row(0x3a, "GASPRICE", FRONTIER, cost(2, 0, 1), EnvironmentOps::gasPrice);
        row(0x3b, "EXTCODESIZE", FRONTIER, cost(0, 1, 1), EnvironmentOps::externalCodeSize);
        row(0x3c, "EXTCODECOPY", FRONTIER, cost(0, 4, 0), MemoryOps::externalCodeCopy);
        // EIP-211
        row(0x3d, "RETURNDATASIZE", BYZANTIUM, cost(2, 0, 1), EnvironmentOps::returnDataSize);
        row(0x3e, "RETURNDATACOPY", BYZANTIUM, cost(3, 3, 0), MemoryOps::returnDataCopy);
        // EIP-1052
        row(0x3f, "EXTCODEHASH", CONSTANTINOPLE, cost(0, 1, 1), EnvironmentOps::externalCodeHash);
    }

    private static void block() {
        row(0x40, "BLOCKHASH", FRONTIER, cost(20, 1, 1), EnvironmentOps::blockHash);
        row(0x41, "COINBASE", FRONTIER, cost(2, 0, 1), EnvironmentOps::coinbase);
        row(0x42, "TIMESTAMP", FRONTIER, cost(2, 0, 1), EnvironmentOps::timestamp);
        row(0x43, "NUMBER", FRONTIER, cost(2, 0, 1), EnvironmentOps::number);
        row(0x44, "PREVRANDAO", FRONTIER, cost(2, 0, 1), EnvironmentOps::difficulty);
        row(0x45, "GASLIMIT", FRONTIER, cost(2, 0, 1), EnvironmentOps::gasLimit);
        row(0x46, "CHAINID", ISTANBUL, cost(2, 0, 1), EnvironmentOps::chainId); // EIP-1344
        row(0x47, "SELFBALANCE", ISTANBUL, cost(5, 0, 1), EnvironmentOps::selfBalance); // EIP-1884
        row(0x48, "BASEFEE", LONDON, cost(2, 0, 1), EnvironmentOps::baseFee); // EIP-3198
        row(0x49, "BLOBHASH", CANCUN, cost(3, 1, 1), EnvironmentOps::blobHash); // EIP-4844
        row(0x4a, "BLOBBASEFEE", CANCUN, cost(2, 0, 1), EnvironmentOps::blobBaseFee); // EIP-7516
    }

    private static void memoryAndFlow() {
        row(0x51, "MLOAD", FRONTIER, cost(3, 1, 1), MemoryOps::load);
        row(0x52, "MSTORE", FRONTIER, cost(3, 2, 0), MemoryOps::store);
        row(0x53, "MSTORE8", FRONTIER, cost(3, 2, 0), MemoryOps::storeByte);
        row(0x54, "SLOAD", FRONTIER, cost(0, 1, 1), StorageOps::load);
        row(0x55, "SSTORE", FRONTIER, cost(0, 2, 0), StorageOps::store);
        row(0x56, "JUMP", FRONTIER, cost(8, 1, 0), ControlOps::jump);
        row(0x57, "JUMPI", FRONTIER, cost(10, 2, 0), ControlOps::jumpIf);
        row(0x58, "PC", FRONTIER, cost(2, 0, 1), ControlOps::pc);
        row(0x59, "MSIZE", FRONTIER, cost(2, 0, 1), ControlOps::memorySize);
        row(0x5a, "GAS", FRONTIER, cost(2, 0, 1), ControlOps::gas);
        row(0x5b, "JUMPDEST", FRONTIER, cost(1, 0, 0), ControlOps::nothing);
        row(0x5c, "TLOAD", CANCUN, cost(100, 1, 1), StorageOps::transientLoad); // EIP-1153
        row(0x5d, "TSTORE", CANCUN, cost(100, 2, 0), StorageOps::transientStore);
        row(0x5e, "MCOPY", CANCUN, cost(3, 3, 0), MemoryOps::copy); // EIP-5656
    }

    private static void stack() {
        row(0x50, "POP", FRONTIER, cost(2, 1, 0), ControlOps::nothing);
        row(0x5f, "PUSH0", SHANGHAI, cost(2, 0, 1), ControlOps::pushZero); // EIP-3855
        for (int n = 1; n <= 32; n++) {
            row(0x5f + n, "PUSH" + n, FRONTIER, cost(3, 0, 1), ControlOps.push(n));
        }
        for (int n = 1; n <= 16; n++) {
            row(0x7f + n, "DUP" + n, FRONTIER, cost(3, n, n + 1), ControlOps.dup(n));
            row(0x8f + n, "SWAP" + n, FRONTIER, cost(3, n + 1, n + 1), ControlOps.swap(n));
        }
        for (int n = 0; n <= 4; n++) {
            row(0xa0 + n, "LOG" + n, FRONTIER, cost(375 * (n + 1), 2 + n, 0), LogOps.log(n));
        }
    }

    private static void calls() {
        row(0xf0, "CREATE", FRONTIER, cost(32_000, 3, 1), CreateOps::create);
        row(0xf1, "CALL", FRONTIER, cost(0, 7, 1), CallOps.call(FrameKind.CALL));
        row(0xf2, "CALLCODE", FRONTIER, cost(0, 7, 1), CallOps.call(FrameKind.CALLCODE));
        row(0xf3, "RETURN", FRONTIER, cost(0, 2, 0), ControlOps::returnOutput);
        // EIP-7
        row(0xf4, "DELEGATECALL", HOMESTEAD, cost(0, 6, 1), CallOps.call(FrameKind.DELEGATECALL));
        // EIP-1014
        row(0xf5, "CREATE2", CONSTANTINOPLE, cost(32_000, 4, 1), CreateOps::create2);
        // EIP-214
        row(0xfa, "STATICCALL", BYZANTIUM, cost(0, 6, 1), CallOps.call(FrameKind.STATICCALL));
        row(0xfd, "REVERT", BYZANTIUM, cost(0, 2, 0), ControlOps::revert); // EIP-140
        row(0xfe, "INVALID", FRONTIER, cost(0, 0, 0), ControlOps::invalid);
        row(0xff, "SELFDESTRUCT", FRONTIER, cost(0, 1, 0), CreateOps::selfDestruct);
    }
}

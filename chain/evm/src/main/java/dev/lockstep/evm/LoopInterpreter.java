package dev.lockstep.evm;

/**
 * The plain fast engine: frequent instructions in one loop with its state in locals and no call to
 * anything large, because a call that may happen inside the loop makes the compiler spill every
 * local around it. All else, and every instruction that would halt, leaves the loop and goes
 * through {@link Stepper#step}, which alone knows how to fail.
 */
final class LoopInterpreter implements Interpreter {
    static final LoopInterpreter INSTANCE = new LoopInterpreter();

    private LoopInterpreter() {}

    @Override
    public void run(Frame f) {
        do {
            loop(f, 0);
        } while (Stepper.step(f));
    }

    /**
     * Every case makes its checks in one branch (a negative number among gas left, words above what
     * it needs, room above what it makes) and leaves the loop before it changed anything.
     *
     * @param reserve gas of the frame that the loop must not spend yet
     */
    static void loop(Frame f, long reserve) {
        final long[] s = f.stack;
        final byte[] code = f.code.bytes;
        final Code jumps = f.code;
        final byte[] memory = f.memory;
        final int memoryEnd = f.memorySize - 32;
        final int spMax = f.spMax - 4;
        final long shiftGas = f.world.shiftGas;
        final long clzGas = f.world.clzGas;
        final long pushZeroGas = f.world.pushZeroGas;
        int sp = f.sp;
        int pc = f.pc;
        long gas = f.gas;
        loop:
        while (true) {
            int opcode = code[pc] & 0xff;
            long left;
            switch (opcode) {
                case 0x01: // ADD
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.add(s, sp);
                    sp -= 4;
                    break;
                case 0x02: // MUL
                    left = gas - 5;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.mul(s, sp);
                    sp -= 4;
                    break;
                case 0x03: // SUB
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.sub(s, sp);
                    sp -= 4;
                    break;
                case 0x04: // DIV
                    left = gas - 5;
                    if ((left | (sp - 4)) < 0) break loop;
                    Division.div(s, sp);
                    sp -= 4;
                    break;
                case 0x06: // MOD
                    left = gas - 5;
                    if ((left | (sp - 4)) < 0) break loop;
                    Division.mod(s, sp);
                    sp -= 4;
                    break;
                case 0x08: // ADDMOD
                    left = gas - 8;
                    if ((left | (sp - 8)) < 0) break loop;
                    Division.addMod(s, sp);
                    sp -= 8;
                    break;
                case 0x09: // MULMOD
                    left = gas - 8;
                    if ((left | (sp - 8)) < 0) break loop;
                    Division.mulMod(s, sp);
                    sp -= 8;
                    break;
                case 0x0b: // SIGNEXTEND
                    left = gas - 5;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.signExtend(s, sp);
                    sp -= 4;
                    break;
                case 0x10: // LT
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.lt(s, sp);
                    sp -= 4;
                    break;
                case 0x11: // GT
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.gt(s, sp);
                    sp -= 4;
                    break;
                case 0x12: // SLT
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.slt(s, sp);
                    sp -= 4;
                    break;
                case 0x13: // SGT
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.sgt(s, sp);
                    sp -= 4;
                    break;
                case 0x14: // EQ
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.eq(s, sp);
                    sp -= 4;
                    break;
                case 0x15: // ISZERO
                    left = gas - 3;
                    if ((left | sp) < 0) break loop;
                    U256.isZero(s, sp);
                    break;
                case 0x16: // AND
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.and(s, sp);
                    sp -= 4;
                    break;
                case 0x17: // OR
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.or(s, sp);
                    sp -= 4;
                    break;
                case 0x18: // XOR
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.xor(s, sp);
                    sp -= 4;
                    break;
                case 0x19: // NOT
                    left = gas - 3;
                    if ((left | sp) < 0) break loop;
                    U256.not(s, sp);
                    break;
                case 0x1a: // BYTE
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.byteAt(s, sp);
                    sp -= 4;
                    break;
                case 0x1b: // SHL
                    left = gas - shiftGas;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.shl(s, sp);
                    sp -= 4;
                    break;
                case 0x1c: // SHR
                    left = gas - shiftGas;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.shr(s, sp);
                    sp -= 4;
                    break;
                case 0x1d: // SAR
                    left = gas - shiftGas;
                    if ((left | (sp - 4)) < 0) break loop;
                    U256.sar(s, sp);
                    sp -= 4;
                    break;
                case 0x1e: // CLZ
                    left = gas - clzGas;
                    if ((left | sp) < 0) break loop;
                    U256.clz(s, sp);
                    break;
                case 0x50: // POP
                    left = gas - 2;
                    if ((left | sp) < 0) break loop;
                    sp -= 4;
                    break;
                case 0x51: // MLOAD of memory that is there
                    left = gas - 3;
                    if ((left | sp) < 0 || !U256.fitsLong(s, sp) || s[sp] > memoryEnd) break loop;
                    U256.load(s, sp, memory, (int) s[sp]);
                    break;
                case 0x52: // MSTORE to memory that is there
                    left = gas - 3;
                    if ((left | (sp - 4)) < 0 || !U256.fitsLong(s, sp) || s[sp] > memoryEnd) {
                        break loop;
                    }
                    U256.store(s, sp - 4, memory, (int) s[sp]);
                    sp -= 8;
                    break;
                case 0x56: // JUMP
                    left = gas - 8;
                    if ((left | sp) < 0
                            || !U256.fitsLong(s, sp)
                            || !jumps.isJumpDestination(s[sp])) {
                        break loop;
                    }
                    pc = (int) s[sp] - 1;
                    sp -= 4;
                    break;
                case 0x57: // JUMPI
                    left = gas - 10;
                    if ((left | (sp - 4)) < 0) break loop;
                    if (!U256.isZeroAt(s, sp - 4)) {
                        if (!U256.fitsLong(s, sp) || !jumps.isJumpDestination(s[sp])) break loop;
                        pc = (int) s[sp] - 1;
                    }
                    sp -= 8;
                    break;
                case 0x58: // PC
                    left = gas - 2;
                    if ((left | (spMax - sp)) < 0) break loop;
                    sp += 4;
                    U256.set(s, sp, pc);
                    break;
                case 0x5a: // GAS
                    left = gas - 2;
                    if ((left | (spMax - sp)) < 0) break loop;
                    sp += 4;
                    U256.set(s, sp, left + reserve);
                    break;
                case 0x5b: // JUMPDEST
                    left = gas - 1;
                    if (left < 0) break loop;
                    break;
                case 0x5f: // PUSH0
                    left = gas - pushZeroGas;
                    if ((left | (spMax - sp)) < 0) break loop;
                    sp += 4;
                    U256.set(s, sp, 0L);
                    break;
                default:
                    if (opcode >= 0x60 && opcode <= 0x67) { // PUSH1 to PUSH8
                        left = gas - 3;
                        if ((left | (spMax - sp)) < 0) break loop;
                        sp += 4;
                        int unused = (0x67 - opcode) << 3;
                        U256.set(s, sp, (long) U256.BIG_ENDIAN.get(code, pc + 1) >>> unused);
                        pc += opcode - 0x5f;
                    } else if (opcode >= 0x68 && opcode <= 0x7f) { // PUSH9 to PUSH32
                        left = gas - 3;
                        if ((left | (spMax - sp)) < 0) break loop;
                        sp += 4;
                        U256.load(s, sp, code, pc + 1, opcode - 0x5f);
                        pc += opcode - 0x5f;
                    } else if (opcode >= 0x80 && opcode <= 0x8f) { // DUP
                        left = gas - 3;
                        int from = sp - ((opcode - 0x80) << 2);
                        if ((left | (spMax - sp) | from) < 0) break loop;
                        sp += 4;
                        U256.copy(s, from, sp);
                    } else if (opcode >= 0x90 && opcode <= 0x9f) { // SWAP
                        left = gas - 3;
                        int with = sp - ((opcode - 0x8f) << 2);
                        if ((left | with) < 0) break loop;
                        U256.swap(s, sp, with);
                    } else {
                        break loop;
                    }
            }
            gas = left;
            pc++;
        }
        f.sp = sp;
        f.pc = pc;
        f.gas = gas;
    }
}

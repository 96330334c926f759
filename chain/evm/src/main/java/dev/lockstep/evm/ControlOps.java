package dev.lockstep.evm;

/** The flow of a frame, and what an instruction can learn of it. */
final class ControlOps {
    private ControlOps() {}

    static long stop(Frame f, long[] s, int sp, long gas) {
        f.exit = Frame.Exit.RETURNED;
        return gas;
    }

    static long jump(Frame f, long[] s, int sp, long gas) {
        if (!U256.fitsLong(s, sp) || !f.code.isJumpDestination(s[sp])) {
            return f.halt(HaltReason.INVALID_JUMP);
        }
        f.pc = (int) s[sp];
        return gas;
    }

    static long jumpIf(Frame f, long[] s, int sp, long gas) {
        return U256.isZeroAt(s, sp - U256.LIMBS) ? gas : jump(f, s, sp, gas);
    }

    static long pc(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.pc - 1);
        return gas;
    }

    static long memorySize(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, f.memorySize);
        return gas;
    }

    static long gas(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, gas);
        return gas;
    }

    static long nothing(Frame f, long[] s, int sp, long gas) {
        return gas;
    }

    static long returnOutput(Frame f, long[] s, int sp, long gas) {
        return end(f, sp, gas, Frame.Exit.RETURNED);
    }

    static long revert(Frame f, long[] s, int sp, long gas) {
        return end(f, sp, gas, Frame.Exit.REVERTED);
    }

    private static long end(Frame f, int sp, long gas, Frame.Exit exit) {
        long offset = U256.clamped(f.stack, sp);
        long size = U256.clamped(f.stack, sp - U256.LIMBS);
        long left = f.expandMemory(offset, size, gas);
        if (left < 0) return left;
        f.output = f.copyOfMemory(offset, size);
        f.exit = exit;
        return left;
    }

    static long invalid(Frame f, long[] s, int sp, long gas) {
        return f.halt(HaltReason.UNDEFINED_INSTRUCTION);
    }

    /** The bytes behind the instruction; code is padded, so they are there. */
    static Instruction.Body push(int size) {
        return (f, s, sp, gas) -> {
            U256.load(s, f.sp, f.code.bytes, f.pc, size);
            f.pc += size;
            return gas;
        };
    }

    static long pushZero(Frame f, long[] s, int sp, long gas) {
        U256.set(s, f.sp, 0);
        return gas;
    }

    static Instruction.Body dup(int depth) {
        return (f, s, sp, gas) -> {
            U256.copy(s, sp - U256.LIMBS * (depth - 1), f.sp);
            return gas;
        };
    }

    static Instruction.Body swap(int depth) {
        return (f, s, sp, gas) -> {
            U256.swap(s, sp, sp - U256.LIMBS * depth);
            return gas;
        };
    }

    /** EXP: the price grows with the exponent. */
    static long exp(Frame f, long[] s, int sp, long gas) {
        int bytes = (U256.bitLength(s, sp - U256.LIMBS) + 7) / 8;
        long left = gas - bytes * f.world.gas.expByte();
        if (left >= 0) U256.exp(s, sp);
        return left;
    }
}

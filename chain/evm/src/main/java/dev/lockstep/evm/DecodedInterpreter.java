package dev.lockstep.evm;

import dev.lockstep.evm.Instruction.Body;
import org.jspecify.annotations.Nullable;

/**
 * Runs decoded code: gas and stack are checked once a block, and what the code says in several
 * instructions is often one operation. A block that its checks do not let begin is left to the
 * {@link LoopInterpreter}, which halts in the order of the instructions.
 */
final class DecodedInterpreter implements Interpreter {
    /** What decoding costs besides its bytes, in bytes. */
    private static final long FIXED_BYTES = 300;

    /** Larger code can only come from a genesis, or from before creation had limits. */
    private static final int CODE_BYTES_MAX = 1 << 20;

    static final DecodedInterpreter AT_ONCE = new DecodedInterpreter(0, 0);

    /** Sixteen gas a byte take the loop about as long as decoding does. */
    static final DecodedInterpreter WHEN_WORTH_IT = new DecodedInterpreter(16, 4000);

    private final long gasPerByte;
    private final long sliceGas;

    /**
     * @param gasPerByte code is decoded when the loop has spent this much gas on each of its bytes,
     *     so that hostile code cannot buy more decoding than it pays for; 0 for at once
     * @param sliceGas after so much gas the loop is asked whether its code is worth decoding
     */
    DecodedInterpreter(long gasPerByte, long sliceGas) {
        this.gasPerByte = gasPerByte;
        this.sliceGas = sliceGas;
    }

    @Override
    public void run(Frame f) {
        run(f, Long.MAX_VALUE);
    }

    /** As {@link #run(Frame)}, but may stop between two blocks when so much gas is spent. */
    void run(Frame f, long pauseGas) {
        DecodedCode decoded = decodedOrNull(f);
        if (decoded == null || decoded.entry(f.pc) == 0) {
            decoded = loopUntilDecoded(f);
            if (decoded == null) return;
        }
        long before = f.gas;
        long floorGas = Math.max(0, before - pauseGas);
        while (true) {
            execute(f, decoded, floorGas);
            if (f.exit != Frame.Exit.RUNNING) return;
            int block = decoded.entry(f.pc);
            if (f.sp + decoded.stream[block + DecodedCode.GROWTH] > f.spMax) {
                if (f.growStack()) continue;
                break;
            }
            long left = f.gas - decoded.stream[block + DecodedCode.COST];
            boolean isPause = left >= 0 && left < floorGas;
            if (!isPause) break;
            if (f.gas < before) return;
            // One block that costs more than the pause is long.
            floorGas = left;
        }
        LoopInterpreter.INSTANCE.run(f);
    }

    private @Nullable DecodedCode decodedOrNull(Frame f) {
        Code code = f.code;
        DecodedCode decoded = code.decoded;
        if (decoded != null && decoded.fork == f.world.fork) return decoded;
        if (code.size > CODE_BYTES_MAX) return null;
        if (code.gasSpent < gasPerByte * (FIXED_BYTES + code.size)) return null;
        decoded = Decoder.decode(code, f.world);
        f.world.machine.codes().keepDecoded(code, decoded);
        return decoded;
    }

    /** The loop, to the frame's end or to a block of code that was worth decoding. */
    private @Nullable DecodedCode loopUntilDecoded(Frame f) {
        do {
            DecodedCode decoded = decodedOrNull(f);
            if (decoded != null && decoded.entry(f.pc) != 0) return decoded;
            long slice = decoded == null ? Math.min(f.gas, sliceGas) : 0;
            long reserve = f.gas - slice;
            f.gas = slice;
            LoopInterpreter.loop(f, reserve);
            f.code.gasSpent += slice - f.gas;
            f.gas += reserve;
        } while (Stepper.step(f));
        return null;
    }

    /**
     * To the frame's end, to a call, or before a block that cannot begin or would spend the last
     * {@code floorGas}.
     */
    private static void execute(Frame f, DecodedCode decoded, long floorGas) {
        final int[] ops = decoded.stream;
        final long[] k = decoded.constants;
        final int[] entries = decoded.entries;
        final Body[] bodies = f.world.bodies;
        final long[] s = f.stack;
        final int spMax = f.spMax;
        byte[] memory = f.memory;
        int memoryEnd = f.memorySize - 32;
        int ip = decoded.entry(f.pc);
        int sp = f.sp;
        long gas = f.gas;
        int to;
        long at;
        boolean isMet;
        run:
        while (true) {
            long left = gas - ops[ip + DecodedCode.COST];
            int needed = sp - ops[ip + DecodedCode.NEEDED];
            int room = spMax - sp - ops[ip + DecodedCode.GROWTH];
            if ((left - floorGas | needed | room) < 0) {
                f.pc = ops[ip + DecodedCode.PC];
                break run;
            }
            gas = left;
            ip += DecodedCode.HEADER;
            while (true) {
                int w = ops[ip++];
                switch (w & 0xff) {
                    case Operation.NEXT:
                        continue run;
                    case Operation.PUSH_SMALL:
                        sp += 4;
                        U256.set(s, sp, w >>> 8);
                        break;
                    case Operation.PUSH_K:
                        sp += 4;
                        Operands.load(k, ops[ip++], s, sp);
                        break;
                    case Operation.PUSH_K_UNDER:
                        sp += 4;
                        U256.copy(s, sp - 4, sp);
                        Operands.load(k, ops[ip++], s, sp - 4);
                        break;
                    case Operation.DUP:
                        U256.copy(s, Operation.first(w, sp), sp + 4);
                        sp += 4;
                        break;
                    case Operation.SWAP:
                        U256.swap(s, sp, Operation.second(w, sp));
                        break;
                    case Operation.POP:
                        sp = Operation.after(w, sp);
                        break;
                    case Operation.MOVE:
                        U256.copy(s, sp, Operation.second(w, sp));
                        sp -= 4;
                        break;
                    case Operation.ADD:
                        to = Operation.after(w, sp);
                        Operands.add(s, Operation.first(w, sp), Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.ADD_K:
                        to = Operation.after(w, sp);
                        Operands.add(s, Operation.first(w, sp), k, ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.ADD_SMALL:
                        to = Operation.after(w, sp);
                        Operands.addSmall(s, Operation.first(w, sp), ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.SUB:
                        to = Operation.after(w, sp);
                        Operands.sub(s, Operation.first(w, sp), Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.MUL:
                        to = Operation.after(w, sp);
                        Operands.mul(s, Operation.first(w, sp), Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.MUL_K:
                        to = Operation.after(w, sp);
                        Operands.mul(s, Operation.first(w, sp), k, ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.AND:
                        to = Operation.after(w, sp);
                        Operands.and(s, Operation.first(w, sp), s, Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.AND_K:
                        to = Operation.after(w, sp);
                        Operands.and(s, Operation.first(w, sp), k, ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.AND_SMALL:
                        to = Operation.after(w, sp);
                        U256.set(s, to, s[Operation.first(w, sp)] & ops[ip++]);
                        sp = to;
                        break;
                    case Operation.OR:
                        to = Operation.after(w, sp);
                        Operands.or(s, Operation.first(w, sp), Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.XOR:
                        to = Operation.after(w, sp);
                        Operands.xor(s, Operation.first(w, sp), Operation.second(w, sp), to);
                        sp = to;
                        break;
                    case Operation.LESS:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isLess(
                                                s,
                                                Operation.first(w, sp),
                                                s,
                                                Operation.second(w, sp))
                                        ? 1L
                                        : 0L);
                        sp = to;
                        break;
                    case Operation.LESS_K_FIRST:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isLess(k, ops[ip++], s, Operation.first(w, sp)) ? 1L : 0L);
                        sp = to;
                        break;
                    case Operation.LESS_K_SECOND:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isLess(s, Operation.first(w, sp), k, ops[ip++]) ? 1L : 0L);
                        sp = to;
                        break;
                    case Operation.SIGNED_LESS:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isSignedLess(
                                                s, Operation.first(w, sp), Operation.second(w, sp))
                                        ? 1L
                                        : 0L);
                        sp = to;
                        break;
                    case Operation.EQ:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isEqual(
                                                s,
                                                Operation.first(w, sp),
                                                s,
                                                Operation.second(w, sp))
                                        ? 1L
                                        : 0L);
                        sp = to;
                        break;
                    case Operation.EQ_K:
                        to = Operation.after(w, sp);
                        U256.set(
                                s,
                                to,
                                Operands.isEqual(s, Operation.first(w, sp), k, ops[ip++])
                                        ? 1L
                                        : 0L);
                        sp = to;
                        break;
                    case Operation.IS_ZERO:
                        to = Operation.after(w, sp);
                        U256.set(s, to, U256.isZeroAt(s, Operation.first(w, sp)) ? 1L : 0L);
                        sp = to;
                        break;
                    case Operation.SHL_SMALL:
                        to = Operation.after(w, sp);
                        Operands.shl(s, Operation.second(w, sp), ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.SHR_SMALL:
                        to = Operation.after(w, sp);
                        Operands.shr(s, Operation.second(w, sp), ops[ip++], to);
                        sp = to;
                        break;
                    case Operation.NOT:
                        U256.not(s, sp);
                        break;
                    case Operation.SHL:
                        U256.shl(s, sp);
                        sp -= 4;
                        break;
                    case Operation.SHR:
                        U256.shr(s, sp);
                        sp -= 4;
                        break;
                    case Operation.SAR:
                        U256.sar(s, sp);
                        sp -= 4;
                        break;
                    case Operation.BYTE:
                        U256.byteAt(s, sp);
                        sp -= 4;
                        break;
                    case Operation.CLZ:
                        U256.clz(s, sp);
                        break;
                    case Operation.SIGNEXTEND:
                        U256.signExtend(s, sp);
                        sp -= 4;
                        break;
                    case Operation.DIV:
                        Division.div(s, sp);
                        sp -= 4;
                        break;
                    case Operation.MOD:
                        Division.mod(s, sp);
                        sp -= 4;
                        break;
                    case Operation.ADDMOD:
                        Division.addMod(s, sp);
                        sp -= 8;
                        break;
                    case Operation.MULMOD:
                        Division.mulMod(s, sp);
                        sp -= 8;
                        break;
                    case Operation.MLOAD:
                        at = U256.clamped(s, Operation.first(w, sp));
                        to = Operation.after(w, sp);
                        if (at > memoryEnd) {
                            gas = f.expandMemory(at, 32, gas);
                            if (gas < 0) break run;
                            memory = f.memory;
                            memoryEnd = f.memorySize - 32;
                        }
                        U256.load(s, to, memory, (int) at);
                        sp = to;
                        break;
                    case Operation.MLOAD_AT:
                        at = ops[ip++];
                        to = Operation.after(w, sp);
                        if (at > memoryEnd) {
                            gas = f.expandMemory(at, 32, gas);
                            if (gas < 0) break run;
                            memory = f.memory;
                            memoryEnd = f.memorySize - 32;
                        }
                        U256.load(s, to, memory, (int) at);
                        sp = to;
                        break;
                    case Operation.MSTORE:
                        at = U256.clamped(s, Operation.first(w, sp));
                        to = Operation.after(w, sp);
                        if (at > memoryEnd) {
                            gas = f.expandMemory(at, 32, gas);
                            if (gas < 0) break run;
                            memory = f.memory;
                            memoryEnd = f.memorySize - 32;
                        }
                        U256.store(s, Operation.second(w, sp), memory, (int) at);
                        sp = to;
                        break;
                    case Operation.MSTORE_AT:
                        at = ops[ip++];
                        to = Operation.after(w, sp);
                        if (at > memoryEnd) {
                            gas = f.expandMemory(at, 32, gas);
                            if (gas < 0) break run;
                            memory = f.memory;
                            memoryEnd = f.memorySize - 32;
                        }
                        U256.store(s, Operation.second(w, sp), memory, (int) at);
                        sp = to;
                        break;
                    case Operation.GAS:
                        sp += 4;
                        U256.set(s, sp, gas);
                        continue run;
                    case Operation.JUMP:
                        at = s[sp];
                        if (!U256.fitsLong(s, sp) || !f.code.isJumpDestination(at)) {
                            gas = f.halt(HaltReason.INVALID_JUMP);
                            break run;
                        }
                        sp -= 4;
                        ip = entries[(int) at];
                        continue run;
                    case Operation.JUMPI:
                        sp -= 8;
                        if (!U256.isZeroAt(s, sp + 4)) {
                            at = s[sp + 8];
                            if (!U256.fitsLong(s, sp + 8) || !f.code.isJumpDestination(at)) {
                                gas = f.halt(HaltReason.INVALID_JUMP);
                                break run;
                            }
                            ip = entries[(int) at];
                        }
                        continue run;
                    case Operation.JUMP_TO:
                        ip = ops[ip];
                        continue run;
                    case Operation.JUMP_IF_LESS:
                        isMet =
                                Operands.isLess(
                                        s, Operation.first(w, sp), s, Operation.second(w, sp));
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_LESS_K_FIRST:
                        isMet = Operands.isLess(k, ops[ip++], s, Operation.first(w, sp));
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_LESS_K_SECOND:
                        isMet = Operands.isLess(s, Operation.first(w, sp), k, ops[ip++]);
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_SIGNED_LESS:
                        isMet =
                                Operands.isSignedLess(
                                        s, Operation.first(w, sp), Operation.second(w, sp));
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_EQ:
                        isMet =
                                Operands.isEqual(
                                        s, Operation.first(w, sp), s, Operation.second(w, sp));
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_EQ_K:
                        isMet = Operands.isEqual(s, Operation.first(w, sp), k, ops[ip++]);
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.JUMP_IF_ZERO:
                        isMet = U256.isZeroAt(s, Operation.first(w, sp));
                        sp = Operation.after(w, sp);
                        ip = isMet == (ops[ip + 1] != 0) ? ops[ip] : ip + 2;
                        continue run;
                    case Operation.STOP:
                        f.exit = Frame.Exit.RETURNED;
                        break run;
                    case Operation.UNDEFINED:
                        gas = f.halt(HaltReason.UNDEFINED_INSTRUCTION);
                        break run;
                    case Operation.INVALID_JUMP:
                        gas = f.halt(HaltReason.INVALID_JUMP);
                        break run;
                    case Operation.BODY:
                        to = Operation.after(w, sp);
                        f.sp = to;
                        gas = bodies[w >>> 8 & 0xff].run(f, s, sp, gas);
                        if (gas < 0) break run;
                        sp = to;
                        memory = f.memory;
                        memoryEnd = f.memorySize - 32;
                        break;
                    case Operation.LAST_BODY:
                        to = Operation.after(w, sp);
                        f.sp = to;
                        f.pc = ops[ip++];
                        gas = bodies[w >>> 8 & 0xff].run(f, s, sp, gas);
                        sp = to;
                        if (gas < 0 || f.exit != Frame.Exit.RUNNING) break run;
                        memory = f.memory;
                        memoryEnd = f.memorySize - 32;
                        continue run;
                    default:
                        throw new IllegalStateException("no operation " + (w & 0xff));
                }
            }
        }
        if (gas < 0) {
            if (f.exit != Frame.Exit.HALTED) f.halt(HaltReason.OUT_OF_GAS);
            return;
        }
        f.sp = sp;
        f.gas = gas;
    }
}

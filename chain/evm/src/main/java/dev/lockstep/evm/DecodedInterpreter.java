package dev.lockstep.evm;

import static java.util.Objects.checkIndex;

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
     *
     * <p>Places of words are checked in every case, although arrays do so themselves: what {@code
     * checkIndex} answers is a number of that case alone. From {@code x}, HotSpot would work out
     * before each branch what cases have in common, {@code x + 1}, {@code x + 3} and their like: a
     * hundred instructions and more for each operation.
     */
    private static void execute(Frame f, DecodedCode decoded, long floorGas) {
        final int[] ops = decoded.stream;
        final long[] k = decoded.constants;
        final int[] entries = decoded.entries;
        final Body[] bodies = f.world.bodies;
        final long[] s = f.stack;
        final int size = s.length;
        final int spMax = f.spMax;
        byte[] memory = f.memory;
        int memoryEnd = f.memorySize - 32;
        int ip = decoded.entry(f.pc);
        int sp = f.sp;
        long gas = f.gas;
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
                int x = Operation.first(w, sp);
                int y = Operation.second(w, sp);
                int to = Operation.after(w, sp);
                switch (w & 0xff) {
                    case Operation.NEXT:
                        continue run;
                    case Operation.PUSH_SMALL:
                        // Its number is where others have their places.
                        sp += 4;
                        U256.set(s, checkIndex(sp, size), w >>> 8);
                        continue;
                    case Operation.PUSH_K:
                        sp = to;
                        Operands.load(k, ops[ip++], s, checkIndex(to, size));
                        continue;
                    case Operation.PUSH_K_UNDER:
                        sp = to;
                        x = checkIndex(x, size);
                        U256.copy(s, x, checkIndex(to, size));
                        Operands.load(k, ops[ip++], s, x);
                        continue;
                    case Operation.DUP:
                        sp = to;
                        U256.copy(s, checkIndex(x, size), checkIndex(to, size));
                        continue;
                    case Operation.SWAP:
                        U256.swap(s, checkIndex(x, size), checkIndex(y, size));
                        continue;
                    case Operation.POP:
                        sp = to;
                        continue;
                    case Operation.MOVE:
                        sp = to;
                        U256.copy(s, checkIndex(x, size), checkIndex(y, size));
                        continue;
                    case Operation.ADD:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.add(s, x, s, y, to);
                        continue;
                    case Operation.ADD_K:
                        sp = to;
                        x = checkIndex(x, size);
                        to = checkIndex(to, size);
                        Operands.add(s, x, k, ops[ip++], to);
                        continue;
                    case Operation.ADD_SMALL:
                        sp = to;
                        x = checkIndex(x, size);
                        to = checkIndex(to, size);
                        Operands.addSmall(s, x, ops[ip++], to);
                        continue;
                    case Operation.SUB:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.sub(s, x, y, to);
                        continue;
                    case Operation.MUL:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.mul(s, x, s, y, to);
                        continue;
                    case Operation.MUL_K:
                        sp = to;
                        x = checkIndex(x, size);
                        to = checkIndex(to, size);
                        Operands.mul(s, x, k, ops[ip++], to);
                        continue;
                    case Operation.AND:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.and(s, x, s, y, to);
                        continue;
                    case Operation.AND_K:
                        sp = to;
                        x = checkIndex(x, size);
                        to = checkIndex(to, size);
                        Operands.and(s, x, k, ops[ip++], to);
                        continue;
                    case Operation.AND_SMALL:
                        sp = to;
                        x = checkIndex(x, size);
                        to = checkIndex(to, size);
                        U256.set(s, to, s[x] & ops[ip++]);
                        continue;
                    case Operation.OR:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.or(s, x, y, to);
                        continue;
                    case Operation.XOR:
                        sp = to;
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.xor(s, x, y, to);
                        continue;
                    case Operation.LESS:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        U256.set(s, checkIndex(to, size), Operands.isLess(s, x, s, y) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.LESS_K_FIRST:
                        x = checkIndex(x, size);
                        U256.set(
                                s,
                                checkIndex(to, size),
                                Operands.isLess(k, ops[ip++], s, x) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.LESS_K_SECOND:
                        x = checkIndex(x, size);
                        U256.set(
                                s,
                                checkIndex(to, size),
                                Operands.isLess(s, x, k, ops[ip++]) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.SIGNED_LESS:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        U256.set(s, checkIndex(to, size), Operands.isSignedLess(s, x, y) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.EQ:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        U256.set(s, checkIndex(to, size), Operands.isEqual(s, x, s, y) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.EQ_K:
                        x = checkIndex(x, size);
                        U256.set(
                                s,
                                checkIndex(to, size),
                                Operands.isEqual(s, x, k, ops[ip++]) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.IS_ZERO:
                        x = checkIndex(x, size);
                        U256.set(s, checkIndex(to, size), U256.isZeroAt(s, x) ? 1L : 0L);
                        sp = to;
                        continue;
                    case Operation.SHL_SMALL:
                        sp = to;
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.shl(s, y, ops[ip++], to);
                        continue;
                    case Operation.SHR_SMALL:
                        sp = to;
                        y = checkIndex(y, size);
                        to = checkIndex(to, size);
                        Operands.shr(s, y, ops[ip++], to);
                        continue;
                    case Operation.NOT:
                        U256.not(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.SHL:
                        U256.shl(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.SHR:
                        U256.shr(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.SAR:
                        U256.sar(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.BYTE:
                        U256.byteAt(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.CLZ:
                        U256.clz(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.SIGNEXTEND:
                        U256.signExtend(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.DIV:
                        Division.div(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.MOD:
                        Division.mod(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.ADDMOD:
                        Division.addMod(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.MULMOD:
                        Division.mulMod(s, checkIndex(x, size));
                        sp = to;
                        continue;
                    case Operation.MLOAD:
                        x = checkIndex(x, size);
                        at = U256.clamped(s, x);
                        if (at > memoryEnd) break;
                        sp = to;
                        to = checkIndex(to, size);
                        U256.load(s, to, memory, (int) at);
                        continue;
                    case Operation.MLOAD_AT:
                        at = ops[ip];
                        if (at > memoryEnd) break;
                        ip++;
                        sp = to;
                        to = checkIndex(to, size);
                        U256.load(s, to, memory, (int) at);
                        continue;
                    case Operation.MSTORE:
                        x = checkIndex(x, size);
                        at = U256.clamped(s, x);
                        if (at > memoryEnd) break;
                        sp = to;
                        y = checkIndex(y, size);
                        U256.store(s, y, memory, (int) at);
                        continue;
                    case Operation.MSTORE_AT:
                        at = ops[ip];
                        if (at > memoryEnd) break;
                        ip++;
                        sp = to;
                        y = checkIndex(y, size);
                        U256.store(s, y, memory, (int) at);
                        continue;
                    case Operation.GAS:
                        sp = to;
                        U256.set(s, checkIndex(to, size), gas);
                        continue run;
                    case Operation.JUMP:
                        x = checkIndex(x, size);
                        at = s[x];
                        if (!U256.fitsLong(s, x) || !f.code.isJumpDestination(at)) {
                            gas = f.halt(HaltReason.INVALID_JUMP);
                            break run;
                        }
                        sp = to;
                        ip = entries[(int) at];
                        continue run;
                    case Operation.JUMPI:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        sp = to;
                        if (!U256.isZeroAt(s, y)) {
                            at = s[x];
                            if (!U256.fitsLong(s, x) || !f.code.isJumpDestination(at)) {
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
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        sp = to;
                        isMet = Operands.isLess(s, x, s, y);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_LESS_K_FIRST:
                        x = checkIndex(x, size);
                        sp = to;
                        isMet = Operands.isLess(k, ops[ip++], s, x);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_LESS_K_SECOND:
                        x = checkIndex(x, size);
                        sp = to;
                        isMet = Operands.isLess(s, x, k, ops[ip++]);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_SIGNED_LESS:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        sp = to;
                        isMet = Operands.isSignedLess(s, x, y);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_EQ:
                        x = checkIndex(x, size);
                        y = checkIndex(y, size);
                        sp = to;
                        isMet = Operands.isEqual(s, x, s, y);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_EQ_K:
                        x = checkIndex(x, size);
                        sp = to;
                        isMet = Operands.isEqual(s, x, k, ops[ip++]);
                        ip = isMet ? ops[ip] : ops[ip + 1];
                        continue run;
                    case Operation.JUMP_IF_ZERO:
                        x = checkIndex(x, size);
                        sp = to;
                        isMet = U256.isZeroAt(s, x);
                        ip = isMet ? ops[ip] : ops[ip + 1];
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
                        f.sp = to;
                        gas = bodies[w >>> 8 & 0xff].run(f, s, sp, gas);
                        if (gas < 0) break run;
                        sp = to;
                        memory = f.memory;
                        memoryEnd = f.memorySize - 32;
                        continue;
                    case Operation.LAST_BODY:
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
                // Once the memory is there, the operation again.
                gas = f.expandMemory(at, 32, gas);
                if (gas < 0) break run;
                memory = f.memory;
                memoryEnd = f.memorySize - 32;
                ip--;
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

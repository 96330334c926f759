package dev.lockstep.evm;

import dev.lockstep.types.Address;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The definition of an instruction's run: checks by its row, then its body. As an interpreter it
 * does nothing else and tells a tracer of every step.
 */
final class Stepper implements Interpreter {
    private final Tracer tracer;

    Stepper(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public void run(Frame f) {
        // Beyond the end of code there is a STOP, but of no code there is no end.
        if (f.code.size == 0) {
            step(f);
            return;
        }
        View view = new View(f);
        boolean isRunning;
        do {
            tracer.onStep(view);
            isRunning = step(f);
            tracer.onStepEnd(f.gas);
        } while (isRunning);
    }

    /** Runs the instruction at {@code pc}; whether the frame still runs. */
    static boolean step(Frame f) {
        Instruction row = f.world.instructions[f.code.bytes[f.pc] & 0xff];
        HaltReason fault = fault(f, row);
        if (fault != null || row == null) {
            f.halt(fault == null ? HaltReason.UNDEFINED_INSTRUCTION : fault);
            return false;
        }
        int sp = f.sp;
        f.pc++;
        f.sp = sp + (row.out() - row.in()) * U256.LIMBS;
        long left = row.body().run(f, f.stack, sp, f.gas - row.gas());
        if (left < 0) {
            if (f.exit != Frame.Exit.HALTED) f.halt(HaltReason.OUT_OF_GAS);
            return false;
        }
        f.gas = left;
        return f.exit == Frame.Exit.RUNNING;
    }

    private static @Nullable HaltReason fault(Frame f, @Nullable Instruction row) {
        if (row == null) return HaltReason.UNDEFINED_INSTRUCTION;
        int words = f.stackWords();
        if (words < row.in()) return HaltReason.STACK_UNDERFLOW;
        if (f.sp + (row.out() - row.in()) * U256.LIMBS > f.spMax && !f.growStack()) {
            return HaltReason.STACK_OVERFLOW;
        }
        return f.gas < row.gas() ? HaltReason.OUT_OF_GAS : null;
    }

    /** The frame, read-only. */
    private record View(Frame f) implements Tracer.Step {
        @Override
        public int depth() {
            return f.depth;
        }

        @Override
        public int pc() {
            return f.pc;
        }

        @Override
        public int opcode() {
            return f.code.bytes[f.pc] & 0xff;
        }

        @Override
        public String name() {
            Instruction row = f.world.instructions[opcode()];
            return row == null ? "INVALID" : row.name();
        }

        @Override
        public long gas() {
            return f.gas;
        }

        @Override
        public long refund() {
            return f.world.journal.refund();
        }

        @Override
        public Address self() {
            return f.message.self();
        }

        @Override
        public int stackSize() {
            return f.stackWords();
        }

        @Override
        public UInt256 stackWord(int fromTop) {
            return U256.toUInt256(f.stack, f.sp - fromTop * U256.LIMBS);
        }

        @Override
        public int memorySize() {
            return f.memorySize;
        }

        @Override
        public Bytes memory() {
            return Bytes.wrap(f.copyOfMemory(0, f.memorySize));
        }

        @Override
        public Bytes returnData() {
            return Bytes.wrap(f.returnData);
        }
    }
}

package dev.lockstep.evm;

import dev.lockstep.types.Fork;

/**
 * A row of the table: what the stepper checks stands here, so that a body cannot forget it.
 *
 * @param since the first fork that has it
 * @param gas charged before the body runs
 * @param in words taken
 * @param out words left in their place
 */
record Instruction(int opcode, String name, Fork since, int gas, int in, int out, Body body) {
    /** What an instruction does. */
    interface Body {
        /**
         * Works on the stack {@code s} whose top word was at {@code sp} before the instruction; the
         * frame's own {@code sp} is already where it will be after, its {@code pc} behind the
         * instruction's byte.
         *
         * @param gas left after the row's gas
         * @return the gas left, negative to halt: out of gas unless {@link Frame#halt} said else
         */
        long run(Frame f, long[] s, int sp, long gas);
    }
}

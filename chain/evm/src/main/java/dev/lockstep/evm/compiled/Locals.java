package dev.lockstep.evm.compiled;

import dev.lockstep.evm.compiled.Limb.Constant;
import dev.lockstep.evm.compiled.Limb.Flag;
import dev.lockstep.evm.compiled.Limb.Local;
import java.lang.classfile.CodeBuilder;

/** The locals of a method: those that it has throughout, and limbs of the block at hand. */
final class Locals {
    static final int FRAME = 0;
    static final int ENTRIES = 1;

    /** The block to go on with. */
    static final int NEXT = 2;

    static final int STACK = 3;
    static final int SP = 4;
    static final int GAS = 5;
    static final int SP_MAX = 7;
    static final int MEMORY = 8;

    /** The last address from which a word of memory can be read. */
    static final int MEMORY_END = 9;

    static final int LEFT = 10;

    /** An address in memory. */
    static final int ADDRESS = 12;

    private static final int FIRST_FREE = 14;

    private int next = FIRST_FREE;

    /** A new block: nobody needs the limbs of the last. */
    void clear() {
        next = FIRST_FREE;
    }

    /** Takes a long from the machine's stack. */
    Limb store(CodeBuilder code) {
        int slot = next;
        next += 2;
        code.lstore(slot);
        return new Local(slot);
    }

    /** Takes a boolean from the machine's stack. */
    Limb storeFlag(CodeBuilder code) {
        int slot = next++;
        code.istore(slot);
        return new Flag(slot);
    }

    static void push(CodeBuilder code, Limb limb) {
        switch (limb) {
            case Constant(long value) -> code.loadConstant(value);
            case Local(int slot) -> code.lload(slot);
            case Flag(int slot) -> code.iload(slot).i2l();
        }
    }

    /** The index of a limb, counted from the top word's lowest. */
    static void pushIndex(CodeBuilder code, int offset) {
        code.iload(SP);
        if (offset > 0) code.loadConstant(offset).iadd();
        if (offset < 0) code.loadConstant(-offset).isub();
    }
}

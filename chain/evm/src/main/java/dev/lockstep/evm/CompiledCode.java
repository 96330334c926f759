package dev.lockstep.evm;

import dev.lockstep.evm.CodeCompiler.Translation;
import dev.lockstep.types.Fork;
import dev.lockstep.types.LocalFault;
import java.lang.invoke.MethodHandles;

/**
 * Code compiled to a class under the rules of one fork. The class is gone when this is: nothing
 * else holds it.
 */
final class CompiledCode {
    /** What the class of a code implements. */
    interface Body {
        /**
         * Runs the frame from the block at its pc: to its end, to a call, or before a block that
         * cannot begin or is not in the class.
         */
        void run(Frame f, int[] entries);
    }

    final Fork fork;
    final long sizeBytes;
    final Body body;

    /**
     * By pc how the class names the block that begins there: positive at jump destinations, negated
     * where only a return from a call or the frame's beginning leads; 0 where the class has no
     * block to begin with.
     */
    private final int[] entries;

    private CompiledCode(Fork fork, Translation translation, Body body) {
        this.fork = fork;
        this.body = body;
        entries = translation.entries();
        sizeBytes = translation.classFile().length + 4L * entries.length;
    }

    static CompiledCode define(Fork fork, Translation translation) {
        try {
            Class<?> type =
                    MethodHandles.lookup()
                            .defineHiddenClass(translation.classFile(), true)
                            .lookupClass();
            Body body = (Body) type.getDeclaredConstructor().newInstance();
            return new CompiledCode(fork, translation, body);
        } catch (ReflectiveOperationException e) {
            throw new LocalFault("a class of compiled code has no constructor", e);
        }
    }

    boolean hasEntry(int pc) {
        return pc < entries.length && entries[pc] != 0;
    }

    void run(Frame f) {
        body.run(f, entries);
    }

    /**
     * Where the class goes on after a jump to a word: to a block of its own, or with 0 out of it,
     * the frame's pc then set or the frame halted.
     */
    static int jump(Frame f, int[] entries, long x0, long x1, long x2, long x3) {
        if ((x1 | x2 | x3) == 0 && x0 >= 0 && x0 < entries.length) {
            int entry = entries[(int) x0];
            if (entry > 0) return entry;
            if (f.code.isJumpDestination(x0)) {
                f.pc = (int) x0;
                return 0;
            }
        }
        f.halt(HaltReason.INVALID_JUMP);
        return 0;
    }

    static void haltUndefined(Frame f) {
        f.halt(HaltReason.UNDEFINED_INSTRUCTION);
    }

    /** Ends a frame that came out with negative gas. */
    static void halt(Frame f) {
        if (f.exit != Frame.Exit.HALTED) f.halt(HaltReason.OUT_OF_GAS);
    }
}

package dev.lockstep.evm;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns hot code into a class. All that the evm knows of the room where that is done; it finds it
 * as a service, and runs without it.
 */
public interface CodeCompiler {
    /** What an instruction costs before it runs, and how many words it takes and leaves. */
    record Shape(int gas, int in, int out) {}

    /**
     * Code under the rules of one fork. Nobody changes its arrays.
     *
     * @param bytes more than {@code size}: zeros follow
     * @param shapes by opcode; null where the fork has no such instruction
     */
    @SuppressWarnings("ArrayRecordComponent") // the code's own, not copied
    record Source(byte[] bytes, int size, BitSet jumpDestinations, List<@Nullable Shape> shapes) {}

    /**
     * @param classFile of a class in the evm's package that implements {@link CompiledCode.Body}
     * @param entries see {@link CompiledCode#entries}
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares translations
    record Translation(byte[] classFile, int[] entries) {}

    /** The code as a class, or null where that would be too large. */
    @Nullable Translation translate(Source source);

    /** Runs the task on another thread some time; false where too many wait already. */
    boolean later(Runnable task);
}

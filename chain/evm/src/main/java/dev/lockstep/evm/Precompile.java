package dev.lockstep.evm;

import org.apache.tuweni.bytes.Bytes;

/** A contract in the client's own code. It reads its input and nothing else of the world. */
public interface Precompile {
    /**
     * Gas of this input; a negative or impossible price is {@link Long#MAX_VALUE}.
     *
     * @cost O(input); touches no model weights
     */
    long quote(Bytes input, PrecompileContext context);

    /**
     * Pure in (input, context). Called only when the quote has been charged.
     *
     * @fails LocalFault where this machine cannot know the answer
     */
    PrecompileResult run(Bytes input, PrecompileContext context);
}

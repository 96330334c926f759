package dev.lockstep.evm;

/**
 * How code is run. Every engine gives the same results; a tracer sees the steps of none of them.
 */
public enum Engine {
    /** Instruction by instruction, straight from the code. */
    LOOP,
    /** Every code is decoded before its first instruction: for tests, which run most code once. */
    DECODED,
    /** The loop until a code has spent enough gas to be worth decoding. */
    ADAPTIVE;

    /** Where nobody chose. */
    public static final Engine DEFAULT = ADAPTIVE;

    Interpreter interpreter() {
        return switch (this) {
            case LOOP -> LoopInterpreter.INSTANCE;
            case DECODED -> DecodedInterpreter.AT_ONCE;
            case ADAPTIVE -> DecodedInterpreter.WHEN_WORTH_IT;
        };
    }
}

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
    ADAPTIVE,
    /** As the one before, and what is hot is compiled to a class in the background. */
    COMPILED,
    /** Every code is compiled before its first instruction: for tests, as {@link #DECODED}. */
    COMPILED_AT_ONCE;

    /** Where nobody chose. */
    public static final Engine DEFAULT = ADAPTIVE;

    /** For suites of tests, where most code runs once and would never be hot. */
    public Engine withoutWaiting() {
        return this == COMPILED ? COMPILED_AT_ONCE : this;
    }

    Interpreter interpreter() {
        return switch (this) {
            case LOOP -> LoopInterpreter.INSTANCE;
            case DECODED -> DecodedInterpreter.AT_ONCE;
            case ADAPTIVE -> DecodedInterpreter.WHEN_WORTH_IT;
            case COMPILED -> CompiledInterpreter.WHEN_WORTH_IT;
            case COMPILED_AT_ONCE -> CompiledInterpreter.AT_ONCE;
        };
    }
}

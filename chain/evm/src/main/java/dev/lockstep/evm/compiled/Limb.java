package dev.lockstep.evm.compiled;

/** Where one of a word's four limbs is while a block runs. */
sealed interface Limb {
    record Constant(long value) implements Limb {
        static final Constant ZERO = new Constant(0);
    }

    /** In a local of the method. */
    record Local(int slot) implements Limb {}

    /** In a local of type int: 0 or 1. */
    record Flag(int slot) implements Limb {}

    default boolean isZero() {
        return this instanceof Constant(long value) && value == 0;
    }
}

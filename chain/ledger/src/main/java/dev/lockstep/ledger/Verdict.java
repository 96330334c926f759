package dev.lockstep.ledger;

/** The answer to a block that someone else built. */
public sealed interface Verdict {
    /** All of it holds; ready to be committed, never to be executed again. */
    record Valid(PreparedBlock prepared) implements Verdict {}

    /**
     * The block is wrong for everyone.
     *
     * @param message names the value found and the value or range allowed
     */
    record Invalid(BlockFault fault, String message) implements Verdict {}

    /** Nothing can be said yet, as where the parent is unknown here. */
    record Undecided(String reason) implements Verdict {}
}

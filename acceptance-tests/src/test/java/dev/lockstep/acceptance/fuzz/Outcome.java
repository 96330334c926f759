package dev.lockstep.acceptance.fuzz;

import dev.lockstep.acceptance.fuzz.Case.Contents;
import dev.lockstep.types.Address;
import dev.lockstep.types.Log;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;

/**
 * What became of a case, in terms that every EVM has.
 *
 * @param output returned data, revert data or deployed code
 * @param after the whole state, without empty accounts
 */
record Outcome(
        Kind kind, long gasUsed, Bytes output, List<Log> logs, SortedMap<Address, Contents> after) {
    enum Kind {
        SUCCEEDED,
        REVERTED,
        /** All gas is gone. */
        HALTED,
        /** Nothing was executed. */
        REFUSED
    }

    static final Outcome REFUSED =
            new Outcome(Kind.REFUSED, 0, Bytes.EMPTY, List.of(), new TreeMap<>());

    /** The first thing in which the two differ. */
    static Optional<String> difference(Outcome one, Outcome other) {
        if (one.equals(other)) return Optional.empty();
        if (one.kind != other.kind) return Optional.of(one.kind + " and " + other.kind);
        if (one.gasUsed != other.gasUsed) {
            return Optional.of("gas used " + one.gasUsed + " and " + other.gasUsed);
        }
        if (!one.output.equals(other.output)) {
            return Optional.of("output " + one.output + " and " + other.output);
        }
        if (!one.logs.equals(other.logs)) {
            return Optional.of("logs " + one.logs + " and " + other.logs);
        }
        SortedMap<Address, Contents> all = new TreeMap<>(one.after);
        all.putAll(other.after);
        for (Address address : all.keySet()) {
            Contents left = one.after.get(address);
            Contents right = other.after.get(address);
            if (left == null || !left.equals(right)) {
                return Optional.of("account " + address + " " + left + " and " + right);
            }
        }
        throw new IllegalStateException("they differ in nothing");
    }
}

package dev.lockstep.evm;

import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The table of precompiles: immutable, one row each. */
public final class Precompiles {
    public static final Precompiles NONE = of(List.of());

    private final List<Row> rows;
    private final Map<Address, Row> byAddress = new HashMap<>();

    private Precompiles(List<Row> rows) {
        this.rows = List.copyOf(rows);
        for (Row row : rows) {
            Row other = byAddress.put(row.address, row);
            if (other != null) {
                throw new IllegalArgumentException(
                        other.name + " and " + row.name + " both claim " + row.address);
            }
        }
    }

    /**
     * One precompile.
     *
     * @param since the first fork that has it
     */
    public record Row(Address address, Fork since, String name, Precompile body) {}

    /**
     * @fails IllegalArgumentException where two rows claim one address
     */
    public static Precompiles of(List<Row> rows) {
        return new Precompiles(rows);
    }

    /** The precompile at this address under these rules, or null where there is none. */
    public @Nullable Row at(Address address, Fork fork) {
        Row row = byAddress.get(address);
        return row != null && fork.isAtLeast(row.since) ? row : null;
    }

    public List<Row> rows() {
        return rows;
    }
}

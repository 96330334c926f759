package dev.lockstep.types;

import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** Reads of one fixed state: all that execution knows of the database. */
public interface StateView {
    /** The account, or null where there is none. */
    @Nullable Account account(Address address);

    /**
     * The code with this hash; empty for {@link Hash#EMPTY}.
     *
     * @fails LocalFault where the state names a code that the store has lost
     */
    Bytes code(Hash codeHash);

    /** The value of a slot, zero where nothing is stored. */
    UInt256 storage(Address address, UInt256 slot);
}

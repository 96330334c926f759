package dev.lockstep.types;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * All that a run changed: the whole write side of execution. Sorted, so that walking it is the same
 * on every machine.
 *
 * @param accounts changed accounts
 * @param codes new codes by hash
 */
public record StateDiff(SortedMap<Address, AccountChange> accounts, SortedMap<Hash, Bytes> codes) {
    public static final StateDiff EMPTY =
            new StateDiff(Collections.emptySortedMap(), Collections.emptySortedMap());

    public StateDiff {
        accounts = Collections.unmodifiableSortedMap(accounts);
        codes = Collections.unmodifiableSortedMap(codes);
    }

    /**
     * What becomes of one account.
     *
     * @param after its fields after the run, or null where it is deleted
     * @param storageCleared whether all slots it had before the run are gone; {@code slots} hold on
     *     top of that
     * @param slots changed slots with their new values, zero for deleted
     */
    public record AccountChange(
            @Nullable Fields after, boolean storageCleared, SortedMap<UInt256, UInt256> slots) {
        public AccountChange {
            slots = Collections.unmodifiableSortedMap(slots);
        }
    }

    /** An account less its storage root, which only the state can compute. */
    public record Fields(long nonce, UInt256 balance, Hash codeHash) {}

    public boolean isEmpty() {
        return accounts.isEmpty() && codes.isEmpty();
    }

    /** This diff and then {@code later}, as one. */
    public StateDiff then(StateDiff later) {
        if (isEmpty()) return later;
        if (later.isEmpty()) return this;
        TreeMap<Address, AccountChange> merged = new TreeMap<>(accounts);
        later.accounts.forEach((address, change) -> merged.merge(address, change, StateDiff::then));
        TreeMap<Hash, Bytes> mergedCodes = new TreeMap<>(codes);
        mergedCodes.putAll(later.codes);
        return new StateDiff(merged, mergedCodes);
    }

    private static AccountChange then(AccountChange earlier, AccountChange later) {
        if (later.storageCleared()) return later;
        TreeMap<UInt256, UInt256> slots = new TreeMap<>(earlier.slots());
        slots.putAll(later.slots());
        return new AccountChange(later.after(), earlier.storageCleared(), slots);
    }
}

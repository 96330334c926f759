package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateView;
import java.util.HashMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** A view and what has changed on top of it, as a block grows transaction by transaction. */
public final class OverlayView implements StateView {
    /**
     * Stands for the root of storage that has changed here and is not empty; only emptiness is read
     * of it.
     */
    private static final Hash SOME_STORAGE = Hash.ZERO;

    private final StateView base;
    private final TreeMap<Address, Change> changes = new TreeMap<>();
    private final TreeMap<Hash, Bytes> codes = new TreeMap<>();

    /** Accounts of the base that were read: a sender's is asked for again and again. */
    private final HashMap<Address, Optional<Account>> before = new HashMap<>();

    /** What became of one account so far. */
    private static final class Change {
        StateDiff.@Nullable Fields after;
        boolean storageCleared;
        final TreeMap<UInt256, UInt256> slots = new TreeMap<>();
    }

    public OverlayView(StateView base) {
        this.base = base;
    }

    public void apply(StateDiff later) {
        codes.putAll(later.codes());
        later.accounts()
                .forEach(
                        (address, change) -> {
                            Change mine = changes.computeIfAbsent(address, _ -> new Change());
                            mine.after = change.after();
                            if (change.storageCleared()) {
                                mine.storageCleared = true;
                                mine.slots.clear();
                            }
                            mine.slots.putAll(change.slots());
                        });
    }

    /** All that was applied, as one. */
    public StateDiff diff() {
        TreeMap<Address, StateDiff.AccountChange> accounts = new TreeMap<>();
        changes.forEach(
                (address, change) ->
                        accounts.put(
                                address,
                                new StateDiff.AccountChange(
                                        change.after,
                                        change.storageCleared,
                                        new TreeMap<>(change.slots))));
        return new StateDiff(accounts, new TreeMap<>(codes));
    }

    @Override
    public @Nullable Account account(Address address) {
        Change change = changes.get(address);
        if (change == null) return before(address);
        StateDiff.Fields after = change.after;
        if (after == null) return null;
        return new Account(
                after.nonce(), after.balance(), after.codeHash(), storageRoot(address, change));
    }

    private Hash storageRoot(Address address, Change change) {
        for (UInt256 value : change.slots.values()) {
            if (!value.isZero()) return SOME_STORAGE;
        }
        Account before = change.storageCleared ? null : before(address);
        return before == null ? Hash.EMPTY_TRIE : before.storageRoot();
    }

    private @Nullable Account before(Address address) {
        return before.computeIfAbsent(address, a -> Optional.ofNullable(base.account(a)))
                .orElse(null);
    }

    @Override
    public Bytes code(Hash codeHash) {
        Bytes code = codes.get(codeHash);
        return code == null ? base.code(codeHash) : code;
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        Change change = changes.get(address);
        if (change == null) return base.storage(address, slot);
        UInt256 value = change.slots.get(slot);
        if (value != null) return value;
        return change.storageCleared ? UInt256.ZERO : base.storage(address, slot);
    }
}

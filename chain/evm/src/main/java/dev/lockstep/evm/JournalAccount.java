package dev.lockstep.evm;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateDiff.Fields;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * An account as a transaction sees it; only the {@link Journal} changes it. Flags and fields are
 * open to the package so that undo entries stay one line each.
 */
final class JournalAccount {
    final Address address;
    final @Nullable Account before;

    /** Whether the state holds it now, maybe as an empty account. */
    boolean exists;

    /** Whether it is deleted at the end where it is then empty. @source EIP-161 */
    boolean isTouched;

    boolean isWarm;

    /** Whether this transaction made it a contract. */
    boolean isCreated;

    /** Whether it is deleted at the end. */
    boolean isDestroyed;

    long nonce;
    UInt256 balance;
    Hash codeHash;

    /**
     * At hand for the next call, if its hash is still the account's; see {@link
     * World#runnableCode}.
     */
    @Nullable Code code;

    final Map<Word, Slot> slots = new HashMap<>();
    final Map<Word, Word> transientSlots = new HashMap<>();

    JournalAccount(Address address, @Nullable Account before) {
        this.address = address;
        this.before = before;
        Account start = before == null ? Account.EMPTY : before;
        exists = before != null;
        nonce = start.nonce();
        balance = start.balance();
        codeHash = start.codeHash();
    }

    /** A slot of storage. */
    static final class Slot {
        /** Its value before the transaction. */
        final Word original;

        Word current;
        boolean isWarm;

        Slot(Word original) {
            this.original = original;
            current = original;
        }
    }

    boolean hasCode() {
        return !codeHash.equals(Hash.EMPTY);
    }

    boolean isEmpty() {
        return nonce == 0 && balance.isZero() && !hasCode();
    }

    /** Whether a contract may not be made here. @source EIP-684, EIP-7610 */
    boolean isTaken() {
        return nonce != 0 || hasCode() || (before != null && before.hasStorage());
    }

    /** What became of it, or null where nothing did. */
    @Nullable AccountChange change(boolean deletesEmpty) {
        boolean isGone = isDestroyed || !exists || (deletesEmpty && isTouched && isEmpty());
        if (isGone) return before == null ? null : new AccountChange(null, true, new TreeMap<>());
        TreeMap<UInt256, UInt256> changed = new TreeMap<>();
        slots.forEach(
                (key, slot) -> {
                    if (!slot.current.equals(slot.original)) {
                        changed.put(key.toUInt256(), slot.current.toUInt256());
                    }
                });
        boolean isSame =
                before != null
                        && before.nonce() == nonce
                        && before.balance().equals(balance)
                        && before.codeHash().equals(codeHash)
                        && changed.isEmpty();
        return isSame
                ? null
                : new AccountChange(new Fields(nonce, balance, codeHash), false, changed);
    }
}

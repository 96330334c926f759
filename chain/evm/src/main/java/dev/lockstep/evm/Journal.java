package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.evm.JournalAccount.Slot;
import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Fork;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Log;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The only mutable world of a transaction. It reads through to a {@link StateView}, writes an undo
 * entry for every change, and ends as a sorted {@link StateDiff}. A checkpoint is the number of
 * entries; reverting to it undoes the later ones, warmth included.
 */
final class Journal {
    /**
     * A touch of this account outlives a revert: so it went on the main network in block 2,675,119,
     * where its call ran out of gas, and so it stayed.
     */
    private static final Address RIPEMD_160 = Address.ofNumber(3);

    private final StateView state;
    private final Fork fork;
    private final Map<Address, JournalAccount> accounts = new HashMap<>();
    private final Map<Hash, Bytes> newCodes = new HashMap<>();
    private final List<Undo> undos = new ArrayList<>();
    private final List<Log> logs = new ArrayList<>();
    private long refund;

    Journal(StateView state, Fork fork) {
        this.state = state;
        this.fork = fork;
    }

    /** One change, taken back. */
    private sealed interface Undo {
        record Nonce(JournalAccount account, long old) implements Undo {}

        record Balance(JournalAccount account, UInt256 old) implements Undo {}

        record Code(JournalAccount account, Hash old) implements Undo {}

        record Touch(JournalAccount account, boolean existed, boolean wasTouched) implements Undo {}

        record Warmth(JournalAccount account) implements Undo {}

        record Creation(JournalAccount account) implements Undo {}

        record Destruction(JournalAccount account) implements Undo {}

        record SlotWarmth(Slot slot) implements Undo {}

        record SlotValue(Slot slot, Word old) implements Undo {}

        record TransientValue(JournalAccount account, Word key, Word old) implements Undo {}

        record Refund(long old) implements Undo {}

        record LogEntry() implements Undo {}
    }

    int checkpoint() {
        return undos.size();
    }

    void revertTo(int checkpoint) {
        while (undos.size() > checkpoint) {
            switch (undos.removeLast()) {
                case Undo.Nonce(var account, var old) -> account.nonce = old;
                case Undo.Balance(var account, var old) -> account.balance = old;
                case Undo.Code(var account, var old) -> account.codeHash = old;
                case Undo.Touch(var account, var existed, var wasTouched) -> {
                    account.exists = existed;
                    account.isTouched = wasTouched || account.address.equals(RIPEMD_160);
                }
                case Undo.Warmth(var account) -> account.isWarm = false;
                case Undo.Creation(var account) -> account.isCreated = false;
                case Undo.Destruction(var account) -> account.isDestroyed = false;
                case Undo.SlotWarmth(var slot) -> slot.isWarm = false;
                case Undo.SlotValue(var slot, var old) -> slot.current = old;
                case Undo.TransientValue(var account, var key, var old) ->
                        account.transientSlots.put(key, old);
                case Undo.Refund(var old) -> refund = old;
                case Undo.LogEntry() -> logs.removeLast();
            }
        }
    }

    JournalAccount account(Address address) {
        JournalAccount account = accounts.get(address);
        if (account == null) {
            account = new JournalAccount(address, state.account(address));
            accounts.put(address, account);
        }
        return account;
    }

    /** Whether nothing is there, or nothing of worth by the rules of the fork. */
    boolean isDead(Address address) {
        JournalAccount account = account(address);
        return !account.exists || (deletesEmpty() && account.isEmpty());
    }

    private boolean deletesEmpty() {
        return fork.isAtLeast(Fork.SPURIOUS_DRAGON);
    }

    UInt256 balance(Address address) {
        return account(address).balance;
    }

    void touch(JournalAccount account) {
        if (account.exists && account.isTouched) return;
        undos.add(new Undo.Touch(account, account.exists, account.isTouched));
        account.exists = true;
        account.isTouched = true;
    }

    void setBalance(JournalAccount account, UInt256 balance) {
        touch(account);
        undos.add(new Undo.Balance(account, account.balance));
        account.balance = balance;
    }

    /**
     * Also a touch, where nothing is added. Wraps around 2^256, which only a genesis that gives
     * away more than there are numbers can bring about.
     */
    void addBalance(Address address, UInt256 amount) {
        JournalAccount account = account(address);
        touch(account);
        if (!amount.isZero()) setBalance(account, account.balance.add(amount));
    }

    void subtractBalance(Address address, UInt256 amount) {
        JournalAccount account = account(address);
        if (!amount.isZero()) setBalance(account, account.balance.subtractExact(amount));
    }

    long nonce(Address address) {
        return account(address).nonce;
    }

    void incrementNonce(Address address) {
        JournalAccount account = account(address);
        touch(account);
        undos.add(new Undo.Nonce(account, account.nonce));
        account.nonce++;
    }

    Bytes code(Address address) {
        return code(account(address).codeHash);
    }

    Bytes code(Hash codeHash) {
        if (codeHash.equals(Hash.EMPTY)) return Bytes.EMPTY;
        Bytes code = newCodes.get(codeHash);
        return code != null ? code : state.code(codeHash);
    }

    void setCode(Address address, Bytes code) {
        JournalAccount account = account(address);
        touch(account);
        undos.add(new Undo.Code(account, account.codeHash));
        account.codeHash = code.isEmpty() ? Hash.EMPTY : Keccak.hash(code);
        newCodes.put(account.codeHash, code);
    }

    /** Makes the account a contract's, with the nonce that the fork begins with. */
    void create(Address address) {
        JournalAccount account = account(address);
        touch(account);
        undos.add(new Undo.Creation(account));
        account.isCreated = true;
        if (deletesEmpty()) incrementNonce(address);
    }

    /** Whether the account was not marked before. */
    boolean destroy(JournalAccount account) {
        if (account.isDestroyed) return false;
        undos.add(new Undo.Destruction(account));
        account.isDestroyed = true;
        return true;
    }

    /** Makes the account warm; whether it was cold. */
    boolean warm(Address address) {
        JournalAccount account = account(address);
        if (account.isWarm) return false;
        undos.add(new Undo.Warmth(account));
        account.isWarm = true;
        return true;
    }

    Slot slot(JournalAccount account, Word key) {
        Slot slot = account.slots.get(key);
        if (slot == null) {
            boolean wasThere = account.before != null;
            slot =
                    new Slot(
                            wasThere
                                    ? Word.of(state.storage(account.address, key.toUInt256()))
                                    : Word.ZERO);
            account.slots.put(key, slot);
        }
        return slot;
    }

    /** Makes the slot warm; whether it was cold. */
    boolean warm(Slot slot) {
        if (slot.isWarm) return false;
        undos.add(new Undo.SlotWarmth(slot));
        slot.isWarm = true;
        return true;
    }

    void setSlot(Slot slot, Word value) {
        undos.add(new Undo.SlotValue(slot, slot.current));
        slot.current = value;
    }

    static Word transientSlot(JournalAccount account, Word key) {
        Word value = account.transientSlots.get(key);
        return value == null ? Word.ZERO : value;
    }

    void setTransientSlot(JournalAccount account, Word key, Word value) {
        undos.add(new Undo.TransientValue(account, key, transientSlot(account, key)));
        account.transientSlots.put(key, value);
    }

    /** Gas to be refunded; may be negative for a while under net metering. */
    long refund() {
        return refund;
    }

    void addRefund(long gas) {
        if (gas == 0) return;
        undos.add(new Undo.Refund(refund));
        refund += gas;
    }

    void log(Log log) {
        undos.add(new Undo.LogEntry());
        logs.add(log);
    }

    List<Log> logs() {
        return logs;
    }

    /** All that changed, sorted. */
    StateDiff diff() {
        TreeMap<Address, AccountChange> changes = new TreeMap<>();
        TreeMap<Hash, Bytes> codes = new TreeMap<>();
        for (JournalAccount account : new TreeMap<>(accounts).values()) {
            AccountChange change = account.change(deletesEmpty());
            if (change == null) continue;
            changes.put(account.address, change);
            if (change.after() != null) addNewCode(account, codes);
        }
        return new StateDiff(changes, codes);
    }

    private void addNewCode(JournalAccount account, Map<Hash, Bytes> codes) {
        @Nullable Account before = account.before;
        if (before != null && before.codeHash().equals(account.codeHash)) return;
        Bytes code = newCodes.get(account.codeHash);
        if (code != null && !code.isEmpty()) codes.put(account.codeHash, code);
    }
}

package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateDiff;
import dev.lockstep.types.StateDiff.AccountChange;
import dev.lockstep.types.StateView;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Goes back over blocks: the older values of all that they changed make a diff like any other, so
 * the tries go back by the way they came, and the root says whether all is as it was.
 */
final class Rewind {
    private final SortedSet<Address> accounts = new TreeSet<>();
    private final SortedMap<Address, SortedSet<UInt256>> slots = new TreeMap<>();

    private Rewind() {}

    /** {@code toNumber} is below the head. */
    static void stage(
            Reads reads, BranchCache branches, StateHead head, long toNumber, WriteBatch batch) {
        Rewind rewind = new Rewind();
        for (long number = toNumber + 1; number <= head.number(); number++) {
            rewind.forget(ChangedKeys.read(reads, number), number, batch);
        }
        StateDiff diff = rewind.diffTo(new PastView(reads, toNumber));
        PreparedState prepared = Preparation.of(reads, branches, head.root(), diff);
        Hash expected = ChangedKeys.read(reads, toNumber + 1).parentRoot();
        if (!prepared.root().equals(expected)) {
            throw new LocalFault(
                    "the database is damaged: going back to block "
                            + toNumber
                            + " gives the state root "
                            + prepared.root()
                            + ", which was "
                            + expected);
        }
        batch.addAll(prepared.head());
        new StateHead(toNumber, prepared.root()).stage(batch);
    }

    private void forget(ChangedKeys changed, long number, WriteBatch batch) {
        for (Bytes key : changed.accounts()) {
            accounts.add(Address.of(key));
            batch.delete(Column.ACCOUNT_HISTORY, Keys.at(key, number));
        }
        for (Bytes key : changed.slots()) {
            // A changed slot changes its account's storage root, so the account is there too.
            slots.computeIfAbsent(Keys.addressOf(key), _ -> new TreeSet<>()).add(Keys.slotOf(key));
            batch.delete(Column.SLOT_HISTORY, Keys.at(key, number));
        }
        batch.delete(Column.CHANGES, Bytes.ofUnsignedLong(number));
    }

    private StateDiff diffTo(StateView target) {
        SortedMap<Address, AccountChange> changes = new TreeMap<>();
        for (Address address : accounts) {
            SortedMap<UInt256, UInt256> values = new TreeMap<>();
            for (UInt256 slot : slots.getOrDefault(address, Collections.emptySortedSet())) {
                values.put(slot, target.storage(address, slot));
            }
            Account account = target.account(address);
            StateDiff.Fields fields =
                    account == null
                            ? null
                            : new StateDiff.Fields(
                                    account.nonce(), account.balance(), account.codeHash());
            changes.put(address, new AccountChange(fields, false, values));
        }
        return new StateDiff(changes, Collections.emptySortedMap());
    }
}

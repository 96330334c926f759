package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/**
 * The state after an older block: what the first later block that changed a key found there, or the
 * head's value where none has.
 */
final class PastView implements StateView {
    private final Reads reads;
    private final StateView head;
    private final long number;

    PastView(Reads reads, long number) {
        this.reads = reads;
        this.head = new FlatView(reads);
        this.number = number;
    }

    @Override
    public @Nullable Account account(Address address) {
        Bytes before = before(Column.ACCOUNT_HISTORY, address.bytes());
        return before == null ? head.account(address) : StateCodec.decodeAccount(before);
    }

    @Override
    public Bytes code(Hash codeHash) {
        return head.code(codeHash);
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        Bytes before = before(Column.SLOT_HISTORY, Keys.slot(address, slot));
        return before == null ? head.storage(address, slot) : StateCodec.decodeSlot(before);
    }

    private @Nullable Bytes before(Column history, Bytes key) {
        Bytes[] found = new Bytes[1];
        reads.scan(
                history,
                Keys.at(key, number + 1),
                Keys.after(key),
                (_, value) -> {
                    found[0] = value;
                    return false;
                });
        return found[0];
    }
}

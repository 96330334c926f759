package dev.lockstep.state;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.StateView;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;
import org.jspecify.annotations.Nullable;

/** The state at the head, as the flat columns have it. */
final class FlatView implements StateView {
    private final Reads reads;

    FlatView(Reads reads) {
        this.reads = reads;
    }

    @Override
    public @Nullable Account account(Address address) {
        return StateCodec.decodeAccount(reads.get(Column.ACCOUNTS, address.bytes()));
    }

    @Override
    public Bytes code(Hash codeHash) {
        if (codeHash.equals(Hash.EMPTY)) return Bytes.EMPTY;
        Bytes code = reads.get(Column.CODES, codeHash.bytes());
        if (code == null) throw new LocalFault("the database lacks the code " + codeHash);
        return code;
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        return StateCodec.decodeSlot(reads.get(Column.SLOTS, Keys.slot(address, slot)));
    }
}

package dev.lockstep.ledger;

import dev.lockstep.types.Account;
import dev.lockstep.types.Address;
import dev.lockstep.types.Hash;
import dev.lockstep.types.StateView;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/** A state without accounts. */
enum EmptyView implements StateView {
    INSTANCE;

    @Override
    public Account account(Address address) {
        return null;
    }

    @Override
    public Bytes code(Hash codeHash) {
        return Bytes.EMPTY;
    }

    @Override
    public UInt256 storage(Address address, UInt256 slot) {
        return UInt256.ZERO;
    }
}

package dev.lockstep.state;

import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * What one block changed, for going back over it; the values before it are in the histories.
 *
 * @param parentRoot the state root before the block
 * @param accounts keys of accounts
 * @param slots keys of slots
 */
record ChangedKeys(Hash parentRoot, List<Bytes> accounts, List<Bytes> slots) {
    static ChangedKeys of(PreparedState prepared) {
        List<Bytes> accounts = new ArrayList<>();
        List<Bytes> slots = new ArrayList<>();
        for (PreparedState.Replaced replaced : prepared.replaced()) {
            boolean isSlot = replaced.history() == Column.SLOT_HISTORY;
            (isSlot ? slots : accounts).add(replaced.key());
        }
        return new ChangedKeys(prepared.parentRoot(), accounts, slots);
    }

    Bytes encode() {
        return Rlp.list(
                list -> list.hash(parentRoot).each(accounts, Rlp::bytes).each(slots, Rlp::bytes));
    }

    /**
     * @fails LocalFault where the store does not have them
     */
    static ChangedKeys read(Reads reads, long number) {
        Bytes encoded = reads.get(Column.CHANGES, Bytes.ofUnsignedLong(number));
        if (encoded == null) {
            throw new LocalFault("the database lacks the changes of block " + number);
        }
        try {
            return RlpReader.list(
                    encoded,
                    row ->
                            new ChangedKeys(
                                    row.hash(),
                                    row.each(Integer.MAX_VALUE, RlpReader::bytes),
                                    row.each(Integer.MAX_VALUE, RlpReader::bytes)));
        } catch (RlpException damaged) {
            throw new LocalFault(
                    "the changes of block "
                            + number
                            + " in the database are damaged: "
                            + damaged.getMessage(),
                    damaged);
        }
    }
}

package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * The binary keccak Merkle root over a block's call records: leaf prefix 0x00, node prefix 0x01, an
 * odd node is promoted, zero for no records.
 *
 * @source protocol, section 6
 */
public final class InferenceRoot {
    private static final Bytes LEAF = Bytes.of(0x00);
    private static final Bytes NODE = Bytes.of(0x01);

    private InferenceRoot() {}

    public static Hash of(List<CallRecord> records) {
        if (records.isEmpty()) return Hash.ZERO;
        List<Hash> level = new ArrayList<>();
        for (CallRecord record : records) {
            level.add(Keccak.hash(Bytes.concatenate(LEAF, record.encode())));
        }
        while (level.size() > 1) level = parents(level);
        return level.getFirst();
    }

    private static List<Hash> parents(List<Hash> level) {
        List<Hash> parents = new ArrayList<>();
        for (int i = 0; i + 1 < level.size(); i += 2) {
            parents.add(
                    Keccak.hash(
                            Bytes.concatenate(
                                    NODE, level.get(i).bytes(), level.get(i + 1).bytes())));
        }
        if (level.size() % 2 == 1) parents.add(level.getLast());
        return parents;
    }
}

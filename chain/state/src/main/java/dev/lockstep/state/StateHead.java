package dev.lockstep.state;

import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import java.nio.charset.StandardCharsets;
import org.apache.tuweni.bytes.Bytes;

/**
 * Where the state stands: the last staged block, -1 before any, and its root.
 *
 * <p>Stored as number (8 bytes, big-endian) ‖ root.
 */
record StateHead(long number, Hash root) {
    private static final Bytes KEY = Bytes.wrap("state".getBytes(StandardCharsets.US_ASCII));
    private static final StateHead NONE = new StateHead(-1, Hash.EMPTY_TRIE);

    static StateHead of(Reads reads) {
        Bytes stored = reads.get(Column.META, KEY);
        if (stored == null) return NONE;
        if (stored.size() != 40 || stored.getLong(0) < 0) {
            throw new LocalFault("the database's state head is damaged: " + stored);
        }
        return new StateHead(stored.getLong(0), Hash.of(stored.slice(8)));
    }

    void stage(WriteBatch batch) {
        batch.put(Column.META, KEY, Bytes.concatenate(Bytes.ofUnsignedLong(number), root.bytes()));
    }

    /**
     * @fails IllegalArgumentException where the state has not come to block {@code wanted}
     */
    void require(long wanted) {
        if (wanted >= 0 && wanted <= number) return;
        throw new IllegalArgumentException(
                "there is no state of block "
                        + wanted
                        + (number < 0 ? ", the database is empty" : ", only of 0 to " + number));
    }
}

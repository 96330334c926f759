package dev.lockstep.state;

import dev.lockstep.types.Hash;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/**
 * What a diff makes of the head state, computed and not yet written.
 *
 * @param parentRoot the root that it stands on
 * @param root the root after it
 * @param head writes of flat accounts and slots, codes and trie nodes
 * @param replaced history keys, less their block number, with the values they replace
 */
public record PreparedState(Hash parentRoot, Hash root, WriteBatch head, List<Replaced> replaced) {

    /** The value of a flat key before a block; empty for none. */
    record Replaced(Column history, Bytes key, Bytes before) {}
}

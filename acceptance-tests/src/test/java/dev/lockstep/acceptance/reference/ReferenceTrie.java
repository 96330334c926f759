package dev.lockstep.acceptance.reference;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.Rlp;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.tuweni.bytes.Bytes;

/**
 * The root of a Merkle Patricia trie by its definition, recursive and slow, so that state tests do
 * not depend on the trie that ships.
 *
 * @source Yellow Paper, appendix D
 */
final class ReferenceTrie {
    private ReferenceTrie() {}

    static Hash rootOf(SortedMap<Bytes, Bytes> entries) {
        if (entries.isEmpty()) return Hash.EMPTY_TRIE;
        return Keccak.hash(node(List.copyOf(entries.entrySet()), 0));
    }

    /** The node over entries that share {@code depth} nibbles. */
    private static Bytes node(List<Map.Entry<Bytes, Bytes>> entries, int depth) {
        Bytes first = entries.getFirst().getKey();
        if (entries.size() == 1) {
            Bytes value = entries.getFirst().getValue();
            Bytes path = hexPrefix(first, depth, 2 * first.size(), true);
            return Rlp.list(list -> list.bytes(path).bytes(value));
        }
        Bytes last = entries.getLast().getKey();
        int shared = depth;
        while (nibble(first, shared) == nibble(last, shared)) shared++;
        if (shared > depth) {
            Bytes path = hexPrefix(first, depth, shared, false);
            Bytes below = node(entries, shared);
            return Rlp.list(list -> reference(list.bytes(path), below));
        }
        return Rlp.list(
                list -> {
                    int from = 0;
                    for (int digit = 0; digit < 16; digit++) {
                        int to = from;
                        while (to < entries.size()
                                && nibble(entries.get(to).getKey(), depth) == digit) to++;
                        if (to == from) list.bytes(Bytes.EMPTY);
                        else reference(list, node(entries.subList(from, to), depth + 1));
                        from = to;
                    }
                    list.bytes(Bytes.EMPTY);
                });
    }

    private static void reference(Rlp list, Bytes node) {
        if (node.size() < 32) list.raw(node);
        else list.hash(Keccak.hash(node));
    }

    private static int nibble(Bytes key, int index) {
        int b = key.get(index / 2) & 0xff;
        return index % 2 == 0 ? b >> 4 : b & 15;
    }

    private static Bytes hexPrefix(Bytes key, int from, int to, boolean isLeaf) {
        int flag = isLeaf ? 2 : 0;
        int length = to - from;
        byte[] out = new byte[length / 2 + 1];
        int at = from;
        if (length % 2 == 1) out[0] = (byte) ((flag + 1) << 4 | nibble(key, at++));
        else out[0] = (byte) (flag << 4);
        for (int i = 1; i < out.length; i++) {
            out[i] = (byte) (nibble(key, at) << 4 | nibble(key, at + 1));
            at += 2;
        }
        return Bytes.wrap(out);
    }
}

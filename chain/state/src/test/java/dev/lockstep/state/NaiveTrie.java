package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.tuweni.bytes.Bytes;

/**
 * The trie's definition, read off the Yellow Paper and as slow as that: from all pairs at once,
 * with hex strings for paths and an RLP of its own. Shares nothing with what it checks but keccak.
 */
final class NaiveTrie {
    private NaiveTrie() {}

    static Hash rootOf(Map<Bytes, Bytes> pairs) {
        TreeMap<String, Bytes> byPath = new TreeMap<>();
        pairs.forEach((key, value) -> byPath.put(key.toUnprefixedHexString(), value));
        return Keccak.hash(byPath.isEmpty() ? Bytes.of(0x80) : node(byPath, 0));
    }

    /** c(J, i): the node of all these pairs, whose paths are alike up to {@code at}. */
    private static Bytes node(TreeMap<String, Bytes> pairs, int at) {
        String first = pairs.firstKey();
        if (pairs.size() == 1) {
            return list(string(compact(first.substring(at), true)), string(pairs.get(first)));
        }
        int shared = at;
        while (isShared(pairs, shared)) shared++;
        if (shared > at) {
            return list(
                    string(compact(first.substring(at, shared), false)), reference(pairs, shared));
        }
        List<Bytes> items = new ArrayList<>();
        for (int nibble = 0; nibble < 16; nibble++) {
            TreeMap<String, Bytes> below = new TreeMap<>();
            char digit = Character.forDigit(nibble, 16);
            pairs.forEach(
                    (path, value) -> {
                        if (path.length() > at && path.charAt(at) == digit) below.put(path, value);
                    });
            items.add(below.isEmpty() ? string(Bytes.EMPTY) : reference(below, at + 1));
        }
        items.add(string(first.length() == at ? pairs.get(first) : Bytes.EMPTY));
        return list(items.toArray(Bytes[]::new));
    }

    private static boolean isShared(TreeMap<String, Bytes> pairs, int at) {
        String first = pairs.firstKey();
        return pairs.keySet().stream()
                .allMatch(
                        path ->
                                path.length() > at
                                        && first.length() > at
                                        && path.charAt(at) == first.charAt(at));
    }

    private static Bytes reference(TreeMap<String, Bytes> pairs, int at) {
        Bytes node = node(pairs, at);
        return node.size() < 32 ? node : string(Keccak.hash(node).bytes());
    }

    private static Bytes compact(String path, boolean isLeaf) {
        boolean isOdd = path.length() % 2 == 1;
        String flag = Integer.toString((isLeaf ? 2 : 0) + (isOdd ? 1 : 0));
        return Bytes.fromHexString(flag + (isOdd ? "" : "0") + path);
    }

    private static Bytes string(Bytes value) {
        if (value.size() == 1 && (value.get(0) & 0xff) < 0x80) return value;
        return sized(0x80, value);
    }

    private static Bytes list(Bytes... items) {
        return sized(0xc0, Bytes.concatenate(items));
    }

    private static Bytes sized(int base, Bytes content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int size = content.size();
        if (size < 56) {
            out.write(base + size);
        } else if (size < 256) {
            out.write(base + 56);
            out.write(size);
        } else {
            out.write(base + 57);
            out.write(size >> 8);
            out.write(size);
        }
        out.writeBytes(content.toArray());
        return Bytes.wrap(out.toByteArray());
    }
}

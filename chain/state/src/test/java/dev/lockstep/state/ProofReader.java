package dev.lockstep.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.RlpReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;

/** What a stranger who knows a root alone makes of a proof. */
final class ProofReader {
    private final List<Bytes> nodes;
    private int used;

    private ProofReader(List<Bytes> nodes) {
        this.nodes = nodes;
    }

    /** The value that the proof shows at {@code key}, or null where it shows that there is none. */
    static Bytes value(Hash root, List<Bytes> nodes, Bytes key) {
        if (nodes.isEmpty()) {
            assertThat(root).isEqualTo(Hash.EMPTY_TRIE);
            return null;
        }
        ProofReader reader = new ProofReader(nodes);
        Bytes value = reader.follow(root.bytes(), key.toUnprefixedHexString());
        assertThat(reader.used).as("nodes used").isEqualTo(nodes.size());
        return value;
    }

    private Bytes follow(Bytes hash, String path) {
        Bytes node = named(hash);
        String rest = path;
        while (true) {
            List<Bytes> items = items(node);
            Bytes next;
            if (items.size() == 17) {
                if (rest.isEmpty()) return RlpReader.of(items.get(16)).bytes();
                next = items.get(Character.digit(rest.charAt(0), 16));
                rest = rest.substring(1);
            } else {
                String compact = RlpReader.of(items.get(0)).bytes().toUnprefixedHexString();
                int flags = Character.digit(compact.charAt(0), 16);
                String shared = compact.substring(flags % 2 == 1 ? 1 : 2);
                boolean isLeaf = flags >= 2;
                if (isLeaf) {
                    return rest.equals(shared) ? RlpReader.of(items.get(1)).bytes() : null;
                }
                if (!rest.startsWith(shared)) return null;
                rest = rest.substring(shared.length());
                next = items.get(1);
            }
            RlpReader child = RlpReader.of(next);
            if (child.nextIsList()) {
                node = next;
                continue;
            }
            Bytes name = child.bytes();
            if (name.isEmpty()) return null;
            node = named(name);
        }
    }

    private Bytes named(Bytes hash) {
        assertThat(used).as("the proof ends early").isLessThan(nodes.size());
        Bytes node = nodes.get(used++);
        assertThat(Keccak.hash(node).bytes()).isEqualTo(hash);
        return node;
    }

    private static List<Bytes> items(Bytes node) {
        return RlpReader.list(
                node,
                in -> {
                    List<Bytes> all = new ArrayList<>();
                    while (in.hasMore()) all.add(in.raw());
                    return all;
                });
    }
}

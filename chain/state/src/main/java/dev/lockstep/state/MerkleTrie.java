package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.state.TrieNode.Branch;
import dev.lockstep.state.TrieNode.Empty;
import dev.lockstep.state.TrieNode.Extension;
import dev.lockstep.state.TrieNode.Leaf;
import dev.lockstep.state.TrieNode.Stored;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A Merkle Patricia trie whose nodes are stored by path. Changes stay in memory until {@link
 * #changes} gives them; only the nodes on changed paths are read.
 *
 * <p>Recursion is as deep as a path is long: 64 nibbles for hashed keys.
 *
 * @source Yellow Paper, appendix D
 */
public final class MerkleTrie {
    private final Function<Bytes, @Nullable Bytes> source;

    /** Where stored nodes lay that were taken apart: gone, unless a new one comes to the place. */
    private final SortedSet<Bytes> replaced = new TreeSet<>(Keys.ORDER);

    private TrieNode root;

    /**
     * The trie with this root.
     *
     * @param source its nodes by path, one nibble a byte; null for none. What it gives is held
     *     against the hashes from the root down, so damage is found where it is read
     */
    public MerkleTrie(Hash root, Function<Bytes, @Nullable Bytes> source) {
        this.source = source;
        this.root = root.equals(Hash.EMPTY_TRIE) ? TrieNode.EMPTY : new Stored(root);
    }

    /** An empty one, for roots that are computed and forgotten. */
    public MerkleTrie() {
        this(Hash.EMPTY_TRIE, _ -> null);
    }

    /** The root over these pairs, keys as they are. */
    public static Hash rootOf(SortedMap<Bytes, Bytes> pairs) {
        MerkleTrie trie = new MerkleTrie();
        pairs.forEach(trie::put);
        return trie.root();
    }

    /** The root over a list, keyed by rlp(index): of transactions, receipts, withdrawals. */
    public static Hash rootOfList(List<Bytes> items) {
        MerkleTrie trie = new MerkleTrie();
        for (int i = 0; i < items.size(); i++) {
            trie.put(Rlp.string(Bytes.minimalBytes(i)), items.get(i));
        }
        return trie.root();
    }

    public void put(Bytes key, Bytes value) {
        if (value.isEmpty()) remove(key);
        else root = put(root, Nibbles.of(key), 0, value);
    }

    public void remove(Bytes key) {
        root = remove(root, Nibbles.of(key), 0);
    }

    public @Nullable Bytes get(Bytes key) {
        byte[] path = Nibbles.of(key);
        TrieNode node = root;
        int at = 0;
        while (true) {
            switch (read(node, path, at)) {
                case Empty _ -> {
                    return null;
                }
                case Leaf leaf -> {
                    return isRest(path, at, leaf.path()) ? leaf.value() : null;
                }
                case Extension extension -> {
                    if (Nibbles.common(path, at, extension.path()) < extension.path().length)
                        return null;
                    at += extension.path().length;
                    node = extension.child();
                }
                case Branch branch -> {
                    if (at == path.length) return branch.value();
                    node = branch.children()[path[at++]];
                }
                case Stored stored -> throw unread(stored);
            }
        }
    }

    public Hash root() {
        return switch (root) {
            case Empty _ -> Hash.EMPTY_TRIE;
            case Stored(Hash hash) -> hash;
            default -> Keccak.hash(TrieNode.encode(root));
        };
    }

    /**
     * The encodings from the root to where the key is or would be, as a proof holds them.
     *
     * @source EIP-1186
     */
    public List<Bytes> prove(Bytes key) {
        byte[] path = Nibbles.of(key);
        List<Bytes> proof = new ArrayList<>();
        TrieNode node = root;
        int at = 0;
        while (true) {
            TrieNode found = read(node, path, at);
            if (found instanceof Empty) return proof;
            Bytes encoded = TrieNode.encode(found);
            if (at == 0 || encoded.size() >= TrieNode.HASH_SIZE_BYTES) proof.add(encoded);
            switch (found) {
                case Extension extension -> {
                    if (Nibbles.common(path, at, extension.path()) < extension.path().length)
                        return proof;
                    at += extension.path().length;
                    node = extension.child();
                }
                case Branch branch -> {
                    if (at == path.length) return proof;
                    node = branch.children()[path[at++]];
                }
                case Empty _, Leaf _, Stored _ -> {
                    return proof;
                }
            }
        }
    }

    /**
     * What the changes come to.
     *
     * @param root the root hash
     * @param nodes nodes to be stored by path; empty bytes for those that are gone
     */
    public record Changes(Hash root, SortedMap<Bytes, Bytes> nodes) {}

    /** Every node is encoded and hashed once. */
    public Changes changes() {
        TreeMap<Bytes, Bytes> nodes = new TreeMap<>(Keys.ORDER);
        for (Bytes path : replaced) nodes.put(path, Bytes.EMPTY);
        if (root instanceof Empty) return new Changes(Hash.EMPTY_TRIE, nodes);
        if (root instanceof Stored(Hash hash)) return new Changes(hash, nodes);
        Bytes encoded = encodeInto(nodes, root, Nibbles.NONE);
        nodes.put(Bytes.EMPTY, encoded);
        return new Changes(Keccak.hash(encoded), nodes);
    }

    /**
     * The node's encoding; what stands below it is put into {@code nodes} where it is long enough.
     */
    private static Bytes encodeInto(Map<Bytes, Bytes> nodes, TrieNode node, byte[] path) {
        return switch (node) {
            case Extension(byte[] shared, TrieNode child) -> {
                Bytes reference = referenceInto(nodes, child, Nibbles.join(path, shared));
                yield Rlp.list(list -> list.bytes(Nibbles.compact(shared, false)).raw(reference));
            }
            case Branch(TrieNode[] children, Bytes value) -> {
                Bytes[] references = new Bytes[children.length];
                for (int i = 0; i < children.length; i++) {
                    references[i] = referenceInto(nodes, children[i], Nibbles.join(path, i));
                }
                yield Rlp.list(
                        list -> {
                            for (Bytes reference : references) list.raw(reference);
                            list.bytes(value == null ? Bytes.EMPTY : value);
                        });
            }
            case Empty _, Leaf _, Stored _ -> TrieNode.encode(node);
        };
    }

    private static Bytes referenceInto(Map<Bytes, Bytes> nodes, TrieNode child, byte[] path) {
        if (child instanceof Stored || child instanceof Empty) return TrieNode.reference(child);
        Bytes encoded = encodeInto(nodes, child, path);
        if (encoded.size() < TrieNode.HASH_SIZE_BYTES) return encoded;
        nodes.put(Bytes.wrap(path), encoded);
        return Rlp.string(Keccak.hash(encoded).bytes());
    }

    /** The node itself, read from the store where it has not been. */
    private TrieNode read(TrieNode node, byte[] path, int at) {
        if (!(node instanceof Stored(Hash hash))) return node;
        Bytes where = Bytes.wrap(Nibbles.first(path, at));
        Bytes encoded = source.apply(where);
        if (encoded == null || !Keccak.hash(encoded).equals(hash)) {
            throw new LocalFault(
                    "the database is damaged: the trie node at path "
                            + where
                            + (encoded == null ? " is missing" : " does not have the hash " + hash)
                            + "; restore a copy, or import the blocks again");
        }
        return TrieNode.decode(encoded);
    }

    /** As {@link #read}, of a node that is about to change. */
    private TrieNode take(TrieNode node, byte[] path, int at) {
        TrieNode taken = read(node, path, at);
        if (node instanceof Stored) replaced.add(Bytes.wrap(Nibbles.first(path, at)));
        return taken;
    }

    private TrieNode put(TrieNode node, byte[] path, int at, Bytes value) {
        return switch (take(node, path, at)) {
            case Empty _ -> new Leaf(Nibbles.from(path, at), value);
            case Leaf leaf -> putAtLeaf(leaf, path, at, value);
            case Extension extension -> putAtExtension(extension, path, at, value);
            case Branch branch ->
                    at == path.length
                            ? new Branch(branch.children(), value)
                            : branch.with(
                                    path[at],
                                    put(branch.children()[path[at]], path, at + 1, value));
            case Stored stored -> throw unread(stored);
        };
    }

    private static TrieNode putAtLeaf(Leaf leaf, byte[] path, int at, Bytes value) {
        if (isRest(path, at, leaf.path())) return new Leaf(leaf.path(), value);
        int common = Nibbles.common(path, at, leaf.path());
        Branch fork = new Branch(emptyChildren(), null);
        fork = withRest(fork, leaf.path(), common, leaf.value());
        fork = withRest(fork, Nibbles.from(path, at), common, value);
        return extended(Nibbles.first(leaf.path(), common), fork);
    }

    private TrieNode putAtExtension(Extension extension, byte[] path, int at, Bytes value) {
        byte[] shared = extension.path();
        int common = Nibbles.common(path, at, shared);
        if (common == shared.length) {
            return new Extension(shared, put(extension.child(), path, at + common, value));
        }
        byte[] below = Nibbles.from(shared, common + 1);
        TrieNode rest =
                below.length == 0 ? extension.child() : new Extension(below, extension.child());
        Branch fork = new Branch(emptyChildren(), null).with(shared[common], rest);
        fork = withRest(fork, Nibbles.from(path, at), common, value);
        return extended(Nibbles.first(shared, common), fork);
    }

    /** The fork with a value under what is left of a path after {@code common} nibbles. */
    private static Branch withRest(Branch fork, byte[] path, int common, Bytes value) {
        if (path.length == common) return new Branch(fork.children(), value);
        return fork.with(path[common], new Leaf(Nibbles.from(path, common + 1), value));
    }

    private static TrieNode extended(byte[] shared, Branch fork) {
        return shared.length == 0 ? fork : new Extension(shared, fork);
    }

    private TrieNode remove(TrieNode node, byte[] path, int at) {
        return switch (take(node, path, at)) {
            case Empty empty -> empty;
            case Leaf leaf -> isRest(path, at, leaf.path()) ? TrieNode.EMPTY : leaf;
            case Extension extension -> {
                byte[] shared = extension.path();
                if (Nibbles.common(path, at, shared) < shared.length) yield extension;
                yield joined(shared, remove(extension.child(), path, at + shared.length));
            }
            case Branch branch -> {
                Branch left =
                        at == path.length
                                ? new Branch(branch.children(), null)
                                : branch.with(
                                        path[at],
                                        remove(branch.children()[path[at]], path, at + 1));
                yield collapsed(left, path, at);
            }
            case Stored stored -> throw unread(stored);
        };
    }

    /**
     * A branch that may have become needless: with one child it joins it, with only a value it is a
     * leaf.
     */
    private TrieNode collapsed(Branch branch, byte[] path, int at) {
        int only = -1;
        for (int i = 0; i < TrieNode.BRANCHES; i++) {
            if (branch.children()[i] instanceof Empty) continue;
            if (only >= 0 || branch.value() != null) return branch;
            only = i;
        }
        if (only < 0) {
            Bytes value = branch.value();
            return value == null ? TrieNode.EMPTY : new Leaf(Nibbles.NONE, value);
        }
        byte[] below = Nibbles.join(Nibbles.first(path, at), only);
        TrieNode child = branch.children()[only];
        // A branch stays what and where it is; anything else melts into its new parent.
        TrieNode last =
                read(child, below, below.length) instanceof Branch
                        ? child
                        : take(child, below, below.length);
        return joined(new byte[] {(byte) only}, last);
    }

    /** Shared nibbles before a node, as one node. */
    private static TrieNode joined(byte[] shared, TrieNode below) {
        return switch (below) {
            case Empty empty -> empty;
            case Leaf(byte[] path, Bytes value) -> new Leaf(Nibbles.join(shared, path), value);
            case Extension(byte[] path, TrieNode child) ->
                    new Extension(Nibbles.join(shared, path), child);
            case Branch _, Stored _ -> new Extension(shared, below);
        };
    }

    private static boolean isRest(byte[] path, int at, byte[] rest) {
        return path.length - at == rest.length && Nibbles.common(path, at, rest) == rest.length;
    }

    private static TrieNode[] emptyChildren() {
        TrieNode[] children = new TrieNode[TrieNode.BRANCHES];
        Arrays.fill(children, TrieNode.EMPTY);
        return children;
    }

    private static IllegalStateException unread(Stored stored) {
        return new IllegalStateException("not read: " + stored);
    }
}

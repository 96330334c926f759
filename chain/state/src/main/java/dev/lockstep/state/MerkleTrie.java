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
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
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
    /** With fewer changes to make than these, threads cost more than they give. */
    private static final int PARALLEL_MIN = 64;

    /** Below the root and its children there are subtries enough for any machine's threads. */
    private static final int PARALLEL_DEPTH = 2;

    private final Function<Bytes, @Nullable Bytes> source;

    /** Where stored nodes lay that were taken apart: gone, unless a new one comes to the place. */
    private final SortedSet<Bytes> replaced = new ConcurrentSkipListSet<>(Keys.ORDER);

    private final BranchCache branches;

    private TrieNode root;

    /**
     * The trie with this root.
     *
     * @param source its nodes by path, one nibble a byte; null for none. What it gives is held
     *     against the hashes from the root down, so damage is found where it is read
     */
    public MerkleTrie(Hash root, Function<Bytes, @Nullable Bytes> source) {
        this(root, source, BranchCache.NONE);
    }

    /**
     * @param branches asked before the source, and told of what is read and made
     */
    MerkleTrie(Hash root, Function<Bytes, @Nullable Bytes> source, BranchCache branches) {
        this.source = source;
        this.branches = branches;
        this.root = root.equals(Hash.EMPTY_TRIE) ? TrieNode.EMPTY : Stored.of(root);
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

    /**
     * Puts all of these, where empty values remove; each node on the way is taken apart once. Many
     * are spread over threads, a subtrie to one, and come to the same.
     */
    void putAll(Map<Bytes, Bytes> pairs) {
        Pair[] sorted = new Pair[pairs.size()];
        int count = 0;
        for (Map.Entry<Bytes, Bytes> pair : pairs.entrySet()) {
            sorted[count++] = new Pair(Nibbles.of(pair.getKey()), pair.getValue());
        }
        Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(a.path, b.path));
        if (count > 0) root = putAll(root, sorted, 0, count, 0);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Pair(byte[] path, Bytes value) {}

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
            case Stored stored -> stored.hash();
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

    /** Every node is encoded and hashed once, those that stand in their parents twice. */
    public Changes changes() {
        ConcurrentSkipListMap<Bytes, Bytes> nodes = new ConcurrentSkipListMap<>(Keys.ORDER);
        for (Bytes path : replaced) nodes.put(path, Bytes.EMPTY);
        if (root instanceof Empty) return new Changes(Hash.EMPTY_TRIE, nodes);
        if (root instanceof Stored stored) return new Changes(stored.hash(), nodes);
        int parallelDepth = replaced.size() < PARALLEL_MIN ? 0 : PARALLEL_DEPTH;
        TrieNode flat = flat(root, Nibbles.NONE, nodes, parallelDepth);
        Bytes encoded = TrieNode.encode(flat);
        nodes.put(Bytes.EMPTY, encoded);
        Hash hash = Keccak.hash(encoded);
        branches.put(Stored.of(hash), flat, encoded);
        return new Changes(hash, nodes);
    }

    /** The node over hashes; what stands below it is put into {@code nodes} where it is long. */
    private TrieNode flat(TrieNode node, byte[] path, Map<Bytes, Bytes> nodes, int parallelDepth) {
        return switch (node) {
            case Extension(byte[] shared, TrieNode child) ->
                    new Extension(
                            shared,
                            settled(child, Nibbles.join(path, shared), nodes, parallelDepth));
            case Branch(TrieNode[] children, Bytes value) -> {
                TrieNode[] settled = new TrieNode[TrieNode.BRANCHES];
                each(
                        path.length < parallelDepth,
                        i ->
                                settled[i] =
                                        settled(
                                                children[i],
                                                Nibbles.join(path, i),
                                                nodes,
                                                parallelDepth));
                yield new Branch(settled, value);
            }
            case Empty _, Leaf _, Stored _ -> node;
        };
    }

    /** As its parent names it: by hash, or as it is where it is short. */
    private TrieNode settled(
            TrieNode child, byte[] path, Map<Bytes, Bytes> nodes, int parallelDepth) {
        if (child instanceof Stored || child instanceof Empty) return child;
        TrieNode flat = flat(child, path, nodes, parallelDepth);
        Bytes encoded = TrieNode.encode(flat);
        if (encoded.size() < TrieNode.HASH_SIZE_BYTES) return flat;
        nodes.put(Bytes.wrap(path), encoded);
        Stored stored = Stored.of(Keccak.hash(encoded));
        branches.put(stored, flat, encoded);
        return stored;
    }

    /** Does something to each child's place, in any order. */
    private static void each(boolean isParallel, IntConsumer child) {
        IntStream places = IntStream.range(0, TrieNode.BRANCHES);
        if (isParallel) places.parallel().forEach(child);
        else for (int i = 0; i < TrieNode.BRANCHES; i++) child.accept(i);
    }

    /** The node itself, read from the store where it has not been. */
    private TrieNode read(TrieNode node, byte[] path, int at) {
        if (!(node instanceof Stored stored)) return node;
        TrieNode known = branches.get(stored);
        if (known != null) return known;
        Bytes where = Bytes.wrap(Nibbles.first(path, at));
        Bytes encoded = source.apply(where);
        if (encoded == null || !stored.isHashOf(encoded)) {
            throw new LocalFault(
                    "the database is damaged: the trie node at path "
                            + where
                            + (encoded == null
                                    ? " is missing"
                                    : " does not have the hash " + stored.hash())
                            + "; restore a copy, or import the blocks again");
        }
        TrieNode read = TrieNode.decode(encoded);
        branches.put(stored, read);
        return read;
    }

    /** As {@link #read}, of a node that is about to change. */
    private TrieNode take(TrieNode node, byte[] path, int at) {
        TrieNode taken = read(node, path, at);
        if (node instanceof Stored) replaced.add(Bytes.wrap(Nibbles.first(path, at)));
        return taken;
    }

    /** Pairs {@code first} to {@code end}, which are sorted and share {@code at} nibbles. */
    private TrieNode putAll(TrieNode node, Pair[] pairs, int first, int end, int at) {
        byte[] path = pairs[first].path;
        if (end - first == 1) return putOne(node, pairs[first], at);
        TrieNode taken = take(node, path, at);
        int from = first;
        int to = end;
        while (!(taken instanceof Branch)) {
            if (from == to) return taken;
            if (taken instanceof Extension(byte[] shared, TrieNode child)
                    && Nibbles.common(pairs[from].path, at, shared) == shared.length
                    && Nibbles.common(pairs[to - 1].path, at, shared) == shared.length) {
                return joined(shared, putAll(child, pairs, from, to, at + shared.length));
            }
            // From both ends in turn: what all in between share is now the next extension.
            Pair pair = from - first > end - to ? pairs[--to] : pairs[from++];
            taken = putOne(taken, pair, at);
        }
        if (from == to) return taken;
        Branch before = (Branch) taken;
        Bytes value = before.value();
        if (pairs[from].path.length == at) {
            Bytes own = pairs[from++].value;
            value = own.isEmpty() ? null : own;
        }
        int[] starts = starts(pairs, from, to, at);
        TrieNode[] children = before.children().clone();
        each(
                to - from >= PARALLEL_MIN,
                i -> {
                    if (starts[i] == starts[i + 1]) return;
                    children[i] = putAll(children[i], pairs, starts[i], starts[i + 1], at + 1);
                });
        return collapsed(new Branch(children, value), path, at);
    }

    private TrieNode putOne(TrieNode node, Pair pair, int at) {
        return pair.value.isEmpty()
                ? remove(node, pair.path, at)
                : put(node, pair.path, at, pair.value);
    }

    /** Where the pairs of each next nibble begin; the last is where all end. */
    private static int[] starts(Pair[] pairs, int from, int to, int at) {
        int[] starts = new int[TrieNode.BRANCHES + 1];
        int pair = from;
        for (int nibble = 0; nibble < TrieNode.BRANCHES; nibble++) {
            starts[nibble] = pair;
            while (pair < to && pairs[pair].path[at] == nibble) pair++;
        }
        starts[TrieNode.BRANCHES] = pair;
        return starts;
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

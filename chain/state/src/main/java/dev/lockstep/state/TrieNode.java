package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A node of a Merkle Patricia trie.
 *
 * @source Yellow Paper, appendix D
 */
@SuppressWarnings("ArrayRecordComponent") // nodes are compared by their encodings, never by equals
sealed interface TrieNode {
    TrieNode EMPTY = new Empty();

    int BRANCHES = 16;

    /**
     * A node under this many bytes stands inside its parent; a longer one is named there by its
     * hash.
     */
    int HASH_SIZE_BYTES = 32;

    record Empty() implements TrieNode {}

    /** The end of one key: what is left of its path, and the value. */
    record Leaf(byte[] path, Bytes value) implements TrieNode {}

    /** Nibbles that all keys below share. */
    record Extension(byte[] path, TrieNode child) implements TrieNode {}

    /**
     * A fork by the next nibble.
     *
     * @param value of the key that ends here, or null
     */
    record Branch(TrieNode[] children, @Nullable Bytes value) implements TrieNode {
        Branch with(int nibble, TrieNode child) {
            TrieNode[] changed = children.clone();
            changed[nibble] = child;
            return new Branch(changed, value);
        }
    }

    /** A node in the store that has not been read yet. */
    record Stored(Hash hash) implements TrieNode {}

    /**
     * The RLP of the node itself. @fails IllegalStateException on a node that is not read: it has
     * no encoding here
     */
    static Bytes encode(TrieNode node) {
        return switch (node) {
            case Empty _ -> Rlp.string(Bytes.EMPTY);
            case Leaf(byte[] path, Bytes value) ->
                    Rlp.list(list -> list.bytes(Nibbles.compact(path, true)).bytes(value));
            case Extension(byte[] path, TrieNode child) ->
                    Rlp.list(
                            list -> list.bytes(Nibbles.compact(path, false)).raw(reference(child)));
            case Branch(TrieNode[] children, Bytes value) ->
                    Rlp.list(
                            list -> {
                                for (TrieNode child : children) list.raw(reference(child));
                                list.bytes(value == null ? Bytes.EMPTY : value);
                            });
            case Stored stored -> throw new IllegalStateException("not read: " + stored);
        };
    }

    /** How a parent names it: by hash, or in full where it is short. */
    static Bytes reference(TrieNode node) {
        if (node instanceof Stored(Hash hash)) return Rlp.string(hash.bytes());
        Bytes encoded = encode(node);
        return encoded.size() < HASH_SIZE_BYTES
                ? encoded
                : Rlp.string(Keccak.hash(encoded).bytes());
    }

    /**
     * @fails LocalFault where the bytes are no node: the store is damaged
     */
    static TrieNode decode(Bytes encoded) {
        try {
            return RlpReader.list(encoded, TrieNode::readItems);
        } catch (RlpException damaged) {
            throw new LocalFault(
                    "a node of the state trie is damaged: " + damaged.getMessage(), damaged);
        }
    }

    private static TrieNode readItems(RlpReader in) {
        if (in.nextIsList()) return readBranch(in, readReference(in));
        Bytes first = in.bytes();
        TrieNode second = null;
        if (in.nextIsList()) {
            second = readReference(in);
        } else {
            Bytes string = in.bytes();
            if (!in.hasMore()) return readShort(first, string);
            second = child(string);
        }
        if (!in.hasMore()) {
            if (first.isEmpty()) throw in.refuse("a path without flags");
            return new Extension(Nibbles.fromCompact(first), second);
        }
        return readBranch(in, child(first), second);
    }

    private static TrieNode readShort(Bytes compact, Bytes string) {
        if (compact.isEmpty()) throw new RlpException("a path without flags");
        byte[] path = Nibbles.fromCompact(compact);
        return Nibbles.isLeaf(compact)
                ? new Leaf(path, string)
                : new Extension(path, child(string));
    }

    private static TrieNode readBranch(RlpReader in, TrieNode... first) {
        TrieNode[] children = new TrieNode[BRANCHES];
        System.arraycopy(first, 0, children, 0, first.length);
        for (int i = first.length; i < BRANCHES; i++) children[i] = readReference(in);
        Bytes value = in.bytes();
        return new Branch(children, value.isEmpty() ? null : value);
    }

    private static TrieNode readReference(RlpReader in) {
        return in.nextIsList() ? in.nested(TrieNode::readItems) : child(in.bytes());
    }

    private static TrieNode child(Bytes reference) {
        if (reference.isEmpty()) return EMPTY;
        if (reference.size() != 32) {
            throw new RlpException("a child's hash of " + reference.size() + " bytes");
        }
        return new Stored(Hash.of(reference));
    }
}

package dev.lockstep.state;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.types.Hash;
import dev.lockstep.types.LocalFault;
import dev.lockstep.types.Rlp;
import dev.lockstep.types.RlpException;
import dev.lockstep.types.RlpReader;
import java.util.Arrays;
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

    /** The first byte of a list's RLP and the size after it, for lists of up to 64 KiB. */
    int LIST_HEADER_SIZE_BYTES = 3;

    /** The RLP of 16 hashes and of an empty value. */
    int CHILDREN_SIZE_BYTES_MAX = BRANCHES * (1 + HASH_SIZE_BYTES) + 1;

    /** RLP of an empty string. */
    byte EMPTY_STRING = (byte) 0x80;

    /** What precedes a hash in RLP. */
    byte HASH_STRING = (byte) (0x80 + HASH_SIZE_BYTES);

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

    /**
     * A node that is known by its hash.
     *
     * @param source holds the hash, 32 bytes from {@code offset} on; often the parent's encoding
     */
    record Stored(byte[] source, int offset) implements TrieNode {
        static Stored of(Hash hash) {
            return new Stored(hash.bytes().toArrayUnsafe(), 0);
        }

        Hash hash() {
            return Hash.of(Bytes.wrap(source, offset, HASH_SIZE_BYTES));
        }

        boolean isHashOf(Bytes encoded) {
            byte[] digest = Keccak.hash(encoded).bytes().toArrayUnsafe();
            return Arrays.equals(
                    digest, 0, HASH_SIZE_BYTES, source, offset, offset + HASH_SIZE_BYTES);
        }
    }

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
            case Branch(TrieNode[] children, Bytes value) when value != null ->
                    Rlp.list(
                            list -> {
                                for (TrieNode child : children) list.raw(reference(child));
                                list.bytes(value);
                            });
            case Branch branch -> encodeChildren(branch.children());
            case Stored stored -> throw new IllegalStateException("not read: " + stored);
        };
    }

    /**
     * A branch without a value, as nearly all are, written in one go: its list is at most {@value
     * #CHILDREN_SIZE_BYTES_MAX} bytes long.
     */
    private static Bytes encodeChildren(TrieNode[] children) {
        byte[] out = new byte[LIST_HEADER_SIZE_BYTES + CHILDREN_SIZE_BYTES_MAX];
        int at = LIST_HEADER_SIZE_BYTES;
        for (TrieNode child : children) {
            if (child instanceof Empty) {
                out[at++] = EMPTY_STRING;
            } else if (child instanceof Stored(byte[] source, int offset)) {
                out[at++] = HASH_STRING;
                System.arraycopy(source, offset, out, at, HASH_SIZE_BYTES);
                at += HASH_SIZE_BYTES;
            } else {
                byte[] reference = reference(child).toArrayUnsafe();
                System.arraycopy(reference, 0, out, at, reference.length);
                at += reference.length;
            }
        }
        out[at++] = EMPTY_STRING;
        int size = at - LIST_HEADER_SIZE_BYTES;
        int start = size > 255 ? 0 : size > 55 ? 1 : 2;
        if (size > 255) out[1] = (byte) (size >> 8);
        if (size > 55) out[2] = (byte) size;
        out[start] = (byte) (size > 255 ? 0xf9 : size > 55 ? 0xf8 : 0xc0 + size);
        return Bytes.wrap(out, start, at - start);
    }

    /** How a parent names it: by hash, or in full where it is short. */
    static Bytes reference(TrieNode node) {
        if (node instanceof Stored stored) return Rlp.string(stored.hash().bytes());
        Bytes encoded = encode(node);
        return encoded.size() < HASH_SIZE_BYTES
                ? encoded
                : Rlp.string(Keccak.hash(encoded).bytes());
    }

    /**
     * @fails LocalFault where the bytes are no node: the store is damaged
     */
    static TrieNode decode(Bytes encoded) {
        TrieNode branch = decodeBranch(encoded.toArrayUnsafe());
        if (branch != null) return branch;
        try {
            return RlpReader.list(encoded, TrieNode::readItems);
        } catch (RlpException damaged) {
            throw new LocalFault(
                    "a node of the state trie is damaged: " + damaged.getMessage(), damaged);
        }
    }

    /**
     * The short way for what is read most: a branch of hashes without a value, of more than 55
     * bytes. Its children point into the encoding. Null for anything else.
     */
    private static @Nullable TrieNode decodeBranch(byte[] encoded) {
        if (encoded.length < 2 + 56) return null;
        int at = encoded[0] == (byte) 0xf9 ? 3 : 2;
        int size =
                at == 3
                        ? Byte.toUnsignedInt(encoded[1]) * 256 + Byte.toUnsignedInt(encoded[2])
                        : Byte.toUnsignedInt(encoded[1]);
        boolean isList = at == 3 ? size > 255 : encoded[0] == (byte) 0xf8 && size > 55;
        if (!isList || at + size != encoded.length) return null;
        TrieNode[] children = new TrieNode[BRANCHES];
        for (int i = 0; i < BRANCHES; i++) {
            if (encoded.length - at < 1) return null;
            byte first = encoded[at++];
            if (first == EMPTY_STRING) {
                children[i] = EMPTY;
            } else if (first == HASH_STRING && encoded.length - at >= HASH_SIZE_BYTES) {
                children[i] = new Stored(encoded, at);
                at += HASH_SIZE_BYTES;
            } else {
                return null;
            }
        }
        boolean isWhole = at == encoded.length - 1 && encoded[at] == EMPTY_STRING;
        return isWhole ? new Branch(children, null) : null;
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
        return Stored.of(Hash.of(reference));
    }
}

package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;

/** 32 bytes of a digest. */
public record Hash(Bytes32 bytes) implements Comparable<Hash> {
    public static final Hash ZERO = new Hash(Bytes32.ZERO);

    /** keccak256 of nothing: the code hash of an account without code. */
    public static final Hash EMPTY = Keccak.hash(Bytes.EMPTY);

    /** keccak256(rlp("")): the root of an empty trie. */
    public static final Hash EMPTY_TRIE = Keccak.hash(Bytes.of(0x80));

    /** keccak256(rlp([])): the ommers hash of every block since Paris. */
    public static final Hash EMPTY_LIST = Keccak.hash(Bytes.of(0xc0));

    /**
     * @fails IllegalArgumentException where {@code bytes} are not 32
     */
    public static Hash of(Bytes bytes) {
        if (bytes.size() != 32) {
            throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.size());
        }
        return new Hash(Bytes32.wrap(bytes.copy()));
    }

    /**
     * @fails IllegalArgumentException where {@code hex} is not 32 bytes of hex, with or without 0x
     */
    public static Hash fromHex(String hex) {
        return of(Bytes.fromHexString(hex));
    }

    @Override
    public int compareTo(Hash other) {
        return bytes.compareTo(other.bytes);
    }

    @Override
    public String toString() {
        return bytes.toHexString();
    }
}

package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import java.util.Locale;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;

/**
 * The 20 bytes that name an account, held as two long limbs and an int, so that a map key costs no
 * array.
 *
 * @param high bytes 0 to 7, big-endian
 * @param mid bytes 8 to 15
 * @param low bytes 16 to 19
 */
public record Address(long high, long mid, int low) implements Comparable<Address> {
    public static final int SIZE_BYTES = 20;
    public static final Address ZERO = new Address(0, 0, 0);

    /**
     * @fails IllegalArgumentException where {@code bytes} are not 20
     */
    public static Address of(Bytes bytes) {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("an address has 20 bytes, not " + bytes.size());
        }
        return new Address(bytes.getLong(0), bytes.getLong(8), bytes.getInt(16));
    }

    /**
     * @fails IllegalArgumentException where {@code hex} is not 20 bytes of hex, with or without 0x
     */
    public static Address fromHex(String hex) {
        return of(Bytes.fromHexString(hex));
    }

    /** The address {@code number}, as precompiles have them: 1 is 0x00…01. */
    public static Address ofNumber(long number) {
        return new Address(0, number >>> 32, (int) number);
    }

    /** The last 20 bytes of a 32-byte word, as the EVM reads an address from its stack. */
    public static Address ofWord(Bytes32 word) {
        return of(word.slice(12, SIZE_BYTES));
    }

    /**
     * Where a contract made by CREATE or by a transaction goes.
     *
     * @source Yellow Paper, equation 86
     */
    public static Address created(Address creator, long nonce) {
        Bytes rlp = Rlp.list(list -> list.address(creator).number(nonce));
        return of(Keccak.hash(rlp).bytes().slice(12, SIZE_BYTES));
    }

    /**
     * Where a contract made by CREATE2 goes.
     *
     * @source EIP-1014
     */
    public static Address created2(Address creator, Bytes32 salt, Hash initCodeHash) {
        Bytes preimage =
                Bytes.concatenate(Bytes.of(0xff), creator.bytes(), salt, initCodeHash.bytes());
        return of(Keccak.hash(preimage).bytes().slice(12, SIZE_BYTES));
    }

    public Bytes bytes() {
        MutableBytes bytes = MutableBytes.create(SIZE_BYTES);
        bytes.setLong(0, high);
        bytes.setLong(8, mid);
        bytes.setInt(16, low);
        return bytes;
    }

    /** Left-padded to a word, as the EVM and the ABI hold it. */
    public Bytes32 word() {
        return Bytes32.leftPad(bytes());
    }

    public boolean isZero() {
        return (high | mid | low) == 0;
    }

    /** Mixed-case hex. @source EIP-55 */
    public String checksummed() {
        String hex = bytes().toUnprefixedHexString();
        String digest =
                Keccak.hash(Bytes.wrap(hex.getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                        .bytes()
                        .toUnprefixedHexString();
        StringBuilder mixed = new StringBuilder("0x");
        for (int i = 0; i < hex.length(); i++) {
            String digit = hex.substring(i, i + 1);
            mixed.append(
                    Character.digit(digest.charAt(i), 16) >= 8
                            ? digit.toUpperCase(Locale.ROOT)
                            : digit);
        }
        return mixed.toString();
    }

    @Override
    public int compareTo(Address other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        if (byHigh != 0) return byHigh;
        int byMid = Long.compareUnsigned(mid, other.mid);
        return byMid != 0 ? byMid : Integer.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        return bytes().toHexString();
    }
}

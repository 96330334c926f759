package dev.lockstep.types;

import dev.lockstep.crypto.Keccak;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;

/**
 * 2048 bits that tell which addresses and topics a set of logs surely lacks.
 *
 * @source Yellow Paper, section 4.3.1
 */
public record Bloom(Bytes bytes) {
    public static final int SIZE_BYTES = 256;
    public static final Bloom EMPTY = new Bloom(Bytes.wrap(new byte[SIZE_BYTES]));

    public Bloom {
        if (bytes.size() != SIZE_BYTES) {
            throw new IllegalArgumentException("a bloom has 256 bytes, not " + bytes.size());
        }
    }

    public static Bloom of(List<Log> logs) {
        if (logs.isEmpty()) return EMPTY;
        MutableBytes bits = MutableBytes.create(SIZE_BYTES);
        for (Log log : logs) {
            set(bits, log.address().bytes());
            for (Bytes32 topic : log.topics()) set(bits, topic);
        }
        return new Bloom(bits);
    }

    /** What all the logs together have that these are of. */
    public static Bloom union(Iterable<Bloom> blooms) {
        byte[] bits = new byte[SIZE_BYTES];
        for (Bloom bloom : blooms) {
            byte[] more = bloom.bytes.toArrayUnsafe();
            for (int i = 0; i < SIZE_BYTES; i++) bits[i] |= more[i];
        }
        return new Bloom(Bytes.wrap(bits));
    }

    /** Whether logs with this address or topic may be inside. */
    public boolean mayContain(Bytes item) {
        Bytes digest = Keccak.hash(item).bytes();
        for (int pair = 0; pair < 6; pair += 2) {
            int bit = bit(digest, pair);
            if ((bytes.get(SIZE_BYTES - 1 - bit / 8) >> (bit % 8) & 1) == 0) return false;
        }
        return true;
    }

    private static void set(MutableBytes bits, Bytes item) {
        Bytes digest = Keccak.hash(item).bytes();
        for (int pair = 0; pair < 6; pair += 2) {
            int bit = bit(digest, pair);
            int at = SIZE_BYTES - 1 - bit / 8;
            bits.set(at, (byte) (bits.get(at) | 1 << bit % 8));
        }
    }

    private static int bit(Bytes digest, int pair) {
        return ((digest.get(pair) & 0xff) << 8 | (digest.get(pair + 1) & 0xff)) & 2047;
    }
}

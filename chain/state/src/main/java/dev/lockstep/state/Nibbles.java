package dev.lockstep.state;

import java.util.Arrays;
import org.apache.tuweni.bytes.Bytes;

/** Half-byte paths, one nibble a byte. */
final class Nibbles {
    static final byte[] NONE = new byte[0];

    private Nibbles() {}

    static byte[] of(Bytes key) {
        byte[] nibbles = new byte[2 * key.size()];
        for (int i = 0; i < key.size(); i++) {
            nibbles[2 * i] = (byte) (key.get(i) >> 4 & 15);
            nibbles[2 * i + 1] = (byte) (key.get(i) & 15);
        }
        return nibbles;
    }

    static byte[] from(byte[] nibbles, int start) {
        return Arrays.copyOfRange(nibbles, start, nibbles.length);
    }

    static byte[] first(byte[] nibbles, int count) {
        return Arrays.copyOf(nibbles, count);
    }

    static byte[] join(byte[] head, byte[] tail) {
        byte[] joined = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, joined, head.length, tail.length);
        return joined;
    }

    static byte[] join(byte[] head, int nibble) {
        byte[] joined = Arrays.copyOf(head, head.length + 1);
        joined[head.length] = (byte) nibble;
        return joined;
    }

    /** How many nibbles of {@code path} from {@code start} on are those of {@code other}. */
    static int common(byte[] path, int start, byte[] other) {
        int count = 0;
        while (count < other.length
                && start + count < path.length
                && path[start + count] == other[count]) count++;
        return count;
    }

    /**
     * As a node holds it: two nibbles a byte, the first nibble telling an odd length and a leaf.
     *
     * @source Yellow Paper, appendix C
     */
    static Bytes compact(byte[] nibbles, boolean isLeaf) {
        boolean isOdd = nibbles.length % 2 == 1;
        byte[] bytes = new byte[nibbles.length / 2 + 1];
        int flags = (isLeaf ? 2 : 0) | (isOdd ? 1 : 0);
        bytes[0] = (byte) (flags << 4 | (isOdd ? nibbles[0] : 0));
        for (int i = isOdd ? 1 : 0, at = 1; i < nibbles.length; i += 2, at++) {
            bytes[at] = (byte) (nibbles[i] << 4 | nibbles[i + 1]);
        }
        return Bytes.wrap(bytes);
    }

    static boolean isLeaf(Bytes compact) {
        return (compact.get(0) & 0x20) != 0;
    }

    static byte[] fromCompact(Bytes compact) {
        byte[] nibbles = of(compact);
        return from(nibbles, (nibbles[0] & 1) == 1 ? 1 : 2);
    }
}

package dev.lockstep.acceptance.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.apache.tuweni.bytes.Bytes;

/** Bytes that are nearly right: a sample with a few changes, or parts of two. */
final class Mutator {
    private static final int CHANGES_MAX = 4;
    private static final int SIZE_BYTES_MAX = 1 << 16;

    /** What lengths and prefixes of RLP, of integers and of texts turn on. */
    private static final byte[] EDGES = {
        0,
        1,
        0x7f,
        (byte) 0x80,
        (byte) 0x81,
        (byte) 0xb7,
        (byte) 0xb8,
        (byte) 0xbb,
        (byte) 0xbf,
        (byte) 0xc0,
        (byte) 0xc1,
        (byte) 0xf7,
        (byte) 0xf8,
        (byte) 0xfb,
        (byte) 0xff,
        '"',
        '{',
        '['
    };

    private Mutator() {}

    static Bytes mutate(List<Bytes> samples, RandomGenerator random) {
        byte[] bytes = samples.get(random.nextInt(samples.size())).toArray();
        for (int i = random.nextInt(CHANGES_MAX); i >= 0; i--) {
            Bytes other = samples.get(random.nextInt(samples.size()));
            bytes = change(bytes, other.toArrayUnsafe(), random);
        }
        return Bytes.wrap(bytes);
    }

    private static byte[] change(byte[] bytes, byte[] other, RandomGenerator random) {
        int at = random.nextInt(bytes.length + 1);
        int to = at + random.nextInt(Math.min(64, bytes.length - at) + 1);
        boolean isInside = at < bytes.length;
        switch (random.nextInt(8)) {
            case 0 -> {
                if (isInside) bytes[at] ^= (byte) (1 << random.nextInt(8));
                return bytes;
            }
            case 1 -> {
                if (isInside) bytes[at] = (byte) random.nextInt();
                return bytes;
            }
            case 2 -> {
                if (isInside) bytes[at] = EDGES[random.nextInt(EDGES.length)];
                return bytes;
            }
            case 3 -> {
                if (isInside) bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
                return bytes;
            }
            case 4 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 5 -> {
                return splice(bytes, at, to, new byte[0]);
            }
            case 6 -> {
                return splice(bytes, at, at, Arrays.copyOfRange(bytes, at, to));
            }
            default -> {
                int from = random.nextInt(other.length + 1);
                int end = from + random.nextInt(Math.min(64, other.length - from) + 1);
                return splice(bytes, at, to, Arrays.copyOfRange(other, from, end));
            }
        }
    }

    /** With what is between two places replaced. */
    private static byte[] splice(byte[] bytes, int from, int to, byte[] between) {
        int size = bytes.length - (to - from) + between.length;
        if (size > SIZE_BYTES_MAX) return bytes;
        byte[] spliced = Arrays.copyOf(bytes, size);
        System.arraycopy(between, 0, spliced, from, between.length);
        System.arraycopy(bytes, to, spliced, from + between.length, bytes.length - to);
        return spliced;
    }
}

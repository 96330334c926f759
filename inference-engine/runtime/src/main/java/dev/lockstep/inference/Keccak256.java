package dev.lockstep.inference;

/**
 * Keccak-256 as Ethereum uses it, with the padding from before SHA-3 was standardised. One message
 * an instance.
 *
 * @source Keccak reference, section 1; FIPS 202 for the permutation
 */
final class Keccak256 {
    private static final int RATE = 136;
    private static final int ROUNDS = 24;
    private static final long[] ROUND_CONSTANTS = roundConstants();

    /**
     * Lane by lane along the cycle that moves lanes: where the lane goes, and by how many bits it
     * turns.
     */
    private static final int[] TARGETS = new int[24];

    private static final int[] TURNS = new int[24];

    static {
        int x = 1;
        int y = 0;
        for (int i = 0; i < 24; i++) {
            int nextY = (2 * x + 3 * y) % 5;
            x = y;
            y = nextY;
            TARGETS[i] = x + 5 * y;
            TURNS[i] = (i + 1) * (i + 2) / 2 % 64;
        }
    }

    private final long[] lanes = new long[25];
    private int filled;

    /** The hash of the parts one after the other. */
    static byte[] hash(byte[]... parts) {
        Keccak256 hash = new Keccak256();
        for (byte[] part : parts) {
            hash.update(part, 0, part.length);
        }
        return hash.digest();
    }

    void update(byte[] bytes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            absorb(bytes[i] & 0xffL);
        }
    }

    private void absorb(long octet) {
        lanes[filled >> 3] ^= octet << ((filled & 7) * 8);
        if (++filled == RATE) {
            permute();
            filled = 0;
        }
    }

    byte[] digest() {
        lanes[filled >> 3] ^= 1L << ((filled & 7) * 8);
        lanes[(RATE - 1) >> 3] ^= 0x80L << (((RATE - 1) & 7) * 8);
        permute();
        byte[] digest = new byte[32];
        for (int i = 0; i < digest.length; i++) {
            digest[i] = (byte) (lanes[i >> 3] >>> ((i & 7) * 8));
        }
        return digest;
    }

    private void permute() {
        long[] column = new long[5];
        long[] a = lanes;
        for (int round = 0; round < ROUNDS; round++) {
            for (int x = 0; x < 5; x++) {
                column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            }
            for (int x = 0; x < 5; x++) {
                long mix = column[(x + 4) % 5] ^ Long.rotateLeft(column[(x + 1) % 5], 1);
                for (int y = 0; y < 25; y += 5) {
                    a[x + y] ^= mix;
                }
            }
            long carried = a[1];
            for (int i = 0; i < 24; i++) {
                long kept = a[TARGETS[i]];
                a[TARGETS[i]] = Long.rotateLeft(carried, TURNS[i]);
                carried = kept;
            }
            for (int y = 0; y < 25; y += 5) {
                System.arraycopy(a, y, column, 0, 5);
                for (int x = 0; x < 5; x++) {
                    a[x + y] = column[x] ^ (~column[(x + 1) % 5] & column[(x + 2) % 5]);
                }
            }
            a[0] ^= ROUND_CONSTANTS[round];
        }
    }

    /** Bit 2^j - 1 of constant i is step j + 7i of a shift register with taps 0x71. */
    private static long[] roundConstants() {
        long[] constants = new long[ROUNDS];
        int register = 1;
        for (int i = 0; i < ROUNDS; i++) {
            for (int j = 0; j <= 6; j++) {
                if ((register & 1) != 0) {
                    constants[i] |= 1L << ((1 << j) - 1);
                }
                register <<= 1;
                if ((register & 0x100) != 0) {
                    register ^= 0x171;
                }
            }
        }
        return constants;
    }
}

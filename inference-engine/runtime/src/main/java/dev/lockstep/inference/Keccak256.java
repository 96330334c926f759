package dev.lockstep.inference;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Keccak-256 as Ethereum uses it, with the padding from before SHA-3 was standardised. One message
 * an instance.
 *
 * @source Keccak reference, section 1; FIPS 202 for the permutation
 */
final class Keccak256 {
    private static final VarHandle LANE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
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
        int at = from;
        int end = from + count;
        while (at < end && (filled & 7) != 0) {
            absorb(bytes[at++] & 0xffL);
        }
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            lanes[filled >> 3] ^= (long) LANE.get(bytes, at);
            filled += Long.BYTES;
            if (filled == RATE) {
                permute();
                filled = 0;
            }
        }
        while (at < end) {
            absorb(bytes[at++] & 0xffL);
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
        for (int round = 0; round < ROUNDS; round++) {
            mixColumns();
            long carried = lanes[1];
            for (int i = 0; i < 24; i++) {
                long kept = lanes[TARGETS[i]];
                lanes[TARGETS[i]] = Long.rotateLeft(carried, TURNS[i]);
                carried = kept;
            }
            for (int y = 0; y < 25; y += 5) {
                combineRow(y);
            }
            lanes[0] ^= ROUND_CONSTANTS[round];
        }
    }

    private void mixColumns() {
        long[] a = lanes;
        long c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
        long c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
        long c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
        long c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
        long c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
        long d0 = c4 ^ Long.rotateLeft(c1, 1);
        long d1 = c0 ^ Long.rotateLeft(c2, 1);
        long d2 = c1 ^ Long.rotateLeft(c3, 1);
        long d3 = c2 ^ Long.rotateLeft(c4, 1);
        long d4 = c3 ^ Long.rotateLeft(c0, 1);
        for (int y = 0; y < 25; y += 5) {
            a[y] ^= d0;
            a[y + 1] ^= d1;
            a[y + 2] ^= d2;
            a[y + 3] ^= d3;
            a[y + 4] ^= d4;
        }
    }

    private void combineRow(int y) {
        long[] a = lanes;
        long b0 = a[y];
        long b1 = a[y + 1];
        long b2 = a[y + 2];
        long b3 = a[y + 3];
        long b4 = a[y + 4];
        a[y] = b0 ^ (~b1 & b2);
        a[y + 1] = b1 ^ (~b2 & b3);
        a[y + 2] = b2 ^ (~b3 & b4);
        a[y + 3] = b3 ^ (~b4 & b0);
        a[y + 4] = b4 ^ (~b0 & b1);
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

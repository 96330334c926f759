package dev.lockstep.precompiles.standard;

import dev.lockstep.evm.Precompile;
import dev.lockstep.evm.PrecompileContext;
import dev.lockstep.evm.PrecompileResult;
import java.nio.ByteOrder;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;

/**
 * The compression function of BLAKE2b with a chosen number of rounds.
 *
 * @shape in: rounds 4 (big-endian) · h 8×8 · m 16×8 · t 2×8 (all little-endian) · final flag 1
 *     byte, no more and no less · out: h 8×8
 * @cost 1 gas a round
 * @fails where the input is not 213 bytes long or the flag is neither 0 nor 1
 * @source EIP-152; RFC 7693, section 3.2
 */
public final class Blake2F implements Precompile {
    private static final int INPUT_BYTES = 213;
    private static final int STATE_OFFSET = 4;
    private static final int MESSAGE_OFFSET = 68;
    private static final int COUNTER_OFFSET = 196;
    private static final int FLAG_OFFSET = 212;

    private static final long[] INITIAL = {
        0x6a09e667f3bcc908L, 0xbb67ae8584caa73bL, 0x3c6ef372fe94f82bL, 0xa54ff53a5f1d36f1L,
        0x510e527fade682d1L, 0x9b05688c2b3e6c1fL, 0x1f83d9abfb41bd6bL, 0x5be0cd19137e2179L
    };

    private static final byte[][] SCHEDULE = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
        {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
        {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}
    };

    /** Columns, then diagonals. */
    private static final byte[][] LANES = {
        {0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}
    };

    @Override
    public long quote(Bytes input, PrecompileContext context) {
        return input.size() == INPUT_BYTES ? rounds(input) : 0;
    }

    @Override
    public PrecompileResult run(Bytes input, PrecompileContext context) {
        if (input.size() != INPUT_BYTES) {
            return new PrecompileResult.Failed(
                    "an input of " + input.size() + " bytes, must be " + INPUT_BYTES);
        }
        int flag = input.get(FLAG_OFFSET) & 0xff;
        if (flag > 1)
            return new PrecompileResult.Failed("a final flag of " + flag + ", must be 0 or 1");

        long[] v = new long[16];
        for (int i = 0; i < 8; i++) {
            v[i] = lane(input, STATE_OFFSET + 8 * i);
            v[i + 8] = INITIAL[i];
        }
        v[12] ^= lane(input, COUNTER_OFFSET);
        v[13] ^= lane(input, COUNTER_OFFSET + 8);
        if (flag == 1) v[14] = ~v[14];

        compress(v, message(input), rounds(input));

        MutableBytes output = MutableBytes.create(64);
        for (int i = 0; i < 8; i++) {
            long h = lane(input, STATE_OFFSET + 8 * i) ^ v[i] ^ v[i + 8];
            output.setLong(8 * i, Long.reverseBytes(h));
        }
        return new PrecompileResult.Output(output);
    }

    /** Up to 2^32-1. */
    private static long rounds(Bytes input) {
        return input.getInt(0) & 0xffff_ffffL;
    }

    private static long[] message(Bytes input) {
        long[] m = new long[16];
        for (int i = 0; i < 16; i++) m[i] = lane(input, MESSAGE_OFFSET + 8 * i);
        return m;
    }

    private static long lane(Bytes input, int offset) {
        return input.getLong(offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static void compress(long[] v, long[] m, long rounds) {
        for (long round = 0; round < rounds; round++) {
            byte[] s = SCHEDULE[(int) (round % SCHEDULE.length)];
            for (int i = 0; i < LANES.length; i++) {
                mix(v, LANES[i], m[s[2 * i]], m[s[2 * i + 1]]);
            }
        }
    }

    /** The function G of RFC 7693. */
    private static void mix(long[] v, byte[] lanes, long x, long y) {
        int a = lanes[0];
        int b = lanes[1];
        int c = lanes[2];
        int d = lanes[3];
        v[a] += v[b] + x;
        v[d] = Long.rotateRight(v[d] ^ v[a], 32);
        v[c] += v[d];
        v[b] = Long.rotateRight(v[b] ^ v[c], 24);
        v[a] += v[b] + y;
        v[d] = Long.rotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = Long.rotateRight(v[b] ^ v[c], 63);
    }
}

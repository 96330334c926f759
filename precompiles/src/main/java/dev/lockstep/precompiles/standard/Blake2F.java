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
    private static final int WORDS = 16;

    /**
     * A multiple of ten, after which the schedule begins anew. So that the longest input, a
     * minute's work, does not keep the garbage collector waiting: compiled loops may run on without
     * a stop.
     */
    private static final int ROUNDS_AT_ONCE = 100_000;

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

        long[] v = new long[WORDS];
        for (int i = 0; i < 8; i++) {
            v[i] = lane(input, STATE_OFFSET + 8 * i);
            v[i + 8] = INITIAL[i];
        }
        v[12] ^= lane(input, COUNTER_OFFSET);
        v[13] ^= lane(input, COUNTER_OFFSET + 8);
        if (flag == 1) v[14] = ~v[14];

        long[] words = schedule(input);
        for (long left = rounds(input); left > 0; left -= ROUNDS_AT_ONCE) {
            compress(v, words, (int) Math.min(left, ROUNDS_AT_ONCE));
        }

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

    /** The message's words in the order in which ten rounds use them. */
    private static long[] schedule(Bytes input) {
        long[] words = new long[SCHEDULE.length * WORDS];
        for (int i = 0; i < words.length; i++) {
            words[i] = lane(input, MESSAGE_OFFSET + 8 * SCHEDULE[i / WORDS][i % WORDS]);
        }
        return words;
    }

    private static long lane(Bytes input, int offset) {
        return input.getLong(offset, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * All lanes in locals: an input may ask for 2^32 rounds. Each eighth of a round is the function
     * G of RFC 7693 on four lanes: first the columns, then the diagonals.
     */
    private static void compress(long[] v, long[] words, int rounds) {
        long v0 = v[0];
        long v1 = v[1];
        long v2 = v[2];
        long v3 = v[3];
        long v4 = v[4];
        long v5 = v[5];
        long v6 = v[6];
        long v7 = v[7];
        long v8 = v[8];
        long v9 = v[9];
        long v10 = v[10];
        long v11 = v[11];
        long v12 = v[12];
        long v13 = v[13];
        long v14 = v[14];
        long v15 = v[15];
        int w = 0;
        for (int round = 0; round < rounds; round++) {
            v0 += v4 + words[w];
            v12 = Long.rotateRight(v12 ^ v0, 32);
            v8 += v12;
            v4 = Long.rotateRight(v4 ^ v8, 24);
            v0 += v4 + words[w + 1];
            v12 = Long.rotateRight(v12 ^ v0, 16);
            v8 += v12;
            v4 = Long.rotateRight(v4 ^ v8, 63);
            v1 += v5 + words[w + 2];
            v13 = Long.rotateRight(v13 ^ v1, 32);
            v9 += v13;
            v5 = Long.rotateRight(v5 ^ v9, 24);
            v1 += v5 + words[w + 3];
            v13 = Long.rotateRight(v13 ^ v1, 16);
            v9 += v13;
            v5 = Long.rotateRight(v5 ^ v9, 63);
            v2 += v6 + words[w + 4];
            v14 = Long.rotateRight(v14 ^ v2, 32);
            v10 += v14;
            v6 = Long.rotateRight(v6 ^ v10, 24);
            v2 += v6 + words[w + 5];
            v14 = Long.rotateRight(v14 ^ v2, 16);
            v10 += v14;
            v6 = Long.rotateRight(v6 ^ v10, 63);
            v3 += v7 + words[w + 6];
            v15 = Long.rotateRight(v15 ^ v3, 32);
            v11 += v15;
            v7 = Long.rotateRight(v7 ^ v11, 24);
            v3 += v7 + words[w + 7];
            v15 = Long.rotateRight(v15 ^ v3, 16);
            v11 += v15;
            v7 = Long.rotateRight(v7 ^ v11, 63);
            v0 += v5 + words[w + 8];
            v15 = Long.rotateRight(v15 ^ v0, 32);
            v10 += v15;
            v5 = Long.rotateRight(v5 ^ v10, 24);
            v0 += v5 + words[w + 9];
            v15 = Long.rotateRight(v15 ^ v0, 16);
            v10 += v15;
            v5 = Long.rotateRight(v5 ^ v10, 63);
            v1 += v6 + words[w + 10];
            v12 = Long.rotateRight(v12 ^ v1, 32);
            v11 += v12;
            v6 = Long.rotateRight(v6 ^ v11, 24);
            v1 += v6 + words[w + 11];
            v12 = Long.rotateRight(v12 ^ v1, 16);
            v11 += v12;
            v6 = Long.rotateRight(v6 ^ v11, 63);
            v2 += v7 + words[w + 12];
            v13 = Long.rotateRight(v13 ^ v2, 32);
            v8 += v13;
            v7 = Long.rotateRight(v7 ^ v8, 24);
            v2 += v7 + words[w + 13];
            v13 = Long.rotateRight(v13 ^ v2, 16);
            v8 += v13;
            v7 = Long.rotateRight(v7 ^ v8, 63);
            v3 += v4 + words[w + 14];
            v14 = Long.rotateRight(v14 ^ v3, 32);
            v9 += v14;
            v4 = Long.rotateRight(v4 ^ v9, 24);
            v3 += v4 + words[w + 15];
            v14 = Long.rotateRight(v14 ^ v3, 16);
            v9 += v14;
            v4 = Long.rotateRight(v4 ^ v9, 63);
            w = w == words.length - WORDS ? 0 : w + WORDS;
        }
        v[0] = v0;
        v[1] = v1;
        v[2] = v2;
        v[3] = v3;
        v[4] = v4;
        v[5] = v5;
        v[6] = v6;
        v[7] = v7;
        v[8] = v8;
        v[9] = v9;
        v[10] = v10;
        v[11] = v11;
        v[12] = v12;
        v[13] = v13;
        v[14] = v14;
        v[15] = v15;
    }
}

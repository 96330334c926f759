package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.types.Hash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.tuweni.bytes.Bytes;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.junit.jupiter.api.Test;

class KeccakTest {
    private static final int RATE_BYTES = 136;

    @Test
    void publishedVectorsHold() {
        assertThat(hex(""))
                .isEqualTo("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assertThat(hex("abc"))
                .isEqualTo("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
        assertThat(hex("The quick brown fox jumps over the lazy dog"))
                .isEqualTo("0x4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
    }

    @Test
    void everySizeEqualsBouncyCastleFedInPieces() {
        long seed = 136;
        Random random = new Random(seed);
        long[] state = new long[Keccak.LANES];
        for (int size = 0; size <= 5 * RATE_BYTES + 3; size++) {
            byte[] input = new byte[size];
            random.nextBytes(input);
            Bytes expected = inPieces(input, random);
            assertThat(Keccak.hash(Bytes.wrap(input)).bytes())
                    .as("seed %d, %d bytes", seed, size)
                    .isEqualTo(expected);
            Keccak.hash(input, 0, size, state);
            assertThat(digest(state)).as("seed %d, %d bytes", seed, size).isEqualTo(expected);
        }
    }

    @Test
    void threadsDoNotDisturbEachOther() {
        List<Bytes> inputs = IntStream.range(0, 2_000).mapToObj(Bytes::ofUnsignedInt).toList();
        List<Hash> alone = inputs.stream().map(Keccak::hash).toList();
        assertThat(inputs.parallelStream().map(Keccak::hash).toList()).isEqualTo(alone);
    }

    @Test
    void aSliceIsHashedAsItsOwnBytes() {
        long seed = 7;
        Random random = new Random(seed);
        byte[] input = new byte[1000];
        random.nextBytes(input);
        for (int i = 0; i < 200; i++) {
            int offset = random.nextInt(500);
            int size = random.nextInt(500);
            byte[] part = java.util.Arrays.copyOfRange(input, offset, offset + size);
            byte[] output = new byte[40];
            Keccak.hash(input, offset, size, output, 5);
            assertThat(Bytes.wrap(output, 5, 32))
                    .as("seed %d, %d bytes at %d", seed, size, offset)
                    .isEqualTo(reference(part));
            assertThat(Keccak.hash(Bytes.wrap(input).slice(offset, size)).bytes())
                    .isEqualTo(reference(part));
        }
    }

    private static String hex(String ascii) {
        return Keccak.hash(Bytes.wrap(ascii.getBytes(StandardCharsets.US_ASCII))).toString();
    }

    private static Bytes inPieces(byte[] input, Random random) {
        KeccakDigest digest = new KeccakDigest(256);
        for (int at = 0; at < input.length; ) {
            int size = Math.min(input.length - at, 1 + random.nextInt(200));
            digest.update(input, at, size);
            at += size;
        }
        byte[] output = new byte[32];
        digest.doFinal(output, 0);
        return Bytes.wrap(output);
    }

    private static Bytes digest(long[] state) {
        ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 4; i++) bytes.putLong(state[i]);
        return Bytes.wrap(bytes.array());
    }

    private static Bytes reference(byte[] input) {
        KeccakDigest digest = new KeccakDigest(256);
        digest.update(input, 0, input.length);
        byte[] output = new byte[32];
        digest.doFinal(output, 0);
        return Bytes.wrap(output);
    }
}

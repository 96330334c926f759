package dev.lockstep.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.KeccakDigest;
import org.junit.jupiter.api.Test;

class Keccak256Test {
    @Test
    void theEmptyMessageHasItsKnownHash() {
        assertThat(HexFormat.of().formatHex(Keccak256.hash()))
                .isEqualTo("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    }

    @Test
    void agreesWithAnotherImplementationAtEveryLengthAroundTheRate() {
        Seeded.forSeeds(
                420,
                random -> {
                    byte[] message = new byte[random.nextInt(420)];
                    random.nextBytes(message);
                    int cut = random.nextInt(message.length + 1);
                    byte[] front = Arrays.copyOf(message, cut);
                    byte[] back = Arrays.copyOfRange(message, cut, message.length);
                    assertThat(Keccak256.hash(front, back)).isEqualTo(bouncyCastle(message));
                });
        byte[] edge = new byte[136];
        assertThat(Keccak256.hash(edge)).isEqualTo(bouncyCastle(edge));
        assertThat(Keccak256.hash(Arrays.copyOf(edge, 135)))
                .isEqualTo(bouncyCastle(Arrays.copyOf(edge, 135)));
    }

    @Test
    void theRootOfWeightsIsATreeOverPages() {
        for (int length : new int[] {0, 64, 4096, 4160, 3 * 4096, 5 * 4096 - 64}) {
            byte[] weights = new byte[length];
            for (int i = 0; i < length; i++) {
                weights[i] = (byte) (i * 31 >> 3);
            }
            byte[] mixed = new byte[65];
            mixed[0] = 1;
            int width = 1;
            while (width * 4096 < length) {
                width *= 2;
            }
            System.arraycopy(subtree(weights, 0, width), 0, mixed, 1, 32);
            for (int i = 0; i < 4; i++) {
                mixed[33 + i] = (byte) (length >> (8 * i));
            }
            assertThat(WeightTree.root(MemorySegment.ofArray(weights)))
                    .isEqualTo(bouncyCastle(mixed));
        }
    }

    private static byte[] subtree(byte[] weights, int firstPage, int pages) {
        if (pages > 1) {
            byte[] node = new byte[65];
            node[0] = 1;
            System.arraycopy(subtree(weights, firstPage, pages / 2), 0, node, 1, 32);
            System.arraycopy(subtree(weights, firstPage + pages / 2, pages / 2), 0, node, 33, 32);
            return bouncyCastle(node);
        }
        int from = firstPage * 4096;
        if (from >= weights.length) {
            return new byte[32];
        }
        byte[] leaf = new byte[4097];
        System.arraycopy(weights, from, leaf, 1, Math.min(4096, weights.length - from));
        return bouncyCastle(leaf);
    }

    private static byte[] bouncyCastle(byte[] message) {
        KeccakDigest digest = new KeccakDigest(256);
        digest.update(message, 0, message.length);
        byte[] hash = new byte[32];
        digest.doFinal(hash, 0);
        return hash;
    }
}

package dev.lockstep.inference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Merkle root of the weights, so that parts of a file can be checked alone.
 *
 * <p>Leaf: {@code keccak256(0x00 ‖ 4 KiB)}, the last one filled up with zeros. Node: {@code
 * keccak256(0x01 ‖ left ‖ right)}. The leaves are filled up to a power of two with 32 zero bytes
 * each. Root: {@code keccak256(0x01 ‖ top ‖ length)}, the length in bytes as 32 bytes
 * little-endian; the top of no leaves is 32 zero bytes.
 */
final class WeightTree {
    static final int LEAF_BYTES = 4096;
    private static final byte[] LEAF = {0};
    private static final byte[] NODE = {1};
    private static final int HASH_BYTES = 32;

    private WeightTree() {}

    static byte[] root(MemorySegment weights) {
        List<byte[]> level = leaves(weights);
        while (level.size() > 1) {
            List<byte[]> above = new ArrayList<>(level.size() / 2);
            for (int i = 0; i < level.size(); i += 2) {
                above.add(Keccak256.hash(NODE, level.get(i), level.get(i + 1)));
            }
            level = above;
        }
        byte[] length = new byte[HASH_BYTES];
        for (int i = 0; i < Long.BYTES; i++) {
            length[i] = (byte) (weights.byteSize() >>> (8 * i));
        }
        return Keccak256.hash(NODE, level.get(0), length);
    }

    private static List<byte[]> leaves(MemorySegment weights) {
        long bytes = weights.byteSize();
        List<byte[]> leaves = new ArrayList<>();
        for (long at = 0; at < bytes; at += LEAF_BYTES) {
            byte[] leaf = new byte[LEAF_BYTES];
            int present = (int) Math.min(LEAF_BYTES, bytes - at);
            MemorySegment.copy(weights, ValueLayout.JAVA_BYTE, at, leaf, 0, present);
            leaves.add(Keccak256.hash(LEAF, leaf));
        }
        while (leaves.isEmpty() || Integer.bitCount(leaves.size()) != 1) {
            leaves.add(new byte[HASH_BYTES]);
        }
        return leaves;
    }
}

package dev.lockstep.evm;

import dev.lockstep.crypto.Keccak;

/**
 * Hashes of 64 bytes, from which Solidity makes the slots of mappings: a transaction asks for few
 * of them, again and again. Each has one place, where the next that falls there replaces it; so the
 * worst that chosen keys can do is to make it useless.
 */
final class MappingHashes {
    static final int PREIMAGE_BYTES = 64;

    private static final int PLACE_BITS = 5;
    private static final int KEY = 8;
    private static final int PLACE = KEY + U256.LIMBS;

    /** Any odd number with its bits well spread. */
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    /** By place: the preimage, then its hash, the lowest limb first; zeros where none was yet. */
    private final long[] places = new long[PLACE << PLACE_BITS];

    /** Writes the hash of 64 bytes to {@code s} at {@code to}. */
    void hash(byte[] bytes, int offset, long[] s, int to, long[] keccakState) {
        long mixed = 0;
        for (int i = 0; i < KEY; i++) mixed = (mixed ^ limb(bytes, offset, i)) * SPREAD;
        int place = PLACE * (int) (mixed >>> (64 - PLACE_BITS));
        if (!isAt(place, bytes, offset)) {
            Keccak.hash(bytes, offset, PREIMAGE_BYTES, keccakState);
            for (int i = 0; i < KEY; i++) places[place + i] = limb(bytes, offset, i);
            for (int i = 0; i < U256.LIMBS; i++) {
                places[place + KEY + i] = Long.reverseBytes(keccakState[U256.LIMBS - 1 - i]);
            }
        }
        System.arraycopy(places, place + KEY, s, to, U256.LIMBS);
    }

    /** A hash of zeros, which no one knows, would only be computed each time. */
    private boolean isAt(int place, byte[] bytes, int offset) {
        if (U256.isZeroAt(places, place + KEY)) return false;
        long difference = 0;
        for (int i = 0; i < KEY; i++) difference |= places[place + i] ^ limb(bytes, offset, i);
        return difference == 0;
    }

    private static long limb(byte[] bytes, int offset, int i) {
        return (long) U256.BIG_ENDIAN.get(bytes, offset + 8 * i);
    }
}

package dev.lockstep.evm;

import org.apache.tuweni.units.bigints.UInt256;

/** A 256-bit word as a map key and a storage value: four limbs, the highest first. */
record Word(long w3, long w2, long w1, long w0) implements Comparable<Word> {
    static final Word ZERO = new Word(0, 0, 0, 0);

    static Word at(long[] s, int sp) {
        return new Word(s[sp + 3], s[sp + 2], s[sp + 1], s[sp]);
    }

    static Word of(UInt256 value) {
        if (value.isZero()) return ZERO;
        byte[] bytes = value.toArrayUnsafe();
        return new Word(
                (long) U256.BIG_ENDIAN.get(bytes, 0),
                (long) U256.BIG_ENDIAN.get(bytes, 8),
                (long) U256.BIG_ENDIAN.get(bytes, 16),
                (long) U256.BIG_ENDIAN.get(bytes, 24));
    }

    void put(long[] s, int sp) {
        s[sp] = w0;
        s[sp + 1] = w1;
        s[sp + 2] = w2;
        s[sp + 3] = w3;
    }

    boolean isZero() {
        return (w3 | w2 | w1 | w0) == 0;
    }

    UInt256 toUInt256() {
        long[] limbs = {w0, w1, w2, w3};
        return U256.toUInt256(limbs, 0);
    }

    /**
     * Map buckets of many equal hashes become trees by this order, so that chosen slots cost
     * little.
     */
    @Override
    public int compareTo(Word other) {
        int order = Long.compareUnsigned(w3, other.w3);
        if (order == 0) order = Long.compareUnsigned(w2, other.w2);
        if (order == 0) order = Long.compareUnsigned(w1, other.w1);
        return order == 0 ? Long.compareUnsigned(w0, other.w0) : order;
    }
}

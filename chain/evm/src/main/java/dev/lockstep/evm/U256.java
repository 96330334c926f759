package dev.lockstep.evm;

import dev.lockstep.types.Address;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * 256-bit operators on a flat operand stack.
 *
 * <p>A word is four limbs, the lowest first. {@code sp} is the index of the top word's lowest limb;
 * the word under it is at {@code sp - 4}. An operator of two words takes the top one as its first
 * operand and leaves its result in the place of the other. Arrays have {@link #SLACK} limbs beyond
 * the last word, so that every operator may use what lies above the top as scratch.
 */
final class U256 {
    static final int LIMBS = 4;

    /** Scratch limbs that every stack has beyond its last word. */
    static final int SLACK = 32;

    /** Big-endian longs in byte arrays, as memory and code hold words. */
    static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final long SIGN = Long.MIN_VALUE;

    private U256() {}

    static void add(long[] s, int sp) {
        long carry = 0;
        for (int i = 0; i < LIMBS; i++) {
            long x = s[sp + i];
            long y = s[sp - LIMBS + i];
            long sum = x + y + carry;
            carry = carryOf(x, y, sum);
            s[sp - LIMBS + i] = sum;
        }
    }

    static void sub(long[] s, int sp) {
        long borrow = 0;
        for (int i = 0; i < LIMBS; i++) {
            long x = s[sp + i];
            long y = s[sp - LIMBS + i];
            long difference = x - y - borrow;
            borrow = borrowOf(x, y, difference);
            s[sp - LIMBS + i] = difference;
        }
    }

    /** The bit that x + y (+ 1) = sum carries out. */
    static long carryOf(long x, long y, long sum) {
        return ((x & y) | ((x | y) & ~sum)) >>> 63;
    }

    /** The bit that x - y (- 1) = difference borrows. */
    static long borrowOf(long x, long y, long difference) {
        return ((~x & y) | ((~x | y) & difference)) >>> 63;
    }

    static void mul(long[] s, int sp) {
        Operands.mul(s, sp, s, sp - LIMBS, sp - LIMBS);
    }

    /** The second operand is the exponent. Square and multiply from its highest bit. */
    static void exp(long[] s, int sp) {
        int power = sp + LIMBS;
        int factor = power + LIMBS;
        set(s, power, 1);
        for (int bit = bitLength(s, sp - LIMBS) - 1; bit >= 0; bit--) {
            copy(s, power, factor);
            mul(s, factor);
            if ((s[sp - LIMBS + (bit >> 6)] >>> (bit & 63) & 1) != 0) {
                copy(s, sp, factor);
                mul(s, factor);
            }
        }
        copy(s, power, sp - LIMBS);
    }

    /** The first operand is the index of the byte, from the low end, that carries the sign. */
    static void signExtend(long[] s, int sp) {
        if (!fitsLong(s, sp) || s[sp] >= 31) return;
        int index = (int) s[sp];
        int at = sp - LIMBS;
        int limb = index >> 3;
        int shift = 56 - 8 * (index & 7);
        long top = s[at + limb] << shift >> shift;
        s[at + limb] = top;
        for (int i = limb + 1; i < LIMBS; i++) s[at + i] = top >> 63;
    }

    static void lt(long[] s, int sp) {
        set(s, sp - LIMBS, isLess(s, sp, sp - LIMBS) ? 1 : 0);
    }

    static void gt(long[] s, int sp) {
        set(s, sp - LIMBS, isLess(s, sp - LIMBS, sp) ? 1 : 0);
    }

    static void slt(long[] s, int sp) {
        set(s, sp - LIMBS, isSignedLess(s, sp, sp - LIMBS) ? 1 : 0);
    }

    static void sgt(long[] s, int sp) {
        set(s, sp - LIMBS, isSignedLess(s, sp - LIMBS, sp) ? 1 : 0);
    }

    static void eq(long[] s, int sp) {
        long difference =
                (s[sp] ^ s[sp - 4])
                        | (s[sp + 1] ^ s[sp - 3])
                        | (s[sp + 2] ^ s[sp - 2])
                        | (s[sp + 3] ^ s[sp - 1]);
        set(s, sp - LIMBS, difference == 0 ? 1 : 0);
    }

    static void isZero(long[] s, int sp) {
        set(s, sp, isZeroAt(s, sp) ? 1 : 0);
    }

    static void and(long[] s, int sp) {
        for (int i = 0; i < LIMBS; i++) s[sp - LIMBS + i] &= s[sp + i];
    }

    static void or(long[] s, int sp) {
        for (int i = 0; i < LIMBS; i++) s[sp - LIMBS + i] |= s[sp + i];
    }

    static void xor(long[] s, int sp) {
        for (int i = 0; i < LIMBS; i++) s[sp - LIMBS + i] ^= s[sp + i];
    }

    static void not(long[] s, int sp) {
        for (int i = 0; i < LIMBS; i++) s[sp + i] = ~s[sp + i];
    }

    /** The first operand is the index of the byte, from the high end. */
    static void byteAt(long[] s, int sp) {
        int at = sp - LIMBS;
        if (!fitsLong(s, sp) || s[sp] >= 32) {
            set(s, at, 0);
            return;
        }
        int index = 31 - (int) s[sp];
        set(s, at, s[at + (index >> 3)] >>> (8 * (index & 7)) & 0xff);
    }

    static void shl(long[] s, int sp) {
        int at = sp - LIMBS;
        if (!fitsLong(s, sp) || s[sp] >= 256) {
            set(s, at, 0);
            return;
        }
        int limbs = (int) s[sp] >> 6;
        int bits = (int) s[sp] & 63;
        for (int i = LIMBS - 1; i >= 0; i--) {
            int from = i - limbs;
            long high = from >= 0 ? s[at + from] << bits : 0;
            long low = from >= 1 && bits != 0 ? s[at + from - 1] >>> (64 - bits) : 0;
            s[at + i] = high | low;
        }
    }

    static void shr(long[] s, int sp) {
        shiftRight(s, sp, 0);
    }

    static void sar(long[] s, int sp) {
        shiftRight(s, sp, s[sp - 1] >> 63);
    }

    private static void shiftRight(long[] s, int sp, long fill) {
        int at = sp - LIMBS;
        boolean isOut = !fitsLong(s, sp) || s[sp] >= 256;
        int limbs = isOut ? LIMBS : (int) s[sp] >> 6;
        int bits = isOut ? 0 : (int) s[sp] & 63;
        for (int i = 0; i < LIMBS; i++) {
            int from = i + limbs;
            long low = from < LIMBS ? s[at + from] : fill;
            long high = from + 1 < LIMBS ? s[at + from + 1] : fill;
            s[at + i] = bits == 0 ? low : low >>> bits | high << (64 - bits);
        }
    }

    static void clz(long[] s, int sp) {
        set(s, sp, 256 - bitLength(s, sp));
    }

    static boolean isLess(long[] s, int x, int y) {
        for (int i = LIMBS - 1; i > 0; i--) {
            if (s[x + i] != s[y + i]) return s[x + i] + SIGN < s[y + i] + SIGN;
        }
        return s[x] + SIGN < s[y] + SIGN;
    }

    private static boolean isSignedLess(long[] s, int x, int y) {
        long xTop = s[x + 3];
        long yTop = s[y + 3];
        return (xTop ^ yTop) < 0 ? xTop < 0 : isLess(s, x, y);
    }

    static boolean isZeroAt(long[] s, int at) {
        return (s[at] | s[at + 1] | s[at + 2] | s[at + 3]) == 0;
    }

    /** Whether the word is at most 2^63-1. */
    static boolean fitsLong(long[] s, int at) {
        return (s[at + 1] | s[at + 2] | s[at + 3]) == 0 && s[at] >= 0;
    }

    /** The word, or 2^63-1 where it is more. */
    static long clamped(long[] s, int at) {
        return fitsLong(s, at) ? s[at] : Long.MAX_VALUE;
    }

    static int bitLength(long[] s, int at) {
        for (int i = LIMBS - 1; i >= 0; i--) {
            if (s[at + i] != 0) return 64 * (i + 1) - Long.numberOfLeadingZeros(s[at + i]);
        }
        return 0;
    }

    static void set(long[] s, int at, long low) {
        s[at] = low;
        s[at + 1] = 0;
        s[at + 2] = 0;
        s[at + 3] = 0;
    }

    static void copy(long[] s, int from, int to) {
        s[to] = s[from];
        s[to + 1] = s[from + 1];
        s[to + 2] = s[from + 2];
        s[to + 3] = s[from + 3];
    }

    static void swap(long[] s, int x, int y) {
        for (int i = 0; i < LIMBS; i++) {
            long kept = s[x + i];
            s[x + i] = s[y + i];
            s[y + i] = kept;
        }
    }

    static void negate(long[] s, int at) {
        long carry = 1;
        for (int i = 0; i < LIMBS; i++) {
            long flipped = ~s[at + i];
            s[at + i] = flipped + carry;
            carry = s[at + i] == 0 ? carry : 0;
        }
    }

    /** Reads 32 big-endian bytes. */
    static void load(long[] s, int at, byte[] bytes, int offset) {
        s[at + 3] = (long) BIG_ENDIAN.get(bytes, offset);
        s[at + 2] = (long) BIG_ENDIAN.get(bytes, offset + 8);
        s[at + 1] = (long) BIG_ENDIAN.get(bytes, offset + 16);
        s[at] = (long) BIG_ENDIAN.get(bytes, offset + 24);
    }

    /**
     * Reads {@code size} big-endian bytes, 1 to 32; eight bytes from {@code offset} must be there.
     */
    static void load(long[] s, int at, byte[] bytes, int offset, int size) {
        for (int i = 0; i < LIMBS; i++) {
            int left = size - 8 * i;
            long limb = 0;
            if (left >= 8) {
                limb = (long) BIG_ENDIAN.get(bytes, offset + left - 8);
            } else if (left > 0) {
                limb = (long) BIG_ENDIAN.get(bytes, offset) >>> (64 - 8 * left);
            }
            s[at + i] = limb;
        }
    }

    /** Writes 32 big-endian bytes. */
    static void store(long[] s, int at, byte[] bytes, int offset) {
        BIG_ENDIAN.set(bytes, offset, s[at + 3]);
        BIG_ENDIAN.set(bytes, offset + 8, s[at + 2]);
        BIG_ENDIAN.set(bytes, offset + 16, s[at + 1]);
        BIG_ENDIAN.set(bytes, offset + 24, s[at]);
    }

    static void set(long[] s, int at, UInt256 value) {
        load(s, at, value.toArrayUnsafe(), 0);
    }

    static void set(long[] s, int at, Address address) {
        s[at] = address.mid() << 32 | (address.low() & 0xffff_ffffL);
        s[at + 1] = address.high() << 32 | address.mid() >>> 32;
        s[at + 2] = address.high() >>> 32;
        s[at + 3] = 0;
    }

    static UInt256 toUInt256(long[] s, int at) {
        return UInt256.fromBytes(toBytes32(s, at));
    }

    static Bytes32 toBytes32(long[] s, int at) {
        byte[] bytes = new byte[32];
        store(s, at, bytes, 0);
        return Bytes32.wrap(bytes);
    }

    /** The low 20 bytes. */
    static Address toAddress(long[] s, int at) {
        long high = s[at + 2] << 32 | s[at + 1] >>> 32;
        long mid = s[at + 1] << 32 | s[at] >>> 32;
        return new Address(high, mid, (int) s[at]);
    }
}

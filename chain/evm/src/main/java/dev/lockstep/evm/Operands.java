package dev.lockstep.evm;

/**
 * Operators of {@link U256} with each operand and the result wherever they are: {@code x}, {@code
 * y} and {@code to} are indices of lowest limbs. The result may take an operand's place, or lie
 * beside it, never across. Constants are in an array of their own.
 */
final class Operands {
    private static final long SIGN = Long.MIN_VALUE;

    private Operands() {}

    static void add(long[] s, int x, long[] k, int y, int to) {
        long carry = 0;
        for (int i = 0; i < U256.LIMBS; i++) {
            long a = s[x + i];
            long b = k[y + i];
            long sum = a + b + carry;
            carry = U256.carryOf(a, b, sum);
            s[to + i] = sum;
        }
    }

    /** Adds a number of 31 bits. */
    static void addSmall(long[] s, int x, int number, int to) {
        long sum = s[x] + number;
        s[to] = sum;
        long s1 = s[x + 1];
        long s2 = s[x + 2];
        long s3 = s[x + 3];
        if (Long.compareUnsigned(sum, number) < 0 && ++s1 == 0 && ++s2 == 0) ++s3;
        s[to + 1] = s1;
        s[to + 2] = s2;
        s[to + 3] = s3;
    }

    static void sub(long[] s, int x, int y, int to) {
        long borrow = 0;
        for (int i = 0; i < U256.LIMBS; i++) {
            long a = s[x + i];
            long b = s[y + i];
            long difference = a - b - borrow;
            borrow = U256.borrowOf(a, b, difference);
            s[to + i] = difference;
        }
    }

    static void mul(long[] s, int x, long[] k, int y, int to) {
        long x0 = s[x];
        long x1 = s[x + 1];
        long x2 = s[x + 2];
        long x3 = s[x + 3];
        long y0 = k[y];
        long y1 = k[y + 1];
        long y2 = k[y + 2];
        long y3 = k[y + 3];
        s[to] = x0 * y0;
        long high = Math.unsignedMultiplyHigh(x0, y0);
        if ((x1 | x2 | x3 | y1 | y2 | y3) == 0) {
            s[to + 1] = high;
            s[to + 2] = 0;
            s[to + 3] = 0;
            return;
        }
        // Column by column: the low halves of one column, the high halves of the one before.
        long a = x0 * y1;
        long b = x1 * y0;
        long sum = high + a;
        long carry = U256.carryOf(high, a, sum);
        long column = sum + b;
        carry += U256.carryOf(sum, b, column);
        s[to + 1] = column;
        s[to + 3] = x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0;
        mulHigh(s, to, carry, x0, y0, x1, y1, x2, y2);
    }

    /**
     * The third column and the high halves that it gives the fourth. Limbs as parameters, although
     * there are many: they are in registers.
     */
    private static void mulHigh(
            long[] s, int to, long carryIn, long x0, long y0, long x1, long y1, long x2, long y2) {
        long carry = 0;
        long sum = carryIn;
        long term = Math.unsignedMultiplyHigh(x0, y1);
        long next = sum + term;
        carry += U256.carryOf(sum, term, next);
        sum = next;
        term = Math.unsignedMultiplyHigh(x1, y0);
        next = sum + term;
        carry += U256.carryOf(sum, term, next);
        sum = next;
        term = x0 * y2;
        next = sum + term;
        carry += U256.carryOf(sum, term, next);
        sum = next;
        term = x1 * y1;
        next = sum + term;
        carry += U256.carryOf(sum, term, next);
        sum = next;
        term = x2 * y0;
        next = sum + term;
        carry += U256.carryOf(sum, term, next);
        s[to + 2] = next;
        s[to + 3] +=
                carry
                        + Math.unsignedMultiplyHigh(x0, y2)
                        + Math.unsignedMultiplyHigh(x1, y1)
                        + Math.unsignedMultiplyHigh(x2, y0);
    }

    static void load(long[] k, int from, long[] s, int to) {
        s[to] = k[from];
        s[to + 1] = k[from + 1];
        s[to + 2] = k[from + 2];
        s[to + 3] = k[from + 3];
    }

    static void and(long[] s, int x, long[] k, int y, int to) {
        for (int i = 0; i < U256.LIMBS; i++) s[to + i] = s[x + i] & k[y + i];
    }

    static void or(long[] s, int x, int y, int to) {
        for (int i = 0; i < U256.LIMBS; i++) s[to + i] = s[x + i] | s[y + i];
    }

    static void xor(long[] s, int x, int y, int to) {
        for (int i = 0; i < U256.LIMBS; i++) s[to + i] = s[x + i] ^ s[y + i];
    }

    static boolean isEqual(long[] s, int x, long[] k, int y) {
        return ((s[x] ^ k[y])
                        | (s[x + 1] ^ k[y + 1])
                        | (s[x + 2] ^ k[y + 2])
                        | (s[x + 3] ^ k[y + 3]))
                == 0;
    }

    static boolean isLess(long[] a, int x, long[] b, int y) {
        long high = (a[x + 3] ^ b[y + 3]) | (a[x + 2] ^ b[y + 2]) | (a[x + 1] ^ b[y + 1]);
        return high == 0 ? a[x] + SIGN < b[y] + SIGN : isLessAbove(a, x, b, y);
    }

    private static boolean isLessAbove(long[] a, int x, long[] b, int y) {
        int i = 3;
        while (a[x + i] == b[y + i]) i--;
        return a[x + i] + SIGN < b[y + i] + SIGN;
    }

    static boolean isSignedLess(long[] s, int x, int y) {
        long xTop = s[x + 3];
        long yTop = s[y + 3];
        return (xTop ^ yTop) < 0 ? xTop < 0 : isLess(s, x, s, y);
    }

    static void shl(long[] s, int x, int shift, int to) {
        int limbs = shift >> 6;
        int bits = shift & 63;
        for (int i = U256.LIMBS - 1; i >= 0; i--) {
            int from = i - limbs;
            long high = from >= 0 ? s[x + from] << bits : 0;
            long low = from >= 1 && bits != 0 ? s[x + from - 1] >>> (64 - bits) : 0;
            s[to + i] = high | low;
        }
    }

    static void shr(long[] s, int x, int shift, int to) {
        int limbs = shift >> 6;
        int bits = shift & 63;
        for (int i = 0; i < U256.LIMBS; i++) {
            int from = i + limbs;
            long low = from < U256.LIMBS ? s[x + from] >>> bits : 0;
            long high = from + 1 < U256.LIMBS && bits != 0 ? s[x + from + 1] << (64 - bits) : 0;
            s[to + i] = low | high;
        }
    }
}

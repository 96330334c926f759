package dev.lockstep.inference;

import java.math.BigInteger;

/**
 * The arithmetic LKA-1: every place where a number is rounded.
 *
 * <p>All methods assume the bounds that loading a model proves; none overflows within them.
 */
public final class FixedPoint {
    /** Fractional bits of an exponent given to {@link #exp2neg}. */
    static final int EXPONENT_BITS = 16;

    /** Fractional bits of what {@link #exp2neg} yields. */
    static final int POWER_BITS = 30;

    /** Shifts that bring any float to 32 bits, and some more. */
    static final int FLOAT_SHIFT_MIN = -128;

    static final int FLOAT_SHIFT_MAX = 192;

    /** Stored bits of a float32's fraction, and the stored exponent with which they count units. */
    private static final int FLOAT_FRACTION_BITS = 23;

    private static final int FLOAT_UNIT_EXPONENT = 150;

    private static final int STEPS = 256;
    private static final int[] POWERS = powers();
    private static final int[] LOGARITHMS = logarithms();

    private FixedPoint() {}

    /**
     * {@code floor((a * multiplier + 2^(shift-1)) / 2^shift)}: one rounding, ties upward; RQ of the
     * specification.
     */
    public static long rescale(long a, long multiplier, int shift) {
        return (a * multiplier + (1L << (shift - 1))) >> shift;
    }

    /**
     * {@code floor((sum + 2^(shift-1)) / 2^shift)} of a sum that is already scaled: RQ2 of the
     * specification.
     */
    public static long roundShift(long scaledSum, int shift) {
        return (scaledSum + (1L << (shift - 1))) >> shift;
    }

    /** The nearest value within {@code lo..hi}. */
    public static int clip(long value, int lo, int hi) {
        return (int) Math.min(hi, Math.max(lo, value));
    }

    /**
     * {@code floor((2n + d) / 2d)}: the quotient rounded to nearest, ties upward, for {@code d >
     * 0}.
     */
    public static long divideRounded(long n, long d) {
        return Math.floorDiv(2 * n + d, 2 * d);
    }

    /** Greatest r with {@code r * r <= v}, for {@code v >= 0}. */
    public static long sqrtFloor(long v) {
        long rest = v;
        long root = 0;
        for (long bit = v == 0 ? 0 : 1L << ((63 - Long.numberOfLeadingZeros(v)) & ~1);
                bit != 0;
                bit >>= 2) {
            // Without a branch, which no processor could predict.
            long less = rest - root - bit;
            long fits = ~(less >> 63);
            rest -= (root + bit) & fits;
            root = (root >> 1) + (bit & fits);
        }
        return root;
    }

    /**
     * {@code 2^-t} by a table of 257 powers and a straight line between two of them.
     *
     * @param t exponent, at least 0
     * @unit t: 2^-16; result: 2^-30
     * @source LKA-1, relative error 9.2e-7 before the last shift
     */
    public static long exp2neg(long t) {
        long whole = t >> EXPONENT_BITS;
        if (whole >= POWER_BITS + 1) {
            return 0;
        }
        int n = (int) whole;
        int step = (int) (t >> 8) & 0xff;
        long rest = t & 0xff;
        long power = POWERS[step] + (((POWERS[step + 1] - POWERS[step]) * rest + 128) >> 8);
        return (power + ((1L << n) >> 1)) >> n;
    }

    /**
     * The integer nearest to {@code x · 2^shift}, ties upward, cut to 32 bits without the least.
     *
     * @param key of the float x, which is not missing
     * @param shift {@value #FLOAT_SHIFT_MIN} to {@value #FLOAT_SHIFT_MAX}
     */
    static int ofFloat(int key, int shift) {
        int bits = Math.abs(key);
        int exponent = Math.max(1, bits >>> FLOAT_FRACTION_BITS);
        int fraction = bits & ((1 << FLOAT_FRACTION_BITS) - 1);
        long size =
                bits >>> FLOAT_FRACTION_BITS == 0
                        ? fraction
                        : fraction | (1L << FLOAT_FRACTION_BITS);
        int left = exponent - FLOAT_UNIT_EXPONENT + shift;
        long most = Integer.MAX_VALUE;
        if (left >= Integer.SIZE || bits == FloatKey.INFINITY) {
            size = size == 0 ? 0 : most;
            return (int) (key < 0 ? -size : size);
        }
        long whole = key < 0 ? -size : size;
        long value = left >= 0 ? whole << left : roundShift(whole, Math.min(-left, Integer.SIZE));
        return clip(value, -Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /**
     * {@code value} at {@code r/128} of the way from {@code from} to {@code to}, as wide tables are
     * read.
     */
    static int interpolate(int from, int to, int r) {
        return (int) (from + ((((long) to - from) * r + 64) >> 7));
    }

    /**
     * The logarithm to the base of two by a table of 257 and a straight line between two of them.
     *
     * @param v at least 1
     * @unit result: 2^-30
     * @source LKA-1, error at most 2.8e-6
     */
    public static long log2(long v) {
        int whole = 63 - Long.numberOfLeadingZeros(v);
        long fraction = (v << (62 - whole)) - (1L << 62);
        int step = (int) (fraction >> 54);
        long rest = (fraction >> 38) & 0xffff;
        long rise = (long) LOGARITHMS[step + 1] - LOGARITHMS[step];
        return ((long) whole << POWER_BITS) + LOGARITHMS[step] + ((rise * rest + (1 << 15)) >> 16);
    }

    /** The table of {@link #exp2neg}. */
    static Ints powersOfTwo() {
        return Ints.of(POWERS);
    }

    /** The table of {@link #log2}. */
    static Ints logarithmsOfTwo() {
        return Ints.of(LOGARITHMS);
    }

    /** Entry i is the integer nearest to 2^30 · log2(1 + i/256), taken bit by bit from squares. */
    private static int[] logarithms() {
        int precision = 160;
        int[] table = new int[STEPS + 1];
        for (int i = 0; i < STEPS; i++) {
            BigInteger x = BigInteger.valueOf(STEPS + i).shiftLeft(precision - 8);
            int bits = 0;
            for (int bit = 0; bit <= POWER_BITS; bit++) {
                x = x.multiply(x).shiftRight(precision);
                boolean doubled = x.testBit(precision + 1);
                bits = (bits << 1) | (doubled ? 1 : 0);
                x = doubled ? x.shiftRight(1) : x;
            }
            table[i] = (bits + 1) >> 1;
        }
        table[STEPS] = 1 << POWER_BITS;
        return table;
    }

    /** Entry i is the integer nearest to 2^(30 - i/256), taken as an exact 256th root. */
    private static int[] powers() {
        int[] table = new int[STEPS + 1];
        for (int i = 0; i <= STEPS; i++) {
            BigInteger root = BigInteger.ONE.shiftLeft(POWER_BITS * STEPS - i + STEPS);
            for (int halvings = 0; halvings < 8; halvings++) {
                root = root.sqrt();
            }
            table[i] = root.add(BigInteger.ONE).shiftRight(1).intValueExact();
        }
        return table;
    }
}

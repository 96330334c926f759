package dev.lockstep.inference;

/**
 * A float32 as an integer of the same order, so that integers decide every comparison of floats:
 * {@code a <= b} exactly where {@code key(a) <= key(b)}, and no key lies between those of
 * neighbouring floats. Both zeros have the key 0; {@code key(-a) == -key(a)}.
 *
 * @source IEEE 754 binary32: without its sign, the bit pattern grows with the value
 */
public final class FloatKey {
    /** Stands for every NaN: a value that is missing. */
    public static final int MISSING = Integer.MIN_VALUE;

    /** The key of positive infinity, and the greatest there is. */
    public static final int INFINITY = 0x7f800000;

    /** The key of the greatest finite number. */
    public static final int FINITE_MAX = INFINITY - 1;

    private static final int MAGNITUDE = 0x7fffffff;

    private FloatKey() {}

    /** The key of the float with this bit pattern. */
    public static int ofBits(int bits) {
        int magnitude = bits & MAGNITUDE;
        if (magnitude > INFINITY) {
            return MISSING;
        }
        return bits < 0 ? -magnitude : magnitude;
    }

    /**
     * The bit pattern of a float with this key: of zeros the positive one, of NaN the quiet one.
     */
    public static int bits(int key) {
        if (key == MISSING) {
            return 0x7fc00000;
        }
        return key < 0 ? -key | ~MAGNITUDE : key;
    }
}

package dev.lockstep.inference;

import java.util.Arrays;

/** Immutable sequence of 32-bit integers with value equality. */
public final class Ints {
    /** The empty sequence. */
    public static final Ints NONE = new Ints(new int[0]);

    private final int[] values;

    private Ints(int[] values) {
        this.values = values;
    }

    /** A copy of these values. */
    public static Ints of(int... values) {
        return new Ints(values.clone());
    }

    /** The same value {@code count} times. */
    public static Ints repeat(int value, int count) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return new Ints(values);
    }

    public int length() {
        return values.length;
    }

    public int get(int index) {
        return values[index];
    }

    /** A fresh array of the values. */
    public int[] toArray() {
        return values.clone();
    }

    /** The values themselves, for loops that only read. */
    int[] array() {
        return values;
    }

    /** The 64-bit number whose high word stands at {@code at}, its low word after that. */
    public static long number(Ints words, int at) {
        return ((long) words.values[at] << 32) | (words.values[at + 1] & 0xffffffffL);
    }

    Ints slice(int from, int to) {
        return new Ints(Arrays.copyOfRange(values, from, to));
    }

    /** Least and greatest of the values from {@code first} to {@code last}, both included. */
    Interval range(int first, int last) {
        int lo = values[first];
        int hi = lo;
        for (int i = first + 1; i <= last; i++) {
            lo = Math.min(lo, values[i]);
            hi = Math.max(hi, values[i]);
        }
        return new Interval(lo, hi);
    }

    static Ints concat(Ints... parts) {
        int length = 0;
        for (Ints part : parts) {
            length += part.values.length;
        }
        int[] joined = new int[length];
        int at = 0;
        for (Ints part : parts) {
            System.arraycopy(part.values, 0, joined, at, part.values.length);
            at += part.values.length;
        }
        return new Ints(joined);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ints ints && Arrays.equals(values, ints.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }
}

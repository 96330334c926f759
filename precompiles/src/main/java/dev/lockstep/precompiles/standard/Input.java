package dev.lockstep.precompiles.standard;

import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.Bytes32;
import org.apache.tuweni.bytes.MutableBytes;

/** Call data as precompiles read it: endless, with zeros after its end. */
public final class Input {
    private Input() {}

    /**
     * {@code size} bytes from {@code offset}.
     *
     * @cost O(size), whatever the offset
     */
    public static Bytes slice(Bytes input, long offset, int size) {
        if (offset >= input.size()) return Bytes.wrap(new byte[size]);
        int start = (int) offset;
        if (input.size() - start >= size) return input.slice(start, size);
        MutableBytes padded = MutableBytes.create(size);
        input.slice(start).copyTo(padded, 0);
        return padded;
    }

    static Bytes32 word(Bytes input, long offset) {
        return Bytes32.wrap(slice(input, offset, Bytes32.SIZE));
    }

    /** Words of 32 bytes that hold the input, the last one perhaps in part. */
    static long words(Bytes input) {
        return (input.size() + 31L) / 32;
    }
}

package dev.lockstep.types;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Writes RLP. Reading is {@link RlpReader}.
 *
 * @source Yellow Paper, appendix B
 */
public final class Rlp {
    /** How deep lists may nest in anything that Lockstep reads. */
    public static final int DEPTH_MAX = 64;

    private static final int SIZE_BYTES_FIRST = 256;

    private byte[] buffer = new byte[SIZE_BYTES_FIRST];
    private int size;

    private Rlp() {}

    /** One list whose items {@code items} writes. */
    public static Bytes list(Consumer<Rlp> items) {
        return new Rlp().nested(items).toBytes();
    }

    /** A type byte, and a list behind it. @source EIP-2718 */
    static Bytes typed(int type, Consumer<Rlp> items) {
        Rlp out = new Rlp();
        out.buffer[out.size++] = (byte) type;
        return out.nested(items).toBytes();
    }

    /** One byte string. */
    public static Bytes string(Bytes value) {
        return new Rlp().bytes(value).toBytes();
    }

    /** A string item. */
    public Rlp bytes(Bytes value) {
        return bytes(value.toArrayUnsafe(), 0, value.size());
    }

    private Rlp bytes(byte[] from, int start, int count) {
        if (count != 1 || (from[start] & 0x80) != 0) header(size, 0x80, count);
        return copy(from, start, count);
    }

    /** A scalar: big-endian without leading zeros, unsigned. */
    public Rlp number(long value) {
        int count = bytesOf(value);
        if (count != 1 || (value & 0x80) != 0) header(size, 0x80, count);
        reserve(count);
        size = write(value, count, size);
        return this;
    }

    /** A scalar: big-endian without leading zeros. */
    public Rlp number(UInt256 value) {
        if (value.fitsLong()) return number(value.toLong());
        byte[] all = value.toArrayUnsafe();
        int start = 0;
        while (start < all.length && all[start] == 0) start++;
        return bytes(all, start, all.length - start);
    }

    public Rlp hash(Hash value) {
        return bytes(value.bytes());
    }

    public Rlp address(Address value) {
        return bytes(value.bytes());
    }

    /** A nested list. */
    public Rlp nested(Consumer<Rlp> items) {
        int start = size;
        items.accept(this);
        header(start, 0xc0, size - start);
        return this;
    }

    /** A nested list of like items. */
    public <T> Rlp each(Collection<T> values, BiConsumer<Rlp, T> item) {
        return nested(list -> values.forEach(value -> item.accept(list, value)));
    }

    /** An item that is RLP already. */
    public Rlp raw(Bytes encoded) {
        return copy(encoded.toArrayUnsafe(), 0, encoded.size());
    }

    private Rlp copy(byte[] from, int start, int count) {
        reserve(count);
        System.arraycopy(from, start, buffer, size, count);
        size += count;
        return this;
    }

    /** Puts the header of {@code count} bytes before what is written from {@code start} on. */
    private void header(int start, int base, int count) {
        int lengthBytes = count < 56 ? 0 : bytesOf(count);
        reserve(1 + lengthBytes);
        System.arraycopy(buffer, start, buffer, start + 1 + lengthBytes, size - start);
        size += 1 + lengthBytes;
        buffer[start] = (byte) (lengthBytes == 0 ? base + count : base + 55 + lengthBytes);
        write(count, lengthBytes, start + 1);
    }

    private static int bytesOf(long value) {
        return (Long.SIZE - Long.numberOfLeadingZeros(value) + 7) / 8;
    }

    /** The low {@code count} bytes, big-endian; gives the place behind them. */
    private int write(long value, int count, int at) {
        for (int i = 0; i < count; i++) buffer[at + i] = (byte) (value >>> (8 * (count - 1 - i)));
        return at + count;
    }

    private void reserve(int count) {
        int needed = Math.addExact(size, count);
        if (needed > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(needed, 2 * buffer.length));
        }
    }

    private Bytes toBytes() {
        return Bytes.wrap(Arrays.copyOf(buffer, size));
    }
}

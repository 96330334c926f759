package dev.lockstep.types;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.units.bigints.UInt256;

/**
 * Reads RLP strictly: one encoding for one value, no length past the end, no leading zeros in
 * scalars, nesting bounded. Nothing is copied or allocated before its length is checked.
 *
 * @fails every method: {@link RlpException}, with the offset in the outermost bytes
 * @source Yellow Paper, appendix B
 */
public final class RlpReader {
    private final Bytes data;
    private final int offset;
    private final int depth;
    private int at;

    private RlpReader(Bytes data, int offset, int depth) {
        this.data = data;
        this.offset = offset;
        this.depth = depth;
    }

    /** A reader of the one item that {@code data} must be. */
    public static RlpReader of(Bytes data) {
        return new RlpReader(data, 0, 0);
    }

    /** {@code data} as one list, nothing behind it. */
    public static <T> T list(Bytes data, Function<RlpReader, T> items) {
        RlpReader reader = of(data);
        T value = reader.nested(items);
        reader.end();
        return value;
    }

    public boolean hasMore() {
        return at < data.size();
    }

    public boolean nextIsList() {
        return peek() >= 0xc0;
    }

    /** A string of any length. */
    public Bytes bytes() {
        Item item = item();
        if (item.isList) throw fault("a string was expected, found a list", at);
        at = item.start + item.size;
        return data.slice(item.start, item.size);
    }

    /** A string of exactly {@code size} bytes. */
    public Bytes bytes(int size) {
        int start = at;
        Bytes value = bytes();
        if (value.size() != size) {
            throw fault("expected " + size + " bytes, found " + value.size(), start);
        }
        return value;
    }

    public Hash hash() {
        return Hash.of(bytes(32));
    }

    public Address address() {
        return Address.of(bytes(Address.SIZE_BYTES));
    }

    /** A scalar of at most 8 bytes, unsigned. */
    public long number() {
        Bytes value = scalar(8);
        return value.isEmpty() ? 0 : value.toLong();
    }

    /** A scalar from 0 to 2^63-1. */
    public long positive() {
        int start = at;
        long value = number();
        if (value < 0) {
            throw fault(Long.toUnsignedString(value) + " is over 2^63-1", start);
        }
        return value;
    }

    /** A scalar of at most 256 bits. */
    public UInt256 number256() {
        return UInt256.fromBytes(scalar(32));
    }

    private Bytes scalar(int sizeMax) {
        int start = at;
        Bytes value = bytes();
        if (value.size() > sizeMax) {
            throw fault("a scalar of " + value.size() + " bytes, at most " + sizeMax, start);
        }
        if (!value.isEmpty() && value.get(0) == 0) {
            throw fault("a scalar with a leading zero", start);
        }
        return value;
    }

    /** A nested list, which {@code items} must read to its end. */
    public <T> T nested(Function<RlpReader, T> items) {
        Item item = item();
        if (!item.isList) throw fault("a list was expected, found a string", at);
        if (depth + 1 > Rlp.DEPTH_MAX) {
            throw fault("lists nest deeper than " + Rlp.DEPTH_MAX, at);
        }
        at = item.start + item.size;
        RlpReader inner =
                new RlpReader(data.slice(item.start, item.size), offset + item.start, depth + 1);
        T value = items.apply(inner);
        inner.end();
        return value;
    }

    /** A nested list of like items, at most {@code countMax} of them. */
    public <T> List<T> each(int countMax, Function<RlpReader, T> item) {
        return nested(
                list -> {
                    List<T> values = new ArrayList<>();
                    while (list.hasMore()) {
                        if (values.size() == countMax) {
                            throw list.fault("more than " + countMax + " items", list.at);
                        }
                        values.add(item.apply(list));
                    }
                    return List.copyOf(values);
                });
    }

    /** The next item as it stands, header included; its inside is not looked at. */
    public Bytes raw() {
        int start = at;
        Item item = item();
        at = item.start + item.size;
        return data.slice(start, at - start);
    }

    /**
     * @fails where anything is left
     */
    public void end() {
        if (hasMore()) throw fault((data.size() - at) + " bytes too many", at);
    }

    /** A refusal of what stands at this reader's place. */
    public RlpException refuse(String reason) {
        return fault(reason, at);
    }

    private record Item(boolean isList, int start, int size) {}

    private int peek() {
        if (!hasMore()) throw fault("the data ends where an item was expected", at);
        return data.get(at) & 0xff;
    }

    private Item item() {
        int first = peek();
        if (first < 0x80) return new Item(false, at, 1);
        boolean isList = first >= 0xc0;
        int base = isList ? 0xc0 : 0x80;
        int lengthCode = first - base;
        int sizeBytes = lengthCode < 56 ? 0 : lengthCode - 55;
        int start = at + 1 + sizeBytes;
        long size = lengthCode < 56 ? lengthCode : longSize(sizeBytes);
        if (size > data.size() - (long) start) {
            throw fault(
                    "a length of "
                            + size
                            + " bytes, "
                            + Math.max(0, data.size() - start)
                            + " are left",
                    at);
        }
        if (!isList && size == 1 && (data.get(start) & 0x80) == 0) {
            throw fault("a single byte below 0x80 with a length before it", at);
        }
        return new Item(isList, start, (int) size);
    }

    private long longSize(int sizeBytes) {
        if (sizeBytes > data.size() - at - 1) throw fault("the data ends inside a length", at);
        if (sizeBytes > 4) throw fault("a length of " + sizeBytes + " bytes, at most 4", at);
        if (data.get(at + 1) == 0) throw fault("a length with a leading zero", at);
        long size = 0;
        for (int i = 0; i < sizeBytes; i++) size = size << 8 | (data.get(at + 1 + i) & 0xff);
        if (size < 56) throw fault("a long length for only " + size + " bytes", at);
        return size;
    }

    private RlpException fault(String reason, int where) {
        return new RlpException("RLP at byte " + (offset + where) + ": " + reason);
    }
}

package dev.lockstep.types;

import java.io.ByteArrayOutputStream;
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

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private Rlp() {}

    /** One list whose items {@code items} writes. */
    public static Bytes list(Consumer<Rlp> items) {
        Rlp inner = new Rlp();
        items.accept(inner);
        Rlp outer = new Rlp();
        outer.wrap(inner);
        return outer.toBytes();
    }

    /** One byte string. */
    public static Bytes string(Bytes value) {
        return new Rlp().bytes(value).toBytes();
    }

    /** A string item. */
    public Rlp bytes(Bytes value) {
        int size = value.size();
        if (size != 1 || (value.get(0) & 0x80) != 0) header(0x80, size);
        out.writeBytes(value.toArrayUnsafe());
        return this;
    }

    /** A scalar: big-endian without leading zeros, unsigned. */
    public Rlp number(long value) {
        return bytes(Bytes.minimalBytes(value));
    }

    /** A scalar: big-endian without leading zeros. */
    public Rlp number(UInt256 value) {
        return bytes(value.toMinimalBytes());
    }

    public Rlp hash(Hash value) {
        return bytes(value.bytes());
    }

    public Rlp address(Address value) {
        return bytes(value.bytes());
    }

    /** A nested list. */
    public Rlp nested(Consumer<Rlp> items) {
        Rlp inner = new Rlp();
        items.accept(inner);
        return wrap(inner);
    }

    /** A nested list of like items. */
    public <T> Rlp each(Collection<T> values, BiConsumer<Rlp, T> item) {
        return nested(list -> values.forEach(value -> item.accept(list, value)));
    }

    /** An item that is RLP already. */
    public Rlp raw(Bytes encoded) {
        out.writeBytes(encoded.toArrayUnsafe());
        return this;
    }

    private Rlp wrap(Rlp inner) {
        header(0xc0, inner.out.size());
        out.writeBytes(inner.out.toByteArray());
        return this;
    }

    private void header(int base, int size) {
        if (size < 56) {
            out.write(base + size);
            return;
        }
        Bytes length = Bytes.minimalBytes(size);
        out.write(base + 55 + length.size());
        out.writeBytes(length.toArrayUnsafe());
    }

    private Bytes toBytes() {
        return Bytes.wrap(out.toByteArray());
    }
}

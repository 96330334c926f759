package dev.lockstep.state;

import dev.lockstep.types.Address;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.tuweni.bytes.Bytes;
import org.apache.tuweni.bytes.MutableBytes;
import org.apache.tuweni.units.bigints.UInt256;

/** How keys are written, so that their order is the order of what they name. */
final class Keys {
    private static final Bytes LAST = Bytes.repeat((byte) 0xff, 128);

    /**
     * The order of keys: byte by byte, unsigned, a key before those that it begins. {@link Bytes}'
     * own order is that of numbers, in which 0x00 equals nothing at all.
     */
    static final Comparator<Bytes> ORDER =
            (a, b) -> Arrays.compareUnsigned(a.toArrayUnsafe(), b.toArrayUnsafe());

    private Keys() {}

    static Bytes slot(Address address, UInt256 slot) {
        return Bytes.concatenate(address.bytes(), slot.toBytes());
    }

    static Address addressOf(Bytes slotKey) {
        return Address.of(slotKey.slice(0, Address.SIZE_BYTES));
    }

    static UInt256 slotOf(Bytes slotKey) {
        return UInt256.fromBytes(slotKey.slice(Address.SIZE_BYTES));
    }

    static Bytes at(Bytes key, long number) {
        return Bytes.concatenate(key, Bytes.ofUnsignedLong(number));
    }

    /** The first key that does not begin with {@code prefix}. */
    static Bytes after(Bytes prefix) {
        MutableBytes next = prefix.mutableCopy();
        for (int i = next.size() - 1; i >= 0; i--) {
            byte raised = (byte) (next.get(i) + 1);
            next.set(i, raised);
            if (raised != 0) return next.slice(0, i + 1);
        }
        return LAST;
    }
}

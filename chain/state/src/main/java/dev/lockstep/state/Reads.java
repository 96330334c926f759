package dev.lockstep.state;

import java.util.function.BiPredicate;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** Reading a store, or one fixed state of it. */
public interface Reads {
    /** The value, or null where there is none. */
    @Nullable Bytes get(Column column, Bytes key);

    /**
     * Visits keys in ascending order (unsigned bytes) from {@code from} on, below {@code to}, until
     * {@code visit} answers false.
     *
     * @param to the first key that is not visited
     */
    void scan(Column column, Bytes from, Bytes to, BiPredicate<Bytes, Bytes> visit);

    /** Visits all keys that begin with {@code prefix}. */
    default void scanPrefix(Column column, Bytes prefix, BiPredicate<Bytes, Bytes> visit) {
        scan(column, prefix, Keys.after(prefix), visit);
    }
}

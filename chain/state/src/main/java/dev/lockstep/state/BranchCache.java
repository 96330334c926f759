package dev.lockstep.state;

import dev.lockstep.state.TrieNode.Branch;
import dev.lockstep.state.TrieNode.Stored;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Branches of tries by their hashes, so that those near the roots are not read, checked and decoded
 * for every block. A hash means one node for ever, so nothing in it can be out of date, whatever is
 * written, undone or read by whom. Each hash has one place, and the last to come has it.
 *
 * @cost at most {@value #PLACES} branches of 1.1 KiB
 */
final class BranchCache {
    static final BranchCache NONE = new BranchCache(1);
    static final int PLACES = 1 << 16;

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private record Entry(Stored name, Branch branch) {}

    private final AtomicReferenceArray<@Nullable Entry> entries;

    BranchCache() {
        this(PLACES);
    }

    private BranchCache(int places) {
        entries = new AtomicReferenceArray<>(places);
    }

    @Nullable Branch get(Stored name) {
        Entry entry = entries.get(place(name));
        return entry != null && isSame(entry.name, name) ? entry.branch : null;
    }

    /**
     * Keeps a node that was made, as it will be read again.
     *
     * @param encoded the encoding of {@code made}, which its children then point into: those of
     *     {@code made} may point into older ones and would keep them
     */
    void put(Stored name, TrieNode made, Bytes encoded) {
        if (this != NONE && made instanceof Branch) put(name, TrieNode.decode(encoded));
    }

    /** Keeps branches; other nodes are small and seldom met twice. */
    void put(Stored name, TrieNode node) {
        if (this != NONE && node instanceof Branch branch) {
            // A copy: the name may lie in the parent's encoding and would keep that.
            entries.set(place(name), new Entry(Stored.of(name.hash()), branch));
        }
    }

    private int place(Stored name) {
        return (int) (long) LONG.get(name.source(), name.offset()) & entries.length() - 1;
    }

    private static boolean isSame(Stored a, Stored b) {
        return Arrays.equals(
                a.source(),
                a.offset(),
                a.offset() + TrieNode.HASH_SIZE_BYTES,
                b.source(),
                b.offset(),
                b.offset() + TrieNode.HASH_SIZE_BYTES);
    }
}

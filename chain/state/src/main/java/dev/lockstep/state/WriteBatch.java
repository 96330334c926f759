package dev.lockstep.state;

import java.util.ArrayList;
import java.util.List;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/** Changes to be written together, in order; a later one of the same key wins. */
public final class WriteBatch {
    private final List<Change> changes = new ArrayList<>();

    /**
     * @param value null to delete
     */
    record Change(Column column, Bytes key, @Nullable Bytes value) {}

    public WriteBatch put(Column column, Bytes key, Bytes value) {
        changes.add(new Change(column, key, value));
        return this;
    }

    public WriteBatch delete(Column column, Bytes key) {
        changes.add(new Change(column, key, null));
        return this;
    }

    public WriteBatch addAll(WriteBatch other) {
        changes.addAll(other.changes);
        return this;
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    List<Change> changes() {
        return changes;
    }
}

package dev.lockstep.state;

/** Keys and values in named columns. Reads may come from any thread; writes come from one. */
public interface KeyValueStore extends Reads, AutoCloseable {
    /**
     * All of the batch or nothing, on disk when it returns.
     *
     * @fails LocalFault where the disk does not take it
     */
    void write(WriteBatch batch);

    /** The store as it is now, whatever is written later. To be closed. */
    Snapshot snapshot();

    @Override
    void close();

    /** One fixed state of a store. */
    interface Snapshot extends Reads, AutoCloseable {
        @Override
        void close();
    }
}

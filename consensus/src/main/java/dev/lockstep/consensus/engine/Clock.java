package dev.lockstep.consensus.engine;

/** The time, and time that passes. */
public interface Clock {
    /** That people agree on; may be set forward and back. @unit milliseconds since 1970 */
    long wallMillis();

    /** Counts on from anywhere, and is never set. @unit milliseconds */
    long runningMillis();

    static Clock system() {
        return new Clock() {
            @Override
            public long wallMillis() {
                return System.currentTimeMillis();
            }

            @Override
            public long runningMillis() {
                return System.nanoTime() / 1_000_000;
            }
        };
    }
}

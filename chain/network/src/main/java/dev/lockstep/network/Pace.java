package dev.lockstep.network;

import java.util.function.LongSupplier;

/** How fast messages of a peer are taken: so many a second, and some more at once after a rest. */
final class Pace {
    static final long UNITS_PER_SECOND = 2_000;
    static final long UNITS_MAX = 8_000;

    /** A larger message counts for several. */
    private static final int UNIT_BYTES = 16 << 10;

    private final LongSupplier clockMillis;
    private long atMillis;
    private long milliUnits = UNITS_MAX * 1000;

    Pace(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
        atMillis = clockMillis.getAsLong();
    }

    /** Whether the next message may be taken now. */
    boolean isOpen() {
        long now = clockMillis.getAsLong();
        milliUnits = Math.min(UNITS_MAX * 1000, milliUnits + (now - atMillis) * UNITS_PER_SECOND);
        atMillis = now;
        return milliUnits > 0;
    }

    void taken(int sizeBytes) {
        milliUnits -= 1000L * (1 + sizeBytes / UNIT_BYTES);
    }
}

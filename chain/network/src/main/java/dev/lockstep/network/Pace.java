package dev.lockstep.network;

import java.util.function.LongSupplier;

/** How fast messages of a peer are taken: so many a second, and some more at once after a rest. */
final class Pace {
    static final long UNITS_PER_SECOND = 2_000;
    static final long UNITS_MAX = 8_000;

    /** A larger message counts for several. */
    private static final int UNIT_BYTES = 16 << 10;

    private final LongSupplier clockMillis;
    private final long unitsPerSecond;
    private final long unitsMax;
    private long atMillis;
    private long milliUnits;

    Pace(LongSupplier clockMillis) {
        this(clockMillis, UNITS_PER_SECOND, UNITS_MAX);
    }

    Pace(LongSupplier clockMillis, long unitsPerSecond, long unitsMax) {
        this.clockMillis = clockMillis;
        this.unitsPerSecond = unitsPerSecond;
        this.unitsMax = unitsMax;
        atMillis = clockMillis.getAsLong();
        milliUnits = unitsMax * 1000;
    }

    /** Whether the next message may be taken now. */
    boolean isOpen() {
        long now = clockMillis.getAsLong();
        milliUnits = Math.min(unitsMax * 1000, milliUnits + (now - atMillis) * unitsPerSecond);
        atMillis = now;
        return milliUnits > 0;
    }

    /** Whether a small message may be taken now; it is, then. */
    boolean takes() {
        boolean isOpen = isOpen();
        if (isOpen) taken(0);
        return isOpen;
    }

    void taken(int sizeBytes) {
        milliUnits -= 1000L * (1 + sizeBytes / UNIT_BYTES);
    }
}

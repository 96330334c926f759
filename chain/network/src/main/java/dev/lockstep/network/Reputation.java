package dev.lockstep.network;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The faults of nodes or of addresses, which fade, and who is denied for them, for a time. Bounded:
 * whoever did nothing for longest is forgotten first. Usable from any thread.
 *
 * @param <K> who
 */
final class Reputation<K> {
    static final int POINTS_MAX = 100;
    static final long DENIED_MILLIS = 600_000;
    static final int KNOWN_MAX = 4096;

    private static final long MILLIS_OF_A_POINT = 1_000;

    private final LongSupplier clockMillis;
    private final Map<K, Mark> marks = new LinkedHashMap<>();

    /**
     * @param weightMillis points, each as the time in which it fades
     * @param atMillis when that was so
     * @param deniedUntilMillis past for those who are not denied
     */
    private record Mark(long weightMillis, long atMillis, long deniedUntilMillis) {}

    Reputation(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
    }

    /** Whether that was one too many: from now on it is denied, and begins anew. */
    synchronized boolean blame(K who, int points) {
        long now = clockMillis.getAsLong();
        Mark before = marks.remove(who);
        long faded = before == null ? 0 : before.weightMillis - (now - before.atMillis);
        long weightMillis = Math.max(0, faded) + points * MILLIS_OF_A_POINT;
        boolean isOver = weightMillis >= POINTS_MAX * MILLIS_OF_A_POINT;
        long deniedUntilMillis =
                isOver ? now + DENIED_MILLIS : before == null ? now : before.deniedUntilMillis;
        marks.put(who, new Mark(isOver ? 0 : weightMillis, now, deniedUntilMillis));
        if (marks.size() > KNOWN_MAX) marks.remove(marks.keySet().iterator().next());
        return isOver;
    }

    synchronized boolean isDenied(K who) {
        Mark mark = marks.get(who);
        return mark != null && mark.deniedUntilMillis > clockMillis.getAsLong();
    }

    synchronized void forgive(K who) {
        marks.remove(who);
    }

    synchronized int size() {
        return marks.size();
    }
}

package dev.lockstep.node;

import java.util.LinkedHashSet;

/** The last so many things, so that each is dealt with once. Usable from any thread. */
final class Seen<T> {
    private final int sizeMax;
    private final LinkedHashSet<T> items = new LinkedHashSet<>();

    Seen(int sizeMax) {
        this.sizeMax = sizeMax;
    }

    /** Whether it is new. */
    synchronized boolean add(T item) {
        if (!items.add(item)) return false;
        if (items.size() > sizeMax) items.removeFirst();
        return true;
    }

    synchronized boolean contains(T item) {
        return items.contains(item);
    }
}

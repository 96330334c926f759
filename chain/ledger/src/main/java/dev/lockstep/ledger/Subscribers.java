package dev.lockstep.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Who wants to hear of something, in the order in which they came. Usable from any thread: the list
 * is replaced, never changed.
 */
public final class Subscribers<T> {
    private volatile List<Consumer<T>> consumers = List.of();

    /** {@code consumer} must return soon and throw nothing. */
    public synchronized Subscription add(Consumer<T> consumer) {
        List<Consumer<T>> longer = new ArrayList<>(consumers);
        longer.add(consumer);
        consumers = List.copyOf(longer);
        return () -> remove(consumer);
    }

    private synchronized void remove(Consumer<T> consumer) {
        List<Consumer<T>> shorter = new ArrayList<>(consumers);
        shorter.remove(consumer);
        consumers = List.copyOf(shorter);
    }

    public void tell(T event) {
        for (Consumer<T> consumer : consumers) consumer.accept(event);
    }
}

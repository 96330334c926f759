package dev.lockstep.consensus.engine;

import dev.lockstep.consensus.core.Input;
import dev.lockstep.consensus.core.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the engine. Its own answers and new heads come first and are never dropped: there
 * are as many as the engine asked for. Messages of others are bounded in count and bytes, and where
 * there is no room the newest is dropped: it will be said again.
 */
final class Inbox {
    static final int MESSAGES_MAX = 1000;
    static final long BYTES_MAX = 64L << 20;

    sealed interface Event {
        /** A message, decoded and its signatures checked. */
        record Received(Message message, int bytes) implements Event {}

        /** An answer to what was asked on this height. */
        record Answer(long height, Input input) implements Event {}

        record NewHead() implements Event {}

        record TransactionWaits() implements Event {}

        record Stop() implements Event {}
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition isFilled = lock.newCondition();
    private final Deque<Event> own = new ArrayDeque<>();
    private final Deque<Event.Received> messages = new ArrayDeque<>();
    private long bytes;

    void add(Event event) {
        lock.lock();
        try {
            if (event instanceof Event.Received received) {
                if (messages.size() >= MESSAGES_MAX || bytes + received.bytes > BYTES_MAX) return;
                messages.add(received);
                bytes += received.bytes;
            } else {
                own.add(event);
            }
            isFilled.signal();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return own.size() + messages.size();
        } finally {
            lock.unlock();
        }
    }

    /** The next event, or null where none comes in time. */
    @Nullable Event poll(long timeoutMillis) throws InterruptedException {
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
            while (own.isEmpty() && messages.isEmpty()) {
                if (leftNanos <= 0) return null;
                leftNanos = isFilled.awaitNanos(leftNanos);
            }
            if (!own.isEmpty()) return own.remove();
            Event.Received received = messages.remove();
            bytes -= received.bytes;
            return received;
        } finally {
            lock.unlock();
        }
    }
}

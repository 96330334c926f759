package dev.lockstep.node;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * When the messages of validators are passed on to those whom their authors may not reach. Where
 * all are linked to all nobody needs that, so it waits a moment; most heights are decided by then.
 * One that is not shows that somebody may need it, and then it does not wait for a while. Usable
 * from any thread.
 */
final class Relays<M> {
    /** So many heights are not waited for after one that was not decided in time. */
    static final long WATCHFUL_HEIGHTS = 100;

    private static final int WAITING_MAX = 1024;

    private final LongSupplier openHeight;
    private final Consumer<M> relay;
    private final Executor later;
    private final BlockingQueue<Waiting<M>> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private volatile long watchfulUntil = -1;

    private record Waiting<M>(M message, long height) {}

    /**
     * @param openHeight that of the block after the head
     * @param relay passes a message on
     * @param later runs what it is given after a moment
     */
    Relays(LongSupplier openHeight, Consumer<M> relay, Executor later) {
        this.openHeight = openHeight;
        this.relay = relay;
        this.later = later;
    }

    /** Takes a message of the open height. */
    void add(M message, long height, long round) {
        if (round > 0
                || height <= watchfulUntil
                || !waiting.offer(new Waiting<>(message, height))) {
            relay.accept(message);
            return;
        }
        if (isScheduled.compareAndSet(false, true)) later.execute(this::look);
    }

    private void look() {
        isScheduled.set(false);
        long open = openHeight.getAsLong();
        for (Waiting<M> one = waiting.poll(); one != null; one = waiting.poll()) {
            if (one.height != open) continue;
            watchfulUntil = open + WATCHFUL_HEIGHTS;
            relay.accept(one.message);
        }
    }
}

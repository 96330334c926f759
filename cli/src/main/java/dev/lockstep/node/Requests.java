package dev.lockstep.node;

import dev.lockstep.network.EthMessage;
import dev.lockstep.network.Penalty;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** What was asked of one peer and not answered yet. */
final class Requests {
    private static final long TIMEOUT_MILLIS = 6_000;

    private final AtomicLong lastId = new AtomicLong();
    private final Map<Long, CompletableFuture<EthMessage.Response>> open =
            new ConcurrentHashMap<>();

    long nextId() {
        return lastId.incrementAndGet();
    }

    /** Asks and waits; null where no answer of this kind comes in time. */
    <R extends EthMessage.Response> @Nullable R ask(
            Remote remote, LongFunction<EthMessage.Request> request, Class<R> kind)
            throws InterruptedException {
        long id = nextId();
        CompletableFuture<EthMessage.Response> answer = new CompletableFuture<>();
        open.put(id, answer);
        try {
            remote.send(request.apply(id));
            EthMessage.Response response = answer.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
            return kind.isInstance(response) ? kind.cast(response) : null;
        } catch (TimeoutException late) {
            remote.peer.blame(Penalty.TIMEOUT, "no answer in " + TIMEOUT_MILLIS / 1000 + " s");
            return null;
        } catch (ExecutionException gone) {
            return null;
        } finally {
            open.remove(id);
        }
    }

    /** Whether somebody waits for it. */
    boolean answer(EthMessage.Response response) {
        CompletableFuture<EthMessage.Response> waiting = open.get(response.requestId());
        return waiting != null && waiting.complete(response);
    }

    /** The peer is gone. */
    void fail() {
        for (CompletableFuture<EthMessage.Response> waiting : open.values()) {
            waiting.completeExceptionally(new IllegalStateException("the peer is gone"));
        }
    }
}

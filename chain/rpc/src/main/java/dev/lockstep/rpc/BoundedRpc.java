package dev.lockstep.rpc;

import dev.lockstep.rpc.RpcError.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests of all connections within the limits: so many at once, each in so much time. A
 * request that takes longer is answered with an error while its work goes on to its end, which gas
 * limits bound, and counts as one of those at once till then. It is not interrupted, since an
 * interrupt would close files that others read.
 */
final class BoundedRpc {
    /** How long a request waits for its turn. */
    private static final long QUEUE_MILLIS = 1000;

    private final RpcLimits limits;
    private final Semaphore turns;

    BoundedRpc(RpcLimits limits) {
        this.limits = limits;
        this.turns = new Semaphore(limits.concurrentRequestsMax());
    }

    /**
     * An answer with the HTTP status it goes with.
     *
     * @param body null where nothing is to be sent
     */
    record Reply(int status, @Nullable Bytes body) {
        private static Reply of(JsonRpc.Answer answer) {
            return new Reply(answer.isWellFormed() ? 200 : 400, answer.body());
        }
    }

    Reply answer(JsonRpc rpc, byte[] request) {
        return switch (rpc.read(request)) {
            case JsonRpc.Request.Refused(var answer) -> Reply.of(answer);
            case JsonRpc.Request.Parsed parsed -> answer(rpc, parsed);
        };
    }

    private Reply answer(JsonRpc rpc, JsonRpc.Request.Parsed request) {
        try {
            if (!turns.tryAcquire(QUEUE_MILLIS, TimeUnit.MILLISECONDS)) {
                return refuse(
                        503,
                        Kind.LIMIT_EXCEEDED,
                        "the node is working on "
                                + limits.concurrentRequestsMax()
                                + " requests already; try again");
            }
            CompletableFuture<JsonRpc.Answer> work = new CompletableFuture<>();
            // Most requests take less time than a thread for them.
            if (rpc.isPrompt(request)) run(rpc, request, work);
            else Thread.ofVirtual().start(() -> run(rpc, request, work));
            return Reply.of(work.get(limits.timeoutMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            return refuse(
                    504,
                    Kind.INTERNAL,
                    "timeout: no answer within " + limits.timeoutMillis() + " ms");
        } catch (ExecutionException e) {
            return refuse(500, Kind.INTERNAL, "internal error; the log of the node has details");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return refuse(503, Kind.INTERNAL, "the node is stopping");
        }
    }

    private void run(
            JsonRpc rpc, JsonRpc.Request.Parsed request, CompletableFuture<JsonRpc.Answer> work) {
        try {
            work.complete(rpc.answer(request));
        } finally {
            turns.release();
            // Only an Error gets here without an answer; the thread's handler logs it.
            if (!work.isDone()) work.completeExceptionally(new IllegalStateException("no answer"));
        }
    }

    private static Reply refuse(int status, Kind kind, String message) {
        return new Reply(status, JsonRpc.error(kind, message));
    }
}
